"""*At the end of the period* is the end of what is paid for: of a yearly price the year, so that nothing is given back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sublet.core.pricebook import ADD_ON, PLAN
from sublet.subscriptions.operations import (
    choose_basis,
    end_add_on,
    end_subscription,
    schedule_change,
    take_add_on,
    take_plan,
)
from sublet.subscriptions.queries import subscription_of
from tests.billing.selling import run
from tests.billing.test_run_whole import PRICED, posted, said, take, when
from tests.people import World
from tests.pricing import flat
from tests.subscriptions import sell

pytestmark = pytest.mark.django_db

BY_THE_YEAR = PRICED.replace('    { interval = "month", amount = 2900 },\n', "")
TAKEN, ENDED = "2026-07-01 09:00", "2026-10-29 18:00"


@pytest.fixture
def yearly(world: World) -> World:
    """Rosa asks 290.00 a year of her Carl for *Small*; the vendor asks for it by the month."""
    sell(world, PRICED)
    said(world, PLAN, "small", flat(29000, "year"), "2026-06-30 09:00")
    take(world, "small", TAKEN)
    return world


def ends(world: World, at: str, who: str = "rosa") -> datetime | None:
    with world.scope(who) as actor:
        return subscription_of(actor, world.carl.ref, at=when(at)).period_ends


def ended(world: World) -> None:
    with world.scope("rosa") as rosa:
        end_subscription(ref=world.carl.ref, when="period", actor=rosa, at=when(ENDED))


def test_a_yearly_plan_ends_with_its_year_and_nothing_is_given_back(yearly: World) -> None:
    run(when("2026-10-02 00:00"))
    ended(yearly)
    run(when("2027-12-31 00:00"))
    assert posted("base") == [("2026-07-01", "2027-06-30", 365, 365, 29000)]
    assert [minor for *_days, minor in posted("base", "wholesale")] == [2900] * 12


def test_the_page_says_the_end_of_the_year_to_whoever_sells_and_to_the_client(yearly: World) -> None:
    year = datetime(2027, 7, 1, tzinfo=UTC)
    assert ends(yearly, ENDED) == year
    assert ends(yearly, ENDED, "carl") == year
    assert ends(yearly, "2027-07-01 09:00") == datetime(2028, 7, 1, tzinfo=UTC)


def test_a_downgrade_waits_for_the_year(yearly: World) -> None:
    said(yearly, PLAN, "medium", flat(59000, "year"), "2026-07-02 09:00")
    with yearly.scope("rosa") as rosa:
        take_plan(ref=yearly.carl.ref, plan="medium", actor=rosa, at=when("2026-08-01 09:00"))
        schedule_change(ref=yearly.carl.ref, plan="small", when="period", actor=rosa, at=when("2026-08-02 09:00"))
    run(when("2027-07-02 00:00"))
    assert [each[-1] for each in posted("base")] == [29000, 53989, -26537, 29000]


def test_where_the_reseller_asks_by_the_month_that_is_the_period(yearly: World) -> None:
    said(yearly, PLAN, "small", flat(2900), "2027-05-01 09:00", "2027-07-01 00:00")
    assert ends(yearly, "2027-05-02 09:00") == datetime(2027, 7, 1, tzinfo=UTC)
    assert ends(yearly, "2027-07-02 09:00") == datetime(2027, 8, 1, tzinfo=UTC)


def test_the_vendors_year_is_not_the_clients_month(world: World) -> None:
    sell(world, BY_THE_YEAR)
    said(world, PLAN, "small", flat(3900), "2026-06-30 09:00")
    take(world, "small", TAKEN)
    assert ends(world, ENDED) == datetime(2026, 11, 1, tzinfo=UTC)


def test_where_nothing_is_asked_of_the_client_it_is_what_its_reseller_pays_for(world: World) -> None:
    sell(world, BY_THE_YEAR)
    take(world, "small", TAKEN)
    assert ends(world, ENDED) == datetime(2027, 7, 1, tzinfo=UTC)


def test_another_basis_waits_for_the_year_as_well_and_comes_before_where_that_was_decided(yearly: World) -> None:
    with yearly.scope("rosa") as rosa:
        choose_basis(ref=yearly.carl.ref, basis="calendar", when="period", actor=rosa, at=when(ENDED))
    run(when("2027-07-02 00:00"))
    assert [each[-1] for each in posted("base")] == [29000, 14619]  # 184 days of 365
    assert ends(yearly, "2027-07-02 09:00") == datetime(2028, 1, 1, tzinfo=UTC)


def test_an_add_on_ends_with_what_is_paid_for_it(yearly: World) -> None:
    said(yearly, ADD_ON, "appointment_pack", flat(1500), "2026-06-30 09:00")
    with yearly.scope("rosa") as rosa:
        row = take_add_on(ref=yearly.carl.ref, add_on="appointment_pack", actor=rosa, at=when("2026-07-02 09:00"))
        end_add_on(ref=yearly.carl.ref, add_on=row, when="period", actor=rosa, at=when(ENDED))
        [shown] = subscription_of(rosa, yearly.carl.ref, at=when(ENDED)).add_ons
    assert shown.ends == datetime(2026, 11, 1, tzinfo=UTC)


def test_an_add_on_that_is_paid_by_the_year_ends_with_its_year_beside_a_plan_by_the_month(world: World) -> None:
    sell(world, PRICED)
    take(world, "small", TAKEN)
    said(world, PLAN, "small", flat(3900), "2026-06-30 09:00")
    said(world, ADD_ON, "appointment_pack", flat(12000, "year"), "2026-06-30 09:00")
    with world.scope("rosa") as rosa:
        row = take_add_on(ref=world.carl.ref, add_on="appointment_pack", actor=rosa, at=when("2026-07-02 09:00"))
        end_add_on(ref=world.carl.ref, add_on=row, when="period", actor=rosa, at=when(ENDED))
        shown = subscription_of(rosa, world.carl.ref, at=when(ENDED))
    assert shown.add_ons[0].ends == datetime(2027, 7, 1, tzinfo=UTC)
    assert shown.period_ends == datetime(2026, 11, 1, tzinfo=UTC)


def test_a_direct_account_has_the_year_of_the_list_price(world: World) -> None:
    sell(world, BY_THE_YEAR)
    with world.scope("vera") as vera:
        take_plan(ref=world.dora.ref, plan="small", actor=vera, at=when(TAKEN))
        end_subscription(ref=world.dora.ref, when="period", actor=vera, at=when(ENDED))
        assert subscription_of(vera, world.dora.ref, at=when(ENDED)).waiting[0].at == datetime(2027, 7, 1, tzinfo=UTC)
