"""Promotions by code, contracts with a duration and notice, and services that are sold once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.operations import change_details
from sublet.foundation.errors import NotFound
from sublet.foundation.scope import platform_scope
from sublet.pricing.models import AgreedContract, ExtraSold, Promotion, PromotionTaken
from sublet.pricing.operations import (
    CannotAgreeContract,
    CannotEndContract,
    CannotMakePromotion,
    CannotSellExtra,
    CannotTakePromotion,
    agree_contract,
    end_contract,
    end_promotion,
    make_extra,
    make_promotion,
    remove_extra,
    sell_extra,
    set_mark_up,
    set_retail_price,
    stop_promotion,
    take_back_extra,
    take_promotion,
)
from sublet.pricing.queries import clients, contracts_of_reseller, prices_of_client, promotions_of, thing_of_reseller
from sublet.pricing.queries.pages import mark_ups_said
from tests.moves.steps import transfer
from tests.people import AT, World
from tests.pricing import DAY, PLAN, book, events, flat, load, once


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def make(world: World, person: str = "rosa", **more: Any) -> str:
    said: dict[str, Any] = {"code": "half3", "percent": Decimal(50), "months": 3} | more
    with world.scope(person) as actor:
        return make_promotion(actor=actor, at=AT, **said).ref


def take(world: World, code: str = "HALF3", person: str = "rosa", ref: str = "", days: float = 0) -> bool:
    with world.scope(person) as actor:
        return take_promotion(ref=ref or world.carl.ref, code=code, actor=actor, at=AT + days * DAY)


# Promotions -----------------------------------------------------------------------------------------------------------


def test_half_off_for_three_months_by_code(sold: World) -> None:
    make(sold)
    assert (take(sold, " half3 "), take(sold)) == (True, False)
    found = book(sold.carl)
    assert [(each.code, each.side, each.percent) for each in found.promotions(AT)] == [("HALF3", "retail", Decimal(50))]
    assert (len(found.promotions(AT + 91 * DAY)), len(found.promotions(AT + 92 * DAY))) == (1, 0)
    assert book(sold.elan).promotions(AT) == ()
    assert events(sold.rosa) == ["promotion.made", "promotion.taken"]
    assert events(sold.carl) == []  # the client reads nothing of it
    with pytest.raises(CannotTakePromotion) as refused:
        take(sold, days=120)
    assert refused.value.code == "had"


def test_making_the_same_again_makes_nothing(sold: World) -> None:
    assert make(sold) == make(sold)
    with pytest.raises(CannotMakePromotion) as refused:
        make(sold, percent=Decimal(40))
    assert (refused.value.code, events(sold.rosa)) == ("code-taken", ["promotion.made"])


def test_a_percentage_is_compared_and_checked_as_it_is_kept(sold: World) -> None:
    same = [make(sold, percent=Decimal(told)) for told in ("12.345", "12.345", "12.35")]
    assert (len(set(same)), Promotion.unscoped.get().percent) == (1, Decimal("12.35"))
    for nothing in ("0.001", "-0.001", "100.005", "1e40"):
        with pytest.raises(CannotMakePromotion) as refused:
            make(sold, code="other", percent=Decimal(nothing))
        assert (refused.value.code, refused.value.field) == ("percent", "percent"), nothing
    make(sold, code="all", percent=Decimal("100.004"))
    assert events(sold.rosa) == ["promotion.made"] * 2


def test_a_promotion_that_ended_is_taken_no_more_and_who_has_it_keeps_it(sold: World) -> None:
    ref = make(sold)
    take(sold)
    with sold.scope("rosa") as rosa:
        assert end_promotion(ref=ref, actor=rosa, at=AT)
        assert not end_promotion(ref=ref, actor=rosa, at=AT)
        assert [(each.taken, each.open) for each in promotions_of(rosa, at=AT)] == [(1, False)]
    with pytest.raises(CannotTakePromotion) as refused:
        take(sold, ref=sold.elan.ref)
    assert refused.value.code == "unknown"
    assert len(book(sold.carl).promotions(AT + DAY)) == 1


def test_so_many_accounts_as_may_take_it_take_it(sold: World) -> None:
    make(sold, most=1)
    assert take(sold)
    with pytest.raises(CannotTakePromotion) as refused:
        take(sold, ref=sold.elan.ref)
    assert refused.value.code == "used-up"


def test_a_promotion_is_stopped_for_one_account(sold: World) -> None:
    make(sold, months=None)
    take(sold)
    with platform_scope("test"):
        ref = PromotionTaken.objects.get().ref
    with sold.scope("rosa") as rosa:
        stop_promotion(ref=sold.carl.ref, taken=ref, actor=rosa, at=AT + DAY)
    assert [len(book(sold.carl, AT + 2 * DAY).promotions(AT + days * DAY)) for days in (0, 1)] == [1, 0]


def test_the_vendors_promotion_lowers_list_amounts(sold: World) -> None:
    make(sold, person="vera", code="BLACK-FRIDAY", closes_at=AT + 7 * DAY)
    assert take(sold, "black-friday")
    assert [each.side for each in book(sold.carl).promotions(AT)] == ["list"]
    assert take(sold, "black-friday", person="vera", ref=sold.dora.ref)
    assert [each.side for each in book(sold.dora).promotions(AT)] == ["list"]
    with pytest.raises(CannotTakePromotion) as refused:
        take(sold, "black-friday", ref=sold.elan.ref, days=7)
    assert refused.value.code == "unknown"
    with sold.scope("vera") as vera:
        assert [each.taken for each in promotions_of(vera, at=AT)] == [2]


def test_another_resellers_code_is_unknown(sold: World) -> None:
    make(sold)
    with pytest.raises(CannotTakePromotion) as refused:
        take(sold, person="remo", ref=sold.bakery.ref)
    assert refused.value.code == "unknown"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"code": "a"}, "code"),
        ({"code": "MÄRZ"}, "code"),
        ({"percent": Decimal(0)}, "percent"),
        ({"percent": Decimal(101)}, "percent"),
        ({"months": 0}, "months"),
        ({"most": 0}, "most"),
        ({"things": ("nothing",)}, "things"),
        ({"closes_at": AT}, "closes"),
    ],
)
def test_a_promotion_that_is_none(sold: World, more: dict[str, Any], code: str) -> None:
    with pytest.raises(CannotMakePromotion) as refused:
        make(sold, **more)
    assert (refused.value.code, events(sold.rosa)) == (code, [])


# Contracts ------------------------------------------------------------------------------------------------------------


def agree(world: World, **more: Any) -> AgreedContract:
    said: dict[str, Any] = {
        "client": world.carl.ref, "kind": "maintenance", "name": "Care", "first_day": date(2026, 3, 2), "months": 12,
        "renew_months": 12, "notice_days": 90, "price": flat(2900),
    }  # fmt: skip
    with world.scope("rosa") as rosa:
        return agree_contract(actor=rosa, at=AT, **(said | more))


def test_a_maintenance_contract_binds_and_ends_with_notice(sold: World) -> None:
    row = agree(sold, once="form")
    assert agree(sold, once="form").id == row.id
    assert [each.price for each in book(sold.carl).contracts(AT)] == [flat(2900)]
    with sold.scope("rosa") as rosa:
        with pytest.raises(CannotEndContract) as refused:
            end_contract(ref=row.ref, last_day=date(2026, 6, 1), actor=rosa, at=AT)
        assert (refused.value.code, refused.value.params) == ("too-early", {"day": "2027-03-01"})
        late = AT + timedelta(days=300)  # within 90 days of the end
        assert contracts_of_reseller(rosa, at=late)[0].earliest == date(2028, 3, 1)
        ended = end_contract(ref=row.ref, actor=rosa, at=AT)
        assert ended.last_day == date(2027, 3, 1)
        with pytest.raises(CannotEndContract) as refused:
            end_contract(ref=row.ref, actor=rosa, at=AT)
    assert refused.value.code == "ended"
    assert [len(book(sold.carl).contracts(AT + days * DAY)) for days in (0, 364, 365)] == [1, 1, 0]
    assert (events(sold.rosa), events(sold.carl)) == (["contract.agreed", "contract.ended"], [])


def test_what_does_not_renew_ends_no_later_than_its_term(sold: World) -> None:
    row = agree(sold, renew_months=0)
    with sold.scope("rosa") as rosa:
        with pytest.raises(CannotEndContract) as refused:
            end_contract(ref=row.ref, last_day=date(2027, 3, 2), actor=rosa, at=AT)
        assert (refused.value.code, refused.value.field, refused.value.params) == (
            "too-late", "last_day", {"day": "2027-03-01"},
        )  # fmt: skip
        assert events(sold.rosa) == ["contract.agreed"]
        assert end_contract(ref=row.ref, last_day=date(2027, 3, 1), actor=rosa, at=AT).last_day == date(2027, 3, 1)


def test_an_old_contract_that_ends_first_stands_on_top_however_many_came_after_it(
    sold: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "MOST_SHOWN", 2)
    said: dict[str, Any] = {"client": sold.carl.ref, "kind": "term", "first_day": AT.date()}
    with sold.scope("rosa") as rosa:
        soon = agree_contract(name="Soon", months=1, actor=rosa, at=AT, **said)
        for number in range(11):
            agree_contract(name=f"Long {number}", months=60, actor=rosa, at=AT + DAY, **said)
        with CaptureQueriesContext(connection) as asked:
            found = contracts_of_reseller(rosa, at=AT + DAY)
    assert ([each.contract.name for each in found], found[0].ref) == (["Soon", "Long 10"], soon.ref)
    assert len([each for each in asked if "agreed_contract" in each["sql"]]) == 1


def test_of_a_client_that_has_left_its_reseller_reads_no_contract_price_or_newer_name(sold: World) -> None:
    row, until = agree(sold), AT + 5 * DAY
    with sold.scope("rosa") as rosa:
        set_retail_price(kind="plan", key=PLAN, price=flat(7900), client=sold.carl.ref, actor=rosa, at=AT)
        set_mark_up(percent=Decimal(20), client=sold.carl.ref, actor=rosa, at=AT)
        sale = sell_extra(
            client=sold.carl.ref, extra=make_extra(name="Set-up", price=once(100), actor=rosa, at=AT).ref,
            day=date(2026, 4, 1), actor=rosa, at=AT,
        )  # fmt: skip

    def read() -> list[str]:
        with sold.scope("rosa") as rosa:
            thing = thing_of_reseller(rosa, kind="plan", key=PLAN, at=until)
            said = [*thing.now, *thing.past, *mark_ups_said(rosa, sold.rosa.id, until)]
            return [*(each.client for each in said), *(each.client for each in contracts_of_reseller(rosa, at=until))]

    assert read() == ["Carl’s Kitchen"] * 3
    transfer(sold, AT + DAY)
    with sold.scope("remo") as remo:
        change_details(ref=sold.carl.ref, changes={"name": "Carl & Daughters"}, version=None, actor=remo, at=AT + DAY)
    assert read() == []
    with sold.scope("rosa") as rosa:
        with pytest.raises(NotFound):
            end_contract(ref=row.ref, actor=rosa, at=until)
        with pytest.raises(NotFound):
            take_back_extra(sale=sale.ref, actor=rosa, at=until)


def test_a_contract_is_shown_as_over_with_its_term_whatever_notice_was_written(sold: World) -> None:
    row = agree(sold, renew_months=0)
    AgreedContract.unscoped.filter(id=row.id).update(last_day=date(2028, 1, 1), ended_at=AT, ended_by="Rosa")
    with sold.scope("rosa") as rosa:
        now, after = (contracts_of_reseller(rosa, at=AT + days * DAY)[0] for days in (0, 365))
    assert [(each.ends, each.runs) for each in (now, after)] == [(date(2027, 3, 1), True), (date(2027, 3, 1), False)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"kind": "lease"}, "kind"),
        ({"name": " "}, "name"),
        ({"months": 0}, "months"),
        ({"renew_months": 121}, "renewal"),
        ({"notice_days": 400}, "notice"),
        ({"price": None}, "price"),
        ({"price": flat(1, "once")}, "price"),
        ({"price": flat(1, currency="USD")}, "price"),
        ({"kind": "term"}, "price"),
        ({"kind": "commitment", "price": flat(0)}, "sum"),
        ({"kind": "commitment", "price": flat("10.5")}, "sum"),
        ({"kind": "commitment", "price": None}, "sum"),
        ({"first_day": date(2020, 1, 1)}, "day"),
    ],
)
def test_a_contract_that_is_none(sold: World, more: dict[str, Any], code: str) -> None:
    with pytest.raises(CannotAgreeContract) as refused:
        agree(sold, **more)
    assert (refused.value.code, events(sold.rosa)) == (code, [])


# Services of one's own ------------------------------------------------------------------------------------------------


def test_a_service_is_sold_at_its_price_of_the_day(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        setup = make_extra(name="Set-up", actor=rosa, at=AT)
        assert make_extra(name=" Set-up ", actor=rosa, at=AT).id == setup.id
        with pytest.raises(CannotSellExtra) as refused:
            sell_extra(client=sold.carl.ref, extra=setup.ref, actor=rosa, at=AT)
        assert refused.value.code == "no-price"
        set_retail_price(kind="extra", key=setup.ref, price=once(25000), actor=rosa, at=AT)
        row = sell_extra(client=sold.carl.ref, extra=setup.ref, quantity=2, once="form", actor=rosa, at=AT)
        assert sell_extra(client=sold.carl.ref, extra=setup.ref, once="form", actor=rosa, at=AT).id == row.id
        set_retail_price(kind="extra", key=setup.ref, price=once(30000), actor=rosa, at=AT + DAY)
        later = sell_extra(client=sold.carl.ref, extra=setup.ref, day=date(2026, 4, 1), actor=rosa, at=AT + DAY)
        assert remove_extra(ref=setup.ref, actor=rosa, at=AT + DAY)
    found = book(sold.carl, AT + DAY).sold
    assert [(each.name, each.quantity, each.price, each.ref) for each in found] == [
        ("Set-up", 2, once(25000), row.ref), ("Set-up", 1, once(30000), later.ref),
    ]  # fmt: skip
    with sold.scope("rosa") as rosa:
        assert take_back_extra(sale=later.ref, actor=rosa, at=AT + 2 * DAY)
        assert not take_back_extra(sale=later.ref, actor=rosa, at=AT + 2 * DAY)
        with pytest.raises(CannotSellExtra) as refused:
            take_back_extra(sale=row.ref, actor=rosa, at=AT + 2 * DAY)
        assert refused.value.code == "due"
        shown = prices_of_client(rosa, sold.carl.ref, at=AT + 2 * DAY)
    assert [(each.ref, each.taken_back) for each in shown.sales] == [(later.ref, True), (row.ref, False)]
    assert [each.ref for each in book(sold.carl, AT + 3 * DAY).sold] == [row.ref]


def test_another_resellers_service_and_sale_are_not_there(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        setup = make_extra(name="Set-up", actor=rosa, at=AT)
        row = sell_extra(
            client=sold.carl.ref, extra=setup.ref, price=once(100), actor=rosa, at=AT, day=date(2026, 4, 1)
        )
    with sold.scope("remo") as remo:
        with pytest.raises(NotFound):
            sell_extra(client=sold.bakery.ref, extra=setup.ref, price=once(100), actor=remo, at=AT)
        with pytest.raises(NotFound):
            take_back_extra(sale=row.ref, actor=remo, at=AT)
        with pytest.raises(NotFound):
            remove_extra(ref=setup.ref, actor=remo, at=AT)
    with platform_scope("test"):
        assert ExtraSold.objects.count() == 1
