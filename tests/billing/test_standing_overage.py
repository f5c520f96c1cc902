"""What goes beyond a limit of a meter that stands: charged when the account's period is over, or the plan is given up, on both sides.

*License* includes 10 appointments that stand, and asks 9.00 for each 5 begun beyond; *Large* includes 40, and asks 8.00 for each 10;
*Told* includes 10 and only tells. A *Room* adds 5. Rosa asks what the list says where nothing else is.
"""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.operations import close_account, create_client
from sublet.billing.invariants import balanced, periods
from sublet.billing.models import Invoice, LedgerEntry
from sublet.billing.operations import keep_figures
from sublet.billing.queries.estimates import month_end_of
from sublet.billing.queries.facts import facts_of
from sublet.billing.queries.figures import figures
from sublet.billing.queries.invoices import show_line
from sublet.core.portfolio import month_of
from sublet.core.pricebook import OVERAGE
from sublet.core.pricing import UNIT, Price
from sublet.core.usekeys import use_key
from sublet.foundation.scope import platform_scope
from sublet.metering.operations import record_usage
from sublet.pricing.operations import make_promotion, take_promotion
from sublet.pricing.queries.books import books_of
from sublet.pricing.queries.holdings import holdings_of
from sublet.subscriptions.operations import (
    choose_basis,
    end_add_on,
    end_subscription,
    pause,
    resume,
    start_trial,
    take_add_on,
    take_plan,
)
from tests.billing.selling import installation, make_issuer, make_terms, marks_up, pays, run, texts
from tests.billing.test_run_whole import PRICED, both, daily, posted, said, take, when
from tests.metering.meters import product, used
from tests.oracle.standing import Add, Level, Limited, Turn, overage_by_month
from tests.people import World
from tests.portals.api.caller import make_caller
from tests.subscriptions import PRODUCTS, sell

pytestmark = pytest.mark.django_db

SIX = ", ".join(f'{code} = "%s"' for code in ("en", "it", "sq", "nl", "fr", "pt"))
_PLAN = '\n[[plans]]\nkey = "%s"\nprices = [{ interval = "month", amount = 2000 }]\n%s\nlimits = [%s, %s]\n'
TEXT_LIMIT = '{ meter = "text_messages", amount = 50, policy = "overage", overage = [{ amount = 5 }] }'
FREE = 'meter = "appointments", amount = 50, policy = "block", thresholds = [80, 100]'


def plan(key: str, amount: int, rule: str) -> str:
    limit = f'{{ meter = "appointments", amount = {amount}, {rule} }}'
    return _PLAN % (key, "name = { " + SIX % ((key.capitalize(),) * 6) + " }", limit, TEXT_LIMIT)


LICENSE = plan("license", 10, 'policy = "overage", overage = [{ amount = 900, per = 5 }]')
ROOM = """
[[add_ons]]
key = "room"
icon = "users"
repeatable = true
adds = [{ meter = "appointments", amount = 5 }]
prices = [{ interval = "month", amount = 100 }]
"""
LIMITED = "".join(
    (
        PRICED,
        LICENSE,
        plan("large", 40, 'policy = "overage", overage = [{ amount = 800, per = 10 }]'),
        plan("told", 10, 'policy = "notify"'),
        ROOM + "name = { " + SIX % (("Room",) * 6) + " }\n",
    )
)
NOVEMBER = ("2026-11-01", "2026-11-30", 30, 30)
BEYOND = use_key("appointments", "license")


@pytest.fixture
def sold(world: World) -> World:
    return furnished(world)


def furnished(world: World, text: str = LIMITED) -> World:
    sell(world, text)
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    make_issuer(world.rosa, invoice_prefix="R-")
    make_terms(world.rosa, collected_by="own")
    pays(world.rosa, world.carl)
    marks_up(world.rosa, 0)
    return world


def stands(world: World, number: int, at: str, meter: str = "appointments", *, corrects: str = "") -> None:
    """So many more of them from then on (of contacts: so many then)."""
    actor = product(world)
    with platform_scope("test"):
        name = f"{meter}{at}{'again' if corrects else ''}"
        event = used(
            world, name, meter, number, at=when(at), account=world.carl.ref, corrects=f"{meter}{corrects}" if corrects else "",
        )  # fmt: skip
        record_usage(events=[event], actor=actor, at=when(at) + timedelta(days=20 if corrects else 0))


