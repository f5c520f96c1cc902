"""What is given back is of what was charged: at the price of then, whatever group the client is in by now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sublet.accounts.operations import change_details, set_tags
from sublet.billing.models import LedgerEntry
from sublet.core.pricebook import PLAN
from sublet.foundation.scope import platform_scope
from sublet.pricing.operations import set_retail_price
from sublet.subscriptions.operations import end_subscription
from tests.billing.selling import make_terms, pays, run, sells_at_list
from tests.billing.test_run_whole import PRICED, posted, said, take, when
from tests.people import World
from tests.pricing import flat
from tests.subscriptions import sell

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(world: World) -> World:
    return sells_at_list(world, PRICED)


def tagged(world: World, *tags: str, at: str) -> None:
    with world.scope("rosa") as rosa:
        set_tags(ref=world.carl.ref, tags=tags, actor=rosa, at=when(at))


@pytest.mark.parametrize(("ends", "back"), [("2026-11-16 09:00", -1000), ("2026-11-01 12:00", -2000)])
def test_a_client_that_left_a_group_gets_back_what_it_paid_in_it(sold: World, ends: str, back: int) -> None:
    said(sold, PLAN, "small", flat(9000), "2026-10-30 09:00")
    with sold.scope("rosa") as rosa:
        set_retail_price(
            kind=PLAN, key="small", price=flat(2000), tag="friends", actor=rosa, at=when("2026-10-30 09:00")
        )
    tagged(sold, "friends", at="2026-10-31 09:00")
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-01 11:00"))
    tagged(sold, at="2026-11-01 11:30")
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when(ends))
    run(when("2026-11-17 01:00"))

    assert [row[-1] for row in posted("base")] == [2000, back]
    assert posted("base", "wholesale")[0][-1] == 2900


def in_currency(world: World, who: str, currency: str, at: str) -> None:
    with world.scope("vera" if who == "rosa" else "rosa") as actor:
        ref = getattr(world, who).ref
        change_details(ref=ref, changes={"currency": currency}, version=None, actor=actor, at=when(at))


def charged(book: str) -> list[tuple[int, str]]:
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(book=book, about="base").order_by("due_at", "id")
        return [(row.minor, row.currency) for row in rows]


@pytest.fixture
def in_francs(sold: World) -> World:
    """Carl has paid 20.00 euro for November, and pays in francs since the 10th, in which there is a price by the year alone."""
    said(sold, PLAN, "small", flat(2000), "2026-10-30 09:00")
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-01 11:00"))
    in_currency(sold, "carl", "CHF", "2026-11-10 09:00")
    by_year = replace(flat(36_500), interval="year", currency="CHF")
    with sold.scope("rosa") as rosa:
        set_retail_price(kind=PLAN, key="small", price=by_year, actor=rosa, at=when("2026-10-30 10:00"))
    run(when("2026-11-12 01:00"))
    return sold


def test_a_client_that_pays_in_another_currency_gets_back_what_it_paid_in_the_one_of_then(in_francs: World) -> None:
    assert charged("retail") == [(2000, "EUR")]
    with in_francs.scope("rosa") as rosa:
        end_subscription(ref=in_francs.carl.ref, actor=rosa, at=when("2026-11-16 09:00"))
    run(when("2026-11-17 01:00"))
    assert charged("retail") == [(2000, "EUR"), (-1000, "EUR")]


def test_what_begins_after_the_change_is_charged_in_the_other_currency(in_francs: World) -> None:
    run(when("2026-12-02 01:00"))
    [before, after] = charged("retail")
    assert (before, after[1]) == ((2000, "EUR"), "CHF")


def test_a_reseller_that_pays_in_another_currency_gets_back_what_it_paid_in_the_one_of_then(sold: World) -> None:
    sell(
        sold,
        PRICED.replace("amount = 2900 }", 'amount = 2900 }, { interval = "month", amount = 2800, currency = "CHF" }'),
    )
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-01 11:00"))
    in_currency(sold, "rosa", "CHF", "2026-11-10 09:00")
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-11-16 09:00"))
    run(when("2026-11-17 01:00"))
    assert charged("wholesale") == [(2900, "EUR"), (-1450, "EUR")]


def test_it_gets_it_back_as_well_where_nothing_has_a_price_in_the_other_currency(sold: World) -> None:
    said(sold, PLAN, "small", flat(2000), "2026-10-30 09:00")
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-01 11:00"))
    in_currency(sold, "carl", "JPY", "2026-11-10 09:00")
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-11-16 09:00"))
    run(when("2026-11-17 01:00"))
    assert charged("retail") == [(2000, "EUR"), (-1000, "EUR")]


@pytest.mark.parametrize("change", ["payer", "collector"])
def test_who_has_paid_gets_it_back_whoever_pays_by_then(sold: World, change: str) -> None:
    """Carl paid November; from the 10th on Rosa pays, or bills by herself. What he gets back is his, on an invoice of ours."""
    said(sold, PLAN, "small", flat(2000), "2026-10-30 09:00")
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-01 11:00"))
    if change == "payer":
        pays(sold.rosa, sold.carl, "base", payer="reseller", since=when("2026-11-10 09:00"))
    else:
        make_terms(sold.rosa, sold.carl, collected_by="nobody", since=when("2026-11-10 09:00"))
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-11-16 09:00"))
    run(when("2026-11-17 01:00"))
    assert billed() == [(2000, True), (-1000, True)]


def test_who_has_not_paid_gets_nothing_back_where_it_pays_by_then(sold: World) -> None:
    said(sold, PLAN, "small", flat(2000), "2026-10-30 09:00")
    pays(sold.rosa, sold.carl, "base", payer="reseller", since=when("2026-10-30 09:00"))
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-01 11:00"))
    pays(sold.rosa, sold.carl, "base", since=when("2026-11-10 09:00"))
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-11-16 09:00"))
    run(when("2026-11-17 01:00"))
    assert billed() == [(2000, False), (-1000, False)]


def billed() -> list[tuple[int, bool]]:
    """Of the plan, at retail: how much, and whether an invoice asks for it or gives it back."""
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(book="retail", about="base").order_by("due_at", "id")
        return [(row.minor, row.billed) for row in rows]
