"""What was a demonstration, or closed, costs nothing for that time, and pays again from the day on which that is over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sublet.accounts.models import Account
from sublet.accounts.operations import (
    close_account,
    close_lapsed_demonstrations,
    end_closed_accounts,
    mark_invited,
    reopen_account,
    turn_prospect_into_client,
)
from sublet.billing.models import LedgerEntry
from sublet.core.contracts import COMMITMENT
from sublet.core.pricebook import PLAN
from sublet.foundation.scope import platform_scope
from sublet.pricing.operations import agree_contract
from sublet.subscriptions.operations import take_add_on
from tests.billing.selling import installation, run, sells_at_list, texts
from tests.billing.test_run_whole import PRICED, both, daily, posted, said, take, when
from tests.people import World
from tests.pricing import flat

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(world: World) -> World:
    return sells_at_list(world, PRICED)


def close(world: World, at: str) -> None:
    with world.scope("rosa") as rosa:
        close_account(ref=world.carl.ref, reason="a slip", actor=rosa, at=when(at))


def reopen(world: World, at: str) -> None:
    with world.scope("rosa") as rosa:
        reopen_account(ref=world.carl.ref, actor=rosa, at=when(at))


def demonstration(world: World, *, until: str = "2027-06-01 00:00") -> None:
    with platform_scope("test data"):
        Account.objects.filter(id=world.carl.id).update(state="prospect", demo_until=when(until))


def test_a_closing_that_is_taken_back_at_once_gives_nothing_away(sold: World) -> None:
    said(sold, PLAN, "small", flat(29000, "year"), "2026-06-30 09:00")
    take(sold, "small", "2026-07-01 09:00")
    run(when("2026-07-02 01:00"))
    close(sold, "2026-07-02 02:30")
    run(when("2026-07-02 03:00"))
    reopen(sold, "2026-07-02 03:30")
    daily("2026-07-02 04:00", "2026-08-02 04:00")

    assert posted("base") == [
        ("2026-07-01", "2027-06-30", 365, 365, 29000),
        ("2026-07-02", "2027-06-30", 364, 365, -28921),
        ("2026-07-02", "2027-06-30", 364, 365, 28921),
    ]
    assert [row[-1] for row in posted("base", "wholesale")] == [2900, -2806, 2806, 2900]


def test_days_on_which_it_was_closed_are_not_paid_also_where_a_period_begins_in_them(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    with sold.scope("rosa") as rosa:
        take_add_on(ref=sold.carl.ref, add_on="extra_agenda", actor=rosa, at=when("2026-11-01 09:00"))
    daily("2026-11-02 01:00", "2026-11-20 01:00")
    close(sold, "2026-11-21 10:00")
    daily("2026-11-21 11:00", "2026-12-06 01:00")
    reopen(sold, "2026-12-06 18:00")
    daily("2026-12-07 01:00", "2027-01-02 01:00")

    assert both("base") == [
        ("2026-11-01", "2026-11-30", 30, 30, 2900),
        ("2026-11-21", "2026-11-30", 10, 30, -967),
        ("2026-12-06", "2026-12-31", 26, 31, 2432),
        ("2027-01-01", "2027-01-31", 31, 31, 2900),
    ]
    assert [row[:4] for row in both("add_ons")] == [row[:4] for row in both("base")]


def test_a_promise_rests_while_it_is_closed_and_no_day_is_promised_twice(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    with sold.scope("rosa") as rosa:
        agree_contract(
            client=sold.carl.ref, kind=COMMITMENT, name="Frame", first_day=date(2026, 11, 1), months=12, price=flat(6000),
            actor=rosa, at=when("2026-11-01 10:00"),
        )  # fmt: skip
    run(when("2026-11-02 01:00"))
    close(sold, "2026-11-15 10:00")
    run(when("2026-11-17 01:00"))
    reopen(sold, "2026-11-20 10:00")
    daily("2026-11-21 01:00", "2026-12-02 01:00")

    assert posted("shortfall") == [
        ("2026-11-01", "2026-11-15", 15, 30, 3000 - 2900 + 1547),
        ("2026-11-20", "2026-11-30", 11, 30, 2200 - 1063),
    ]


@pytest.mark.parametrize("how", ["turned", "invited"])
def test_a_demonstration_pays_from_the_day_on_which_it_is_none_any_more(sold: World, how: str) -> None:
    demonstration(sold)
    said(sold, PLAN, "medium", flat(59000, "year"), "2026-06-30 09:00")
    take(sold, "medium", "2026-07-01 09:00")
    texts(sold, 300, at=when("2026-07-05 10:00"))
    daily("2026-07-02 01:00", "2026-07-10 01:00")
    with sold.scope("rosa") as rosa:
        if how == "turned":
            turn_prospect_into_client(ref=sold.carl.ref, actor=rosa, at=when("2026-07-11 03:30"))
        else:
            mark_invited(ref=sold.carl.ref, actor=rosa, at=when("2026-07-11 03:30"))
    texts(sold, 210, at=when("2026-07-12 10:00"), name="paid")
    daily("2026-07-12 01:00", "2026-08-02 04:00")

    assert posted("base") == [("2026-07-11", "2027-06-30", 355, 365, 57384)]
    assert posted("base", "wholesale")[0] == ("2026-07-11", "2026-07-31", 21, 31, 3997)
    assert [row[-1] for row in both("overage")] == [90]  # what was shown is no use


def test_a_demonstration_that_ended_is_charged_for_nothing_when_its_closing_is_for_good(sold: World) -> None:
    demonstration(sold, until="2026-07-10 00:00")
    take(sold, "medium", "2026-07-01 09:00")
    texts(sold, 300, at=when("2026-07-05 10:00"))
    with platform_scope("test"):
        machine = installation()
        assert close_lapsed_demonstrations(actor=machine, at=when("2026-07-10 01:00")) == 1
        assert end_closed_accounts(actor=machine, at=when("2026-07-10 01:00") + timedelta(days=30)) == 1
    run(when("2026-08-10 01:00"))

    with platform_scope("test"):
        assert not LedgerEntry.objects.filter(client_id=sold.carl.id).exists()