def taken(world: World, at: str, add_on: str = "room", count: int = 1) -> str:
    with world.scope("rosa") as rosa:
        return take_add_on(ref=world.carl.ref, add_on=add_on, count=count, actor=rosa, at=when(at))


def beyond() -> list[tuple[str, str, int, int, int]]:
    return sorted(both("overage"))


# When it is over ------------------------------------------------------------------------------------------------------


def test_what_stands_beyond_the_limit_is_charged_when_the_period_is_over_in_both_books(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 30, "2026-11-10 10:00")
    stands(sold, -7, "2026-11-30 23:59")
    stands(sold, 900, "2026-12-01 00:00")
    stands(sold, -911, "2026-12-20 10:00")
    daily("2026-11-02 01:00", "2026-11-30 23:00")
    assert beyond() == []
    daily("2026-12-01 01:00", "2026-12-02 01:00")

    # 23 stand, 13 are beyond: three begun packages of five.
    assert beyond() == [(*NOVEMBER, 2700)]
    with platform_scope("test"):
        row = LedgerEntry.objects.get(book="retail", about="overage")
        assert (row.key, row.item, int(row.quantity), row.total, row.due_at) == (
            "overage:appointments@license.1:2026-11-01", "appointments", 13, 23, when("2026-12-01 00:00"),
        )  # fmt: skip
    # In December 12 are left.
    daily("2026-12-05 01:00", "2027-01-02 01:00")
    assert beyond()[1:] == [("2026-12-01", "2026-12-31", 31, 31, 900)]
    assert both("adjustment") == []
    with platform_scope("test"):
        assert [*balanced(when("2027-01-02 01:00")), *periods(when("2027-01-02 01:00"))] == []


def test_it_is_charged_once_however_often_a_run_comes(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 12, "2026-11-10 10:00")
    for at in ("2026-12-01 01:00", "2026-12-01 01:00", "2026-12-01 02:00", "2026-12-09 02:00"):
        run(when(at))
    assert beyond() == [(*NOVEMBER, 900)]


def test_what_is_within_the_limit_costs_nothing(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 99, "2026-11-10 10:00")
    stands(sold, -89, "2026-11-30 10:00")
    daily("2026-12-01 01:00", "2027-01-02 01:00")
    assert beyond() == []


def test_a_limit_that_only_tells_costs_nothing(sold: World) -> None:
    take(sold, "told", "2026-11-01 00:00")
    stands(sold, 99, "2026-11-10 10:00")
    texts(sold, 60, at=when("2026-11-15 10:00"))
    run(when("2026-12-02 01:00"))
    assert beyond() == [(*NOVEMBER, 50)]  # the positive control: what was sent beyond its limit


def test_what_was_used_beyond_a_limit_goes_by_its_own_periods_beside_it(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 11, "2026-11-10 10:00")
    texts(sold, 60, at=when("2026-11-15 10:00"))
    run(when("2026-12-02 01:00"))
    assert beyond() == [(*NOVEMBER, 50), (*NOVEMBER, 900)]


