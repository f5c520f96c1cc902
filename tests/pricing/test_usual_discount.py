"""The discount that is usual: the vendor's word, from a day on; what became due before it, and who agreed on another one, stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Max
from hypothesis import given
from hypothesis import strategies as st

from sublet.billing.models import Invoice
from sublet.core.pricebook import USUAL_DISCOUNT, WholesaleTerms, terms_at
from sublet.core.usualdiscount import UsualSince, as_usual
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.pricing.operations import CannotChangeWholesale, change_usual_discount, change_wholesale_terms
from sublet.pricing.queries import usual_discount, wholesale_list, wholesale_of
from sublet.pricing.queries.books import agreed_with
from tests.billing.selling import day, furnish, run
from tests.people import World

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def on(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


days = st.lists(st.integers(0, 300), unique=True, max_size=5).map(sorted)


@given(days, st.lists(st.sampled_from((None, 10, 35)), min_size=5, max_size=5), days, st.integers(0, 320))
def test_the_discount_is_what_was_agreed_or_what_is_usual_then(
    agreed: list[int], percents: list[int | None], usual: list[int], moment: int
) -> None:
    said = [
        WholesaleTerms(on(each), None if percent is None else Decimal(percent))
        for each, percent in zip(agreed, percents, strict=False)
    ]
    then = [UsualSince(on(each), Decimal(number + 1)) for number, each in enumerate(usual)]
    found = terms_at(as_usual(said, then), on(moment)).discount()
    own = terms_at(said, on(moment)).percent
    last = [each.percent for each in then if each.since <= on(moment)]
    assert found == (own if own is not None else last[-1] if last else USUAL_DISCOUNT)


AT = day("2026-04-01")


def change(world: World, percent: int, *, since: datetime | None = None, at: datetime = AT) -> bool:
    with world.scope("vera") as vera:
        return change_usual_discount(percent=Decimal(percent), since=since, actor=vera, at=at)


def discounts(world: World, at: datetime) -> dict[str, Decimal]:
    with world.scope("vera") as vera:
        return {row.name.partition(" ")[0]: row.terms.discount() for row in wholesale_list(vera, at=at).rows}


@pytest.mark.django_db
def test_whoever_agreed_on_nothing_gets_it_from_its_day_on(world: World) -> None:
    with world.scope("vera") as vera:
        change_wholesale_terms(ref=world.remo.ref, percent=Decimal(35), actor=vera, at=AT)
    assert not change(world, 20)  # it is so already
    assert change(world, 25, since=day("2026-05-01", 0))
    assert discounts(world, day("2026-04-30")) == {"Rosa": 20, "Remo": 35}
    assert discounts(world, day("2026-05-01")) == {"Rosa": 25, "Remo": 35}
    with world.scope("rosa") as rosa:
        view = wholesale_of(rosa, world.rosa.ref, at=day("2026-05-02"))
        assert (view.now.discount(), view.agreed) == (Decimal(25), False)
    with world.scope("vera") as vera:
        told = usual_discount(vera, at=AT)
        assert (told.now, [(each.percent, each.by) for each in told.coming]) == (
            Decimal(20),
            [(Decimal(25), "Vera Voss")],
        )
    with platform_scope("test"):
        known = agreed_with([world.rosa.id], at=day("2026-06-01"))
        assert known.discount(world.rosa.id, day("2026-04-30")) == 20
        assert known.discount(world.rosa.id, day("2026-05-02")) == 25
        entries = JournalEntry.unscoped.filter(event="usual_discount.changed")
        assert [each.data["percent"] for each in entries] == ["25"]


@pytest.mark.django_db
def test_invoices_of_before_stay_and_those_of_after_have_it(world: World) -> None:
    furnish(world, retail=False)
    run(day("2026-04-20"))
    with platform_scope("test"):
        before = dict(Invoice.objects.values_list("key", "discount_percent"))
    assert set(before.values()) == {Decimal(20)}
    assert change(world, 30, at=day("2026-04-21"))
    run(day("2026-07-02"))
    with platform_scope("test"):
        now = dict(Invoice.objects.values_list("key", "discount_percent"))
        due = dict(Invoice.objects.values_list("key").annotate(newest=Max("lines__entry__due_at")))
    assert {key: percent for key, percent in now.items() if key in before} == before
    assert {key: percent for key, percent in now.items() if due[key] < day("2026-04-21")} | before == {
        key: Decimal(20) for key in now if due[key] < day("2026-04-21")
    }
    later = {percent for key, percent in now.items() if due[key] > day("2026-04-21")}
    assert later == {Decimal(30)}


@pytest.mark.django_db
def test_it_is_the_vendors_and_a_part_of_the_price(world: World) -> None:
    with world.scope("rosa") as rosa, pytest.raises(NotFound):
        change_usual_discount(percent=Decimal(90), actor=rosa, at=AT)
    with world.scope("rosa") as rosa, pytest.raises(NotFound):
        usual_discount(rosa, at=AT)
    with pytest.raises(CannotChangeWholesale):
        change(world, 101)
    with pytest.raises(CannotChangeWholesale):
        change(world, 30, since=AT - timedelta(days=2))
    with world.scope("cleo") as cleo, pytest.raises((NotFound, Forbidden)):
        usual_discount(cleo, at=AT)


@pytest.mark.django_db
def test_the_page_tells_and_takes_it(world: World) -> None:
    world.users["vera"].language = "en"
    world.users["vera"].save(update_fields=["language"])
    vera, base = world.browser("vera"), f"/vendor/{world.vendor.ref}/wholesale/"
    assert f"{base}usual/" in vera.get(base).content.decode()
    answer = vera.post(f"{base}usual/", {"percent": "27.5", "note": "A good year", "since": ""}, follow=True)
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "27.5 %" in shown.replace("\xa0", " ")
    assert "A good year" in shown
    assert vera.post(f"{base}usual/", {"percent": "127"}).status_code == 422
    assert world.browser("rosa").get(f"{base}usual/").status_code in (403, 404)
