"""The vendor's discount for each reseller: as usual, agreed, by volume, from a day on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sublet.accounts.models import Account
from sublet.core.pricebook import Tier
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.pricing.operations import CannotChangeWholesale, change_wholesale_terms
from sublet.pricing.queries import wholesale_list, wholesale_of
from tests.people import AT, World
from tests.pricing import DAY, book, events, load


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def agree(
    world: World, percent: Decimal | None, days: float = 0, person: str = "vera", ref: str = "", **more: Any
) -> bool:
    with world.scope(person) as actor:
        return change_wholesale_terms(
            ref=ref or world.rosa.ref, percent=percent, actor=actor, at=AT + days * DAY, **more
        )


def test_twenty_percent_unless_something_else_is_agreed(sold: World) -> None:
    assert book(sold.carl).discount(AT) == 20
    assert agree(sold, Decimal("22.5"), tiers=(Tier(100_000, Decimal(25)),))
    assert (book(sold.carl).discount(AT), book(sold.carl).discount(AT, 100_000)) == (Decimal("22.5"), Decimal(25))
    assert (book(sold.bakery).discount(AT), book(sold.dora).discount(AT)) == (Decimal(20), Decimal(0))
    assert not agree(sold, Decimal("22.50"), tiers=(Tier(100_000, Decimal("25.0")),), days=1)
    assert agree(sold, None, since=AT + 30 * DAY)
    assert [book(sold.carl).discount(AT + days * DAY) for days in (29, 30)] == [Decimal("22.5"), 20]
    assert events(sold.rosa) == ["wholesale_terms.changed"] * 2


def test_a_discount_is_compared_and_told_as_it_is_kept(sold: World) -> None:
    assert agree(sold, Decimal("22.345"))
    assert not agree(sold, Decimal("22.3512"), days=1)
    entry = JournalEntry.unscoped.get(account_id=sold.rosa.id, event="wholesale_terms.changed")
    assert (book(sold.carl).discount(AT), entry.data["percent"]) == (Decimal("22.35"), "22.35")


@pytest.mark.parametrize(
    ("percent", "more", "code"),
    [
        (Decimal(101), {}, "percent"),
        (Decimal(20), {"tiers": (Tier(0, Decimal(25)),)}, "tiers"),
        (Decimal(20), {"tiers": tuple(Tier(n + 1, Decimal(1)) for n in range(21))}, "too-many"),
        (Decimal(20), {"since": AT - DAY}, "past"),
    ],
)
def test_terms_that_are_none_are_refused(sold: World, percent: Decimal, more: dict[str, Any], code: str) -> None:
    with pytest.raises(CannotChangeWholesale) as refused:
        agree(sold, percent, **more)
    assert (refused.value.code, events(sold.rosa)) == (code, [])


def test_only_the_vendor_agrees_and_only_with_resellers(sold: World) -> None:
    with pytest.raises(NotFound):
        agree(sold, Decimal(90), person="rosa")
    for account in (sold.carl, sold.dora):
        with pytest.raises(NotFound):
            agree(sold, Decimal(90), ref=account.ref)
    Account.unscoped.filter(id=sold.rosa.id).update(state="closed")
    with pytest.raises(CannotChangeWholesale) as refused:
        agree(sold, Decimal(90))
    assert refused.value.code == "closed"


@pytest.mark.parametrize("after", ["x|²", "x|١", f"x|{'9' * 19}", "x|", "|", "²"])
def test_a_place_that_cannot_be_read_is_the_first_page(sold: World, after: str) -> None:
    with sold.scope("vera") as vera:
        first = wholesale_list(vera, at=AT)
        assert wholesale_list(vera, after=after, at=AT) == first
    answer = sold.browser("vera").get(f"/vendor/{sold.vendor.ref}/wholesale/", {"cursor": after})
    assert answer.status_code == 200


def test_a_place_that_can_be_read_leads_on_from_it(sold: World) -> None:
    with sold.scope("vera") as vera:
        names = [row.name for row in wholesale_list(vera, at=AT).rows]
        row = Account.objects.get(name=names[0])
        found = wholesale_list(vera, after=f"{row.sort_name}|{row.id}", at=AT)
    assert (len(names), [each.name for each in found.rows]) == (2, names[1:])


def test_the_vendor_sees_who_has_what(sold: World) -> None:
    agree(sold, Decimal(25), note="Three years of business")
    agree(sold, Decimal(30), since=AT + 30 * DAY)
    with sold.scope("vera") as vera:
        page = wholesale_list(vera, at=AT)
        view = wholesale_of(vera, sold.rosa.ref, at=AT)
        assert [row.name for row in wholesale_list(vera, search="remo", at=AT).rows] == ["Remo Digital"]
    assert [(row.name, row.terms.discount(), row.agreed, row.coming) for row in page.rows] == [
        ("Remo Digital", Decimal(20), False, None),
        ("Rosa Web Studio", Decimal(25), True, AT + 30 * DAY),
    ]
    assert (view.now.percent, [each.terms.percent for each in view.coming], view.past[0].note) == (
        Decimal(25), [Decimal(30)], "Three years of business",
    )  # fmt: skip


def test_a_reseller_reads_its_own_terms_and_no_other(sold: World) -> None:
    agree(sold, Decimal(25))
    with sold.scope("rosa") as rosa:
        assert wholesale_of(rosa, sold.rosa.ref, at=AT).now.percent == 25
        with pytest.raises((NotFound, Forbidden)):
            wholesale_of(rosa, sold.remo.ref, at=AT)
        with pytest.raises(NotFound):
            wholesale_list(rosa, at=AT)