def test_what_additions_include_in_that_instant_is_free(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    first = taken(sold, "2026-11-05 10:00", count=2)
    stands(sold, 27, "2026-11-10 10:00")
    run(when("2026-12-02 01:00"))
    assert beyond() == [(*NOVEMBER, 1800)]  # 7 beyond 20
    with sold.scope("rosa") as rosa:
        end_add_on(ref=sold.carl.ref, add_on=first, actor=rosa, at=when("2026-12-31 23:00"))
    taken(sold, "2026-12-31 23:30")
    daily("2027-01-01 01:00", "2027-01-02 01:00")
    assert beyond()[1:] == [("2026-12-01", "2026-12-31", 31, 31, 2700)]  # 12 beyond 15


# What is held for a part of a period ----------------------------------------------------------------------------------


def test_where_another_plan_follows_each_is_asked_for_the_days_on_which_it_was_held(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 20, "2026-11-10 10:00")
    run(when("2026-11-17 10:29"))
    take(sold, "large", "2026-11-17 10:30")
    stands(sold, 41, "2026-11-17 10:30")
    daily("2026-11-18 01:00", "2026-12-02 01:00")

    # 10 beyond 10: 18.00 × 16/30; 21 beyond 40: 24.00 × 14/30.
    assert beyond() == [("2026-11-01", "2026-11-16", 16, 30, 960), ("2026-11-17", "2026-11-30", 14, 30, 1120)]


def test_who_goes_and_comes_back_pays_for_no_day_of_the_other_plan(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 15, "2026-11-05 10:00")
    take(sold, "told", "2026-11-10 10:00")
    take(sold, "license", "2026-11-20 10:00")
    daily("2026-11-21 01:00", "2026-12-02 01:00")
    assert beyond() == [("2026-11-01", "2026-11-30", 20, 30, 600)]


def test_given_up_on_the_day_on_which_it_was_taken_it_costs_nothing(sold: World) -> None:
    take(sold, "told", "2026-11-01 00:00")
    stands(sold, 99, "2026-11-02 10:00")
    take(sold, "license", "2026-11-17 10:00")
    take(sold, "told", "2026-11-17 11:00")
    daily("2026-11-18 01:00", "2026-12-02 01:00")
    assert beyond() == []


def test_another_version_of_the_plan_is_another_plan(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 15, "2026-11-05 10:00")
    second = LICENSE.replace("amount = 10,", "amount = 5,").replace("amount = 900", "amount = 1000")
    sell(
        sold,
        LIMITED.replace(LICENSE, second.replace('key = "license"\n', 'key = "license"\nversion = 2\n')),
        when("2026-11-08 08:00"),
    )
    run(when("2026-11-10 01:00"))
    take(sold, "license", "2026-11-11 10:00")
    daily("2026-11-12 01:00", "2026-12-02 01:00")
    assert beyond() == [("2026-11-01", "2026-11-10", 10, 30, 300), ("2026-11-11", "2026-11-30", 20, 30, 1333)]


def test_it_is_paid_to_the_day_before_the_end_as_it_is_in_that_instant(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    taken(sold, "2026-11-05 10:00")
    stands(sold, 25, "2026-11-05 10:00")
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-11-17 10:00"))
    stands(sold, 90, "2026-11-17 12:00")
    daily("2026-11-18 01:00", "2026-12-02 01:00")
    assert beyond() == [("2026-11-01", "2026-11-16", 16, 30, 960)]  # 10 beyond 15


def test_in_a_pause_it_is_not_asked_for(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 15, "2026-11-05 10:00")
    with sold.scope("rosa") as rosa:
        pause(ref=sold.carl.ref, actor=rosa, at=when("2026-11-10 10:00"))
    run(when("2026-11-15 01:00"))
    with sold.scope("rosa") as rosa:
        resume(ref=sold.carl.ref, actor=rosa, at=when("2026-11-20 10:00"))
    daily("2026-11-21 01:00", "2026-12-02 01:00")
    assert beyond() == [("2026-11-01", "2026-11-30", 9 + 11, 30, 600)]


def test_it_goes_by_the_periods_by_which_the_plan_is_charged(sold: World) -> None:
    """Anniversaries of the 10th up to the 20th, then the calendar."""
    take(sold, "license", "2026-11-10 00:00")
    stands(sold, 15, "2026-11-11 10:00")
    with sold.scope("rosa") as rosa:
        choose_basis(ref=sold.carl.ref, basis="calendar", actor=rosa, at=when("2026-11-20 10:00"))
    daily("2026-11-21 01:00", "2027-01-02 01:00")
    assert beyond() == [
        ("2026-11-10", "2026-11-19", 10, 30, 300), ("2026-11-20", "2026-11-30", 11, 30, 330), ("2026-12-01", "2026-12-31", 31, 31, 900),
    ]  # fmt: skip


def test_a_closed_account_pays_for_the_days_before(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 15, "2026-11-05 10:00")
    run(when("2026-11-06 01:00"))
    with sold.scope("rosa") as rosa:
        close_account(ref=sold.carl.ref, reason="moved", actor=rosa, at=when("2026-11-17 10:00"))
    daily("2026-11-18 01:00", "2026-12-02 01:00")
    assert beyond() == [("2026-11-01", "2026-11-16", 16, 30, 480)]


def test_a_trial_is_free_of_it(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        start_trial(ref=sold.carl.ref, actor=rosa, at=when("2026-11-10 15:00"))
    take(sold, "license", "2026-11-10 16:00")
    stands(sold, 15, "2026-11-11 10:00")
    daily("2026-11-12 01:00", "2026-11-17 14:00")
    assert beyond() == []
    daily("2026-11-18 01:00", "2026-12-18 01:00")
    [(first, _last, days, of_days, minor)] = beyond()
    assert (first, days, of_days, minor) == ("2026-11-17", 23, 30, 690)  # of the period from the 10th on


def test_the_plan_that_counts_where_none_was_taken_may_ask_for_it_too(world: World) -> None:
    free = FREE.replace('policy = "block"', 'policy = "overage", overage = [{ amount = 100, per = 10 }]')
    assert FREE in LIMITED
    furnished(world, LIMITED.replace(FREE, free))
    take(world, "license", "2026-11-01 00:00")
    stands(world, 65, "2026-11-05 10:00")
    with world.scope("rosa") as rosa:
        end_subscription(ref=world.carl.ref, actor=rosa, at=when("2026-11-16 00:00"))
    daily("2026-11-17 01:00", "2026-12-02 01:00")
    # 55 beyond 10: 99.00 × 15/30; then 15 beyond 50: 2.00 × 15/30.
    assert beyond() == [("2026-11-01", "2026-11-15", 15, 30, 4950), ("2026-11-16", "2026-11-30", 15, 30, 100)]


# What becomes known late ----------------------------------------------------------------------------------------------


def test_what_becomes_known_late_is_an_adjustment_on_both_sides(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 15, "2026-11-05 10:00")
    run(when("2026-12-02 01:00"))
    stands(sold, 6, "2026-11-25 10:00")
    daily("2026-12-03 01:00", "2026-12-12 01:00")
    assert (beyond(), both("adjustment")) == ([(*NOVEMBER, 900)], [(*NOVEMBER, 1800)])
    stands(sold, 0, "2026-11-26 10:00", corrects="2026-11-25 10:00")
    daily("2026-12-17 01:00", "2026-12-20 01:00")
    assert both("adjustment") == [(*NOVEMBER, 1800), (*NOVEMBER, -1800)]
    with platform_scope("test"):
        keys = (
            LedgerEntry.objects.filter(book="retail", about="adjustment").order_by("id").values_list("key", flat=True)
        )
        stem = "adjustment:overage:appointments@license.1:2026-11-01"
        assert list(keys) == [f"{stem}:1", f"{stem}:2"]


def test_who_falls_back_below_the_limit_late_has_all_of_it_back(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 15, "2026-11-20 10:00")
    run(when("2026-12-02 01:00"))
    stands(sold, 3, "2026-11-20 10:00", corrects="2026-11-20 10:00")
    run(when("2026-12-11 01:00"))
    assert (beyond(), both("adjustment")) == ([(*NOVEMBER, 900)], [(*NOVEMBER, -900)])


# Prices ---------------------------------------------------------------------------------------------------------------


def test_the_resellers_own_price_takes_the_place_of_its_mark_up(sold: World) -> None:
    said(sold, OVERAGE, BEYOND, Price(UNIT, "month", "EUR", Decimal(250), meter="appointments"), "2026-10-30 09:00")
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 13, "2026-11-05 10:00")
    run(when("2026-12-02 01:00"))
    assert posted("overage") == [(*NOVEMBER, 750)]
    assert posted("overage", "wholesale") == [(*NOVEMBER, 900)]


def test_a_least_sum_is_due_also_where_nothing_stands(sold: World) -> None:
    price = Price(UNIT, "month", "EUR", Decimal(250), meter="appointments", minimum=500)
    said(sold, OVERAGE, BEYOND, price, "2026-10-30 09:00")
    take(sold, "license", "2026-11-01 00:00")
    run(when("2026-12-02 01:00"))
    assert (posted("overage"), posted("overage", "wholesale")) == ([(*NOVEMBER, 500)], [])


def test_a_promotion_for_it_lowers_it_also_what_becomes_known_late(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        make_promotion(
            code="half", percent=Decimal(50), months=3, things=[f"overage:{BEYOND}"], actor=rosa, at=when("2026-10-31 08:00")
        )  # fmt: skip
        take_promotion(ref=sold.carl.ref, code="half", actor=rosa, at=when("2026-10-31 08:30"))
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 13, "2026-11-05 10:00")
    run(when("2026-12-02 01:00"))
    stands(sold, 5, "2026-11-25 10:00")
    run(when("2026-12-03 01:00"))
    assert [minor for *_days, minor in posted("overage")] == [450]
    assert [minor for *_days, minor in posted("adjustment")] == [450]
    assert [minor for *_days, minor in posted("overage", "wholesale")] == [900]


def test_who_pays_overage_pays_for_it(sold: World) -> None:
    pays(sold.rosa, sold.carl, "overage", payer="reseller", since=when("2026-06-01 00:00"))
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 13, "2026-11-05 10:00")
    run(when("2026-12-02 01:00"))
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(about="overage").order_by("book")
        assert [(row.book, row.billed) for row in rows] == [("retail", False), ("wholesale", True)]


def test_the_license_of_an_example_product_is_charged_by_the_contacts_kept(world: World) -> None:
    """1500 contacts are included, each 500 begun beyond cost 9.50; the level that was told last counts."""
    furnished(world, (PRODUCTS / "marketing-automation.toml").read_text())
    take(world, "client_license", "2026-11-01 00:00")
    for number, at in ((9000, "2026-11-05 10:00"), (2600, "2026-11-28 10:00"), (1500, "2026-12-01 00:00")):
        stands(world, number, at, "contacts")
    run(when("2027-01-02 01:00"))
    assert beyond() == [(*NOVEMBER, 3 * 950)]


# All of it, by hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(5))
def test_whatever_happens_is_charged_as_counted_quarter_by_quarter_of_an_hour(sold: World, number: int) -> None:
    """Plans, rooms and appointments at random moments of two months; `tests.oracle.standing` knows nothing of the rest."""
    random = Random(f"beyond {number}")

    def moments(most: int) -> list[datetime]:
        first, quarters = when("2026-11-01 00:15"), 61 * 96 - 2
        return sorted(first + timedelta(minutes=15 * each) for each in random.sample(range(quarters), most))

    turns, adds, levels = [Turn(when("2026-11-01 00:00"), "license.1")], [], []
    happens = [(at, "plan") for at in moments(random.randrange(5))]
    happens += [(at, "room") for at in moments(random.randrange(3))]
    happens += [(at, "level") for at in moments(random.randrange(3, 9))]
    take(sold, "license", "2026-11-01 00:00")
    for at, what in sorted(happens):
        if what == "plan":
            plan = random.choice([each for each in ("license", "large", "told") if turns[-1].plan != f"{each}.1"])
            turns.append(Turn(at, f"{plan}.1"))
            take(sold, plan, f"{at:%Y-%m-%d %H:%M}")
        elif what == "room":
            count = random.randrange(1, 4)
            adds.append(Add(at, 5 * count))
            taken(sold, f"{at:%Y-%m-%d %H:%M}", count=count)
        else:
            levels.append(Level(at, random.randrange(1, 40)))
            stands(sold, levels[-1].more, f"{at:%Y-%m-%d %H:%M}")
    run(when("2027-01-02 01:00"))
    known = {"license.1": Limited(10, Decimal(900), 5), "large.1": Limited(40, Decimal(800), 10)}
    expected = overage_by_month(known, turns, adds, levels, when("2026-11-01 00:00"), when("2027-01-01 00:00"))
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(about="overage", book="retail").values_list("key", "days", "minor")
        assert {key: (days, minor) for key, days, minor in rows} == {
            f"overage:appointments@{plan}:{month}": told for (month, plan), told in expected.items()
        }


def test_stories_are_told_in_which_something_is_due() -> None:
    """The positive control of the calculator: other limits, levels and days make other sums."""
    begin, end = when("2026-11-01 00:00"), when("2026-12-01 00:00")
    known = {"a": Limited(10, Decimal(900), 5)}
    levels = [Level(when("2026-11-05 10:00"), 21)]

    def told(*turns: Turn, adds: tuple[Add, ...] = ()) -> list[tuple[int, int]]:
        return list(overage_by_month(known, turns, adds, levels, begin, end).values())

    assert told(Turn(begin, "a")) == [(30, 2700)]
    assert told(Turn(begin, "a"), Turn(when("2026-11-16 08:00"), "b")) == [(15, 1350)]
    assert told(Turn(begin, "a"), adds=(Add(when("2026-11-30 08:00"), 11),)) == []
    assert told(Turn(begin, "b"), Turn(when("2026-11-30 08:00"), "a")) == [(1, 90)]


# What people see ------------------------------------------------------------------------------------------------------


def test_a_line_opens_down_to_what_was_told_is_estimated_and_counts_as_no_recurring_revenue(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 13, "2026-11-15 10:00")
    run(when("2026-11-20 01:00"))
    with platform_scope("test"):
        told = month_end_of(sold.carl, when("2026-11-20 02:00"))
    assert (told.retail, told.wholesale, told.pays) == ({"EUR": 2900}, {"EUR": 2320}, {"EUR": 2900})
    run(when("2026-12-01 02:00"))
    run(when("2027-01-01 02:00"))
    with platform_scope("test"):
        line = next(
            each
            for invoice in Invoice.objects.filter(book="retail").order_by("id")
            for each in invoice.lines.filter(about="overage").select_related("invoice")
        )
    with sold.scope("rosa") as rosa:
        shown = show_line(actor=rosa, ref=line.invoice.ref, position=line.position)
        assert (shown.meter, [event.quantity for event in shown.events]) == ("appointments", [13])
        assert (shown.line.names["en"], shown.line.by_use) == ("Appointments", True)
    page = sold.browser("rosa").get(f"/reseller/{sold.rosa.ref}/money/invoices/{line.invoice.ref}/{line.position}/")
    assert "Overage: Appointments" in html.unescape(page.content.decode())
    calls = make_caller(sold, "rosa", rights={"billing": "view"})
    items = calls.ask("GET", f"/invoices/{line.invoice.ref}").body["items"]
    assert [(each["item"], each["quantity"], each["amount"]) for each in items if each["about"] == "overage"] == [
        ("appointments", "3", 900)
    ]
    keep_figures(actor=installation(), at=when("2027-01-01 03:00"))
    with sold.scope("rosa") as rosa:
        months = figures(rosa, at=when("2027-01-01 04:00")).months
    assert {month.moved.end for month in months if month.moved.end} == {2000}


def test_the_margin_guard_counts_in_a_month_what_the_run_charges_for_one(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 23, "2026-11-15 10:00")
    with platform_scope("test"):
        at = when("2026-11-20 10:00")
        [held] = holdings_of([sold.carl], at=at)
        found = month_of(books_of([sold.carl.id], at=at)[sold.carl.id], held, at)
    run(when("2026-12-02 01:00"))
    november = [
        minor for about in ("base", "overage") for first, *_rest, minor in posted(about) if first == "2026-11-01"
    ]
    assert (found.listed, found.retail) == (4700, 4700) == (sum(november), sum(november))


def test_many_accounts_are_read_in_as_many_statements_as_two(sold: World) -> None:
    take(sold, "license", "2026-11-01 00:00")
    stands(sold, 13, "2026-11-15 10:00")
    others = []
    with sold.scope("rosa") as rosa:
        for name in ("Dora", "Zoe"):
            others.append(create_client(name=name, actor=rosa, at=when("2026-10-31 10:00")))
            take_plan(ref=others[-1].ref, plan="license", actor=rosa, at=when("2026-11-01 00:00"))
    counts = []
    with platform_scope("test"):
        for accounts in ([sold.carl, others[0]], [sold.carl, *others]):
            with CaptureQueriesContext(connection) as asked:
                found = facts_of(accounts, since=when("2026-11-20 00:00"), until=when("2026-12-02 00:00"))
            counts.append(len(asked))
            assert all(any(use.stands for use in each.facts.usage) for each in found.values())
    assert counts[0] == counts[1] <= 26 + 6
