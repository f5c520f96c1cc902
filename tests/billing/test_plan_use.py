"""What is used of a plan or an add-on that has a price for it: while it was held, when the meter's period is over, on both sides.

*By use* asks 9.90 for up to 100 text messages and 0.05 for each further one, and 0.30 a month for each appointment that stands;
*Bulk* asks 4.00 for each 100 text messages begun. Rosa asks what the list says where nothing else is.
"""

from __future__ import annotations

import html
from datetime import date, datetime
from decimal import Decimal

import pytest

from sublet.accounts.operations import close_account
from sublet.billing.invariants import periods
from sublet.billing.models import Invoice, LedgerEntry
from sublet.billing.operations import keep_figures
from sublet.billing.queries.estimates import month_end_of
from sublet.billing.queries.figures import figures
from sublet.billing.queries.invoices import show_line
from sublet.core.pricebook import ADD_ON, PLAN
from sublet.core.pricing import FLAT, UNIT, Price
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.metering.operations import record_usage
from sublet.pricing.models import RetailPriceSet
from sublet.pricing.operations import CannotSetPrice, make_promotion, set_retail_price, take_promotion
from sublet.pricing.queries import prices_of_reseller
from sublet.pricing.queries.holdings import holdings_of
from sublet.subscriptions.operations import (
    choose_basis,
    end_add_on,
    end_subscription,
    pause,
    resume,
    start_trial,
    take_add_on,
)
from tests.billing.selling import installation, make_issuer, make_terms, marks_up, pays, run, texts
from tests.billing.test_run_whole import PRICED, both, daily, posted, said, take, when
from tests.metering.meters import product, used
from tests.people import World
from tests.portals.api.caller import make_caller
from tests.subscriptions import PRODUCTS, sell

pytestmark = pytest.mark.django_db

SIX = ", ".join(f'{code} = "%s"' for code in ("en", "it", "sq", "nl", "fr", "pt"))
NAMES = "name = { " + SIX + " }\n"
BY_USE = "".join(
    (
        PRICED,
        """
[[plans]]
key = "by_use"
limits = [{ meter = "text_messages", amount = "unlimited" }, { meter = "appointments", amount = "unlimited" }]
""",
        NAMES % (("By use",) * 6),
        """
[[plans.prices]]
interval = "month"
model = "graduated"
meter = "text_messages"
tiers = [{ up_to = 100, amount = 0, flat = 990 }, { up_to = "unlimited", amount = 5 }]

[[plans.prices]]
interval = "month"
model = "unit"
meter = "appointments"
amount = 30

[[add_ons]]
key = "bulk"
icon = "mail"
prices = [{ interval = "month", model = "package", amount = 400, meter = "text_messages", package_size = 100 }]
""",
        NAMES % (("Bulk",) * 6),
    )
)
TEXTS = "text_messages@by_use"
NOVEMBER = ("2026-11-01", "2026-11-30", 30, 30)


@pytest.fixture
def sold(world: World) -> World:
    sell(world, BY_USE)
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    make_issuer(world.rosa, invoice_prefix="R-")
    make_terms(world.rosa, collected_by="own")
    pays(world.rosa, world.carl)
    marks_up(world.rosa, 0)
    return world


def appointments(world: World, number: int, at: str) -> None:
    actor = product(world)
    with platform_scope("test"):
        event = used(world, f"a{at}", "appointments", number, at=when(at), account=world.carl.ref)
        record_usage(events=[event], actor=actor, at=when(at))


def used_of_plan() -> list[tuple[str, str, int, int, int]]:
    return sorted(both("plan_use"))


def test_use_is_charged_when_its_period_is_over_and_what_stands_then_too(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 150, at=when("2026-11-15 10:00"))
    appointments(sold, 10, "2026-11-10 10:00")
    appointments(sold, 4, "2026-11-20 10:00")
    daily("2026-11-02 01:00", "2026-11-30 23:00")
    assert used_of_plan() == []
    daily("2026-12-01 01:00", "2026-12-02 01:00")

    assert used_of_plan() == [(*NOVEMBER, 420), (*NOVEMBER, 990 + 250)]
    assert both("base") == []
    with platform_scope("test"):
        row = LedgerEntry.objects.get(book="retail", about="plan_use", item="text_messages")
        assert (int(row.quantity), row.total, row.key.startswith("plan_use:text_messages@by_use.1:")) == (
            150,
            150,
            True,
        )
        assert list(periods(when("2026-12-02 01:00"))) == []

    # Nothing is used any more: the fee of the first step is due all the same, and the appointments stand.
    daily("2026-12-05 01:00", "2027-01-02 01:00")
    december = ("2026-12-01", "2026-12-31", 31, 31)
    assert used_of_plan()[2:] == [(*december, 420), (*december, 990)]
    assert both("adjustment") == []


def test_where_another_plan_follows_use_is_split_in_that_instant(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    appointments(sold, 10, "2026-11-05 10:00")
    texts(sold, 120, at=when("2026-11-17 10:29"))
    run(when("2026-11-17 10:29"))
    take(sold, "small", "2026-11-17 10:30")
    texts(sold, 30, at=when("2026-11-17 10:30"), name="after")
    appointments(sold, 5, "2026-11-18 10:00")
    daily("2026-11-18 01:00", "2026-12-02 01:00")

    # 16 days are the old plan's: its use is what it is, of what stands 3.00 × 16/30 are paid.
    assert used_of_plan() == [
        ("2026-11-01", "2026-11-16", 16, 30, 160),
        ("2026-11-01", "2026-11-16", 16, 30, 990 + 100),
    ]
    assert both("base")[0] == ("2026-11-17", "2026-11-30", 14, 30, 1353)
    with platform_scope("test"):
        row = LedgerEntry.objects.get(book="retail", about="plan_use", item="text_messages")
        assert (row.start, row.end, row.due_at) == (
            when("2026-11-01 00:00"), when("2026-11-17 10:30"), when("2026-11-17 10:30"),
        )  # fmt: skip


def test_what_stands_is_paid_by_the_periods_of_the_plan_also_by_the_calendar(sold: World) -> None:
    take(sold, "by_use", "2026-11-17 00:00")
    appointments(sold, 10, "2026-11-18 10:00")
    with sold.scope("rosa") as rosa:
        choose_basis(
            ref=sold.carl.ref, basis="calendar", when="day", day=date(2026, 12, 5), actor=rosa, at=when("2026-11-20 10:00")
        )  # fmt: skip
    daily("2026-11-20 11:00", "2027-02-01 01:00")
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(book="retail", about="plan_use", item="appointments").order_by("start")
        found = [(f"{row.first_day}", f"{row.last_day}", row.days, row.of_days, row.minor) for row in rows]
    # 3.00 × 18/30 of 17 November – 16 December, then 3.00 × 27/31 of December.
    assert found == [
        ("2026-11-17", "2026-12-04", 18, 30, 180),
        ("2026-12-05", "2026-12-31", 27, 31, 261),
        ("2027-01-01", "2027-01-31", 31, 31, 300),
    ]


def test_who_comes_from_another_plan_pays_for_use_from_that_instant_on(sold: World) -> None:
    take(sold, "small", "2026-11-01 00:00")
    texts(sold, 40, at=when("2026-11-17 10:29"))
    take(sold, "by_use", "2026-11-17 10:30")
    texts(sold, 110, at=when("2026-11-17 10:30"), name="after")
    appointments(sold, 10, "2026-11-02 10:00")
    daily("2026-11-18 01:00", "2026-12-02 01:00")

    # The ten appointments stand since before: 3.00 × 14/30.
    assert used_of_plan() == [("2026-11-17", "2026-11-30", 14, 30, 140), ("2026-11-17", "2026-11-30", 14, 30, 990 + 50)]


def test_a_plan_that_is_given_up_on_the_day_on_which_it_was_taken_costs_nothing_without_use(sold: World) -> None:
    take(sold, "small", "2026-11-01 00:00")
    appointments(sold, 10, "2026-11-02 10:00")
    take(sold, "by_use", "2026-11-17 10:00")
    take(sold, "small", "2026-11-17 11:00")
    daily("2026-11-18 01:00", "2026-12-02 01:00")
    assert used_of_plan() == []


def test_who_goes_and_comes_back_in_a_period_pays_the_flat_fee_once_and_for_no_day_of_the_other_plan(
    sold: World,
) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 60, at=when("2026-11-05 10:00"))
    appointments(sold, 10, "2026-11-05 10:00")
    take(sold, "small", "2026-11-10 10:00")
    texts(sold, 500, at=when("2026-11-12 10:00"), name="small")
    take(sold, "by_use", "2026-11-20 10:00")
    texts(sold, 50, at=when("2026-11-25 10:00"), name="again")
    daily("2026-11-21 01:00", "2026-12-02 01:00")
    # Nine days and eleven: 3.00 × 20/30; the other plan has ten.
    days = ("2026-11-01", "2026-11-30", 20, 30)
    assert used_of_plan() == [(*days, 200), (*days, 990 + 50)]
    assert sum(minor for *_days, minor in both("base")) == 967  # 29.00 × 10/30
    with platform_scope("test"):
        assert list(periods(when("2026-12-02 01:00"))) == []


def test_where_none_follows_use_is_charged_to_that_day_inclusive(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-05 10:00"))
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-11-17 10:00"))
    texts(sold, 5, at=when("2026-11-17 20:00"), name="day")
    texts(sold, 50, at=when("2026-11-18 00:00"), name="next")
    daily("2026-11-18 01:00", "2026-12-02 01:00")
    assert used_of_plan() == [("2026-11-01", "2026-11-17", 17, 30, 990 + 125)]


def test_what_stands_is_paid_to_the_day_before_the_end_as_it_is_in_that_instant(sold: World) -> None:
    """As seats are, which are credited from the day of ending on."""
    take(sold, "by_use", "2026-11-01 00:00")
    appointments(sold, 10, "2026-11-05 10:00")
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-11-17 10:00"))
    appointments(sold, 90, "2026-11-17 12:00")
    daily("2026-11-18 01:00", "2026-12-02 01:00")
    assert used_of_plan() == [("2026-11-01", "2026-11-16", 16, 30, 160), ("2026-11-01", "2026-11-17", 17, 30, 990)]


def test_where_another_one_is_taken_later_on_the_day_of_ending_it_has_the_rest_of_it(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-05 10:00"))
    appointments(sold, 10, "2026-11-05 10:00")
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-11-17 10:00"))
    texts(sold, 10, at=when("2026-11-17 12:00"), name="between")
    take(sold, "small", "2026-11-17 15:00")
    texts(sold, 500, at=when("2026-11-17 15:00"), name="small")
    daily("2026-11-18 01:00", "2026-12-02 01:00")
    assert sorted(minor for *_days, minor in used_of_plan()) == [160, 990 + 150]


def test_another_version_of_the_plan_is_another_plan(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-05 10:00"))
    appointments(sold, 10, "2026-11-05 10:00")
    dearer = BY_USE.replace("flat = 990 }", "flat = 1990 }").replace("amount = 30\n", "amount = 60\n")
    sell(sold, dearer.replace('key = "by_use"\n', 'key = "by_use"\nversion = 2\n'), when("2026-11-10 08:00"))
    run(when("2026-11-17 01:00"))  # who has it keeps its price
    take(sold, "by_use", "2026-11-17 10:00")
    texts(sold, 30, at=when("2026-11-17 12:00"), name="after")
    daily("2026-11-18 01:00", "2026-12-02 01:00")
    first, second = ("2026-11-01", "2026-11-16", 16, 30), ("2026-11-17", "2026-11-30", 14, 30)
    assert used_of_plan() == [(*first, 160), (*first, 990 + 100), (*second, 280), (*second, 1990)]


def test_another_version_of_an_add_on_has_the_rest_of_the_day(sold: World) -> None:
    take(sold, "small", "2026-11-01 00:00")
    with sold.scope("rosa") as rosa:
        ref = take_add_on(ref=sold.carl.ref, add_on="bulk", actor=rosa, at=when("2026-11-01 00:00"))
    texts(sold, 100, at=when("2026-11-05 10:00"))
    dearer = BY_USE.replace("amount = 400, meter", "amount = 500, meter")
    sell(sold, dearer.replace('key = "bulk"\n', 'key = "bulk"\nversion = 2\n'), when("2026-11-10 08:00"))
    with sold.scope("rosa") as rosa:
        end_add_on(ref=sold.carl.ref, add_on=ref, actor=rosa, at=when("2026-11-17 10:00"))
        take_add_on(ref=sold.carl.ref, add_on="bulk", actor=rosa, at=when("2026-11-17 12:00"))
    texts(sold, 100, at=when("2026-11-17 13:00"), name="after")
    daily("2026-11-18 01:00", "2026-12-02 01:00")
    assert [minor for *_days, minor in sorted(both("add_on_use"))] == [400, 500]


def test_a_pause_is_an_end_and_what_is_used_meanwhile_is_free(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    with sold.scope("rosa") as rosa:
        pause(ref=sold.carl.ref, actor=rosa, at=when("2026-11-10 10:00"))
    texts(sold, 110, at=when("2026-11-10 20:00"))
    texts(sold, 500, at=when("2026-11-12 10:00"), name="rests")
    with sold.scope("rosa") as rosa:
        resume(ref=sold.carl.ref, actor=rosa, at=when("2026-11-20 10:00"))
    texts(sold, 7, at=when("2026-11-20 10:00"), name="again")
    daily("2026-11-21 01:00", "2026-12-02 01:00")
    assert used_of_plan() == [("2026-11-01", "2026-11-30", 10 + 11, 30, 990 + 85)]


def test_use_in_a_trial_is_free(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        start_trial(ref=sold.carl.ref, actor=rosa, at=when("2026-11-10 15:00"))
    take(sold, "by_use", "2026-11-10 16:00")
    texts(sold, 400, at=when("2026-11-17 14:59"))
    texts(sold, 109, at=when("2026-11-17 15:00"), name="paid")
    daily("2026-11-18 01:00", "2026-12-12 01:00")

    [(first, *_days, minor)] = used_of_plan()
    assert (first, minor) == ("2026-11-17", 990 + 45)


def test_a_closed_account_pays_what_it_has_used(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-05 10:00"))
    run(when("2026-11-06 01:00"))
    with sold.scope("rosa") as rosa:
        close_account(ref=sold.carl.ref, reason="moved", actor=rosa, at=when("2026-11-17 10:00"))
    daily("2026-11-18 01:00", "2026-12-02 01:00")
    assert used_of_plan() == [("2026-11-01", "2026-11-17", 17, 30, 990 + 100)]


def test_what_becomes_known_late_is_an_adjustment(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-05 10:00"))
    appointments(sold, 10, "2026-11-05 10:00")
    run(when("2026-12-02 01:00"))
    texts(sold, 30, at=when("2026-11-20 10:00"), name="late")
    appointments(sold, 2, "2026-11-25 10:00")
    daily("2026-12-03 01:00", "2026-12-12 01:00")

    assert used_of_plan() == [(*NOVEMBER, 300), (*NOVEMBER, 990 + 100)]
    assert sorted(both("adjustment")) == [(*NOVEMBER, 60), (*NOVEMBER, 150)]


def test_what_is_corrected_is_given_back_to_who_paid_for_it(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 150, at=when("2026-11-20 10:00"))
    appointments(sold, 10, "2026-11-20 10:00")
    run(when("2026-12-02 01:00"))
    actor = product(sold)
    with platform_scope("test"):
        for number, meter, before in (
            (1, "text_messages", f"t{when('2026-11-20 10:00')}"),
            (2, "appointments", "a2026-11-20 10:00"),
        ):
            event = used(
                sold, number, meter, 4, at=when("2026-11-20 10:00"), account=sold.carl.ref, corrects=before
            )  # fmt: skip
            record_usage(events=[event], actor=actor, at=when("2026-12-03 10:00"))
    daily("2026-12-04 01:00", "2026-12-12 01:00")
    assert used_of_plan() == [(*NOVEMBER, 300), (*NOVEMBER, 990 + 250)]
    assert sorted(both("adjustment")) == [(*NOVEMBER, -250), (*NOVEMBER, -180)]


def test_an_add_on_by_use_counts_while_it_is_held_its_last_day_inclusive(sold: World) -> None:
    take(sold, "small", "2026-11-01 00:00")
    texts(sold, 50, at=when("2026-11-09 10:00"))
    with sold.scope("rosa") as rosa:
        ref = take_add_on(ref=sold.carl.ref, add_on="bulk", actor=rosa, at=when("2026-11-10 12:00"))
    texts(sold, 150, at=when("2026-11-12 10:00"), name="held")
    run(when("2026-11-13 01:00"))
    with sold.scope("rosa") as rosa:
        end_add_on(ref=sold.carl.ref, add_on=ref, actor=rosa, at=when("2026-11-20 09:00"))
    texts(sold, 60, at=when("2026-11-20 18:00"), name="day")
    texts(sold, 500, at=when("2026-11-21 00:00"), name="next")
    daily("2026-11-21 01:00", "2026-12-02 01:00")

    # 210 are three packages.
    assert both("add_on_use") == [("2026-11-10", "2026-11-20", 11, 30, 1200)]
    assert both("add_ons") == []


# Prices ---------------------------------------------------------------------------------------------------------------


def test_the_resellers_own_price_by_a_meter_takes_the_place_of_the_mark_up_on_that_one_alone(sold: World) -> None:
    said(sold, PLAN, "by_use", Price(UNIT, "month", "EUR", Decimal(8), meter="text_messages"), "2026-10-30 09:00")
    with platform_scope("test"):
        assert RetailPriceSet.objects.get().key == TEXTS  # where it belongs
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-05 10:00"))
    appointments(sold, 10, "2026-11-05 10:00")
    run(when("2026-12-02 01:00"))
    assert sorted(minor for *_days, minor in posted("plan_use")) == [300, 960]
    assert sorted(minor for *_days, minor in posted("plan_use", "wholesale")) == [300, 990 + 100]


def test_one_amount_for_use_is_one_however_much_and_also_where_nothing_is_used(sold: World) -> None:
    said(sold, ADD_ON, "text_messages@bulk", Price(FLAT, "month", "EUR", Decimal(1500)), "2026-10-30 09:00")
    take(sold, "small", "2026-11-01 00:00")
    with sold.scope("rosa") as rosa:
        take_add_on(ref=sold.carl.ref, add_on="bulk", actor=rosa, at=when("2026-11-01 00:00"))
    texts(sold, 250, at=when("2026-11-05 10:00"))
    daily("2026-11-06 01:00", "2027-01-02 01:00")
    assert [minor for *_days, minor in posted("add_on_use")] == [1500, 1500]
    assert [minor for *_days, minor in posted("add_on_use", "wholesale")] == [1200]


@pytest.mark.parametrize(
    ("key", "price", "code"),
    [
        (TEXTS, Price(UNIT, "quarter", "EUR", Decimal(8), meter="text_messages"), "use-interval"),
        (TEXTS, Price(UNIT, "month", "EUR", Decimal(8), meter="appointments"), "wrong-price"),
        (TEXTS, Price("seat", "month", "EUR", Decimal(8)), "wrong-price"),
        ("by_use", Price(UNIT, "month", "EUR", Decimal(8), meter="nothing"), "unknown-thing"),
        ("text_messages@nothing", Price(UNIT, "month", "EUR", Decimal(8)), "unknown-thing"),
        ("text_messages@text_messages@by_use", Price(UNIT, "month", "EUR", Decimal(8)), "unknown-thing"),
    ],
)
def test_a_price_that_would_never_be_asked_for_is_refused(sold: World, key: str, price: Price, code: str) -> None:
    with sold.scope("rosa") as rosa, pytest.raises(CannotSetPrice) as refused:
        set_retail_price(kind=PLAN, key=key, price=price, actor=rosa, at=now())
    assert refused.value.code == code


def test_a_promotion_for_the_plan_lowers_its_use(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        make_promotion(
            code="half", percent=Decimal(50), months=3, things=["plan:by_use"], actor=rosa, at=when("2026-10-31 08:00")
        )  # fmt: skip
        take_promotion(ref=sold.carl.ref, code="half", actor=rosa, at=when("2026-10-31 08:30"))
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-05 10:00"))
    run(when("2026-12-02 01:00"))
    texts(sold, 40, at=when("2026-11-20 10:00"), name="late")
    run(when("2026-12-03 01:00"))
    assert [minor for *_days, minor in posted("plan_use")] == [545]
    assert [minor for *_days, minor in posted("plan_use", "wholesale")] == [1090]
    assert [minor for *_days, minor in posted("adjustment")] == [100]
    assert [minor for *_days, minor in posted("adjustment", "wholesale")] == [200]


def test_who_pays_for_the_plan_pays_for_its_use(sold: World) -> None:
    pays(sold.rosa, sold.carl, "base", payer="reseller", since=when("2026-06-01 00:00"))
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-05 10:00"))
    run(when("2026-12-02 01:00"))
    with platform_scope("test"):
        assert [row.billed for row in LedgerEntry.objects.filter(about="plan_use", book="retail")] == [False]


def test_who_pays_when_use_becomes_due_pays_for_all_of_it(sold: World) -> None:
    pays(sold.rosa, sold.carl, "base", payer="reseller", since=when("2026-06-01 00:00"))
    pays(sold.rosa, sold.carl, "base", payer="client", since=when("2026-11-20 00:00"))
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-05 10:00"))
    run(when("2026-12-02 01:00"))
    with platform_scope("test"):
        assert [row.billed for row in LedgerEntry.objects.filter(about="plan_use", book="retail")] == [True]


def test_a_plan_of_an_example_product_is_charged_by_what_stands_and_what_was_sent(world: World) -> None:
    """*By use* of the marketing product: 95.00 up to 1000 contacts, then 0.03 each; 48.00 where more than 20000 mails were sent."""
    sell(world, (PRODUCTS / "marketing-automation.toml").read_text())
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    make_issuer(world.rosa, invoice_prefix="R-")
    make_terms(world.rosa, collected_by="own")
    pays(world.rosa, world.carl)
    marks_up(world.rosa, 50)
    take(world, "pay_as_used", "2026-11-01 00:00")
    actor = product(world)
    with platform_scope("test"):
        for meter, number, at in (
            ("contacts", 900, "2026-11-05 10:00"), ("contacts", 4000, "2026-11-28 10:00"), ("emails_sent", 20_001, "2026-11-15 10:00"),
        ):  # fmt: skip
            event = used(world, f"{meter}{at}", meter, number, at=when(at), account=world.carl.ref)
            record_usage(events=[event], actor=actor, at=when(at))
    run(when("2026-12-02 01:00"))
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(about="plan_use").order_by("book", "item")
        told = [(row.book, row.item, row.minor, row.currency) for row in rows]
    assert told == [
        ("retail", "contacts", 14250 + 13500, "EUR"), ("retail", "emails_sent", 7200, "EUR"),
        ("wholesale", "contacts", 9500 + 9000, "EUR"), ("wholesale", "emails_sent", 4800, "EUR"),
    ]  # fmt: skip


# What people see ------------------------------------------------------------------------------------------------------


def _lines(about: str) -> list[tuple[Invoice, int]]:
    with platform_scope("test"):
        invoices = list(Invoice.objects.filter(book="retail").order_by("id"))
        return [
            (invoice, line.position)
            for invoice in invoices
            for line in invoice.lines.filter(about=about).order_by("position")
        ]


def test_a_line_opens_down_to_its_use_is_estimated_and_counts_as_no_recurring_revenue(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-15 10:00"))
    run(when("2026-11-20 01:00"))
    with platform_scope("test"):
        assert month_end_of(sold.carl, when("2026-11-20 02:00")).retail == {"EUR": 1090}
    run(when("2026-12-01 02:00"))
    run(when("2027-01-01 02:00"))
    invoice, position = _lines("plan_use")[0]
    with sold.scope("rosa") as rosa:
        shown = show_line(actor=rosa, ref=invoice.ref, position=position)
        assert (shown.meter, [event.quantity for event in shown.events]) == ("text_messages", [120])
        assert (shown.line.names["en"], shown.line.by_use) == ("Text messages", True)
    page = sold.browser("rosa").get(f"/reseller/{sold.rosa.ref}/money/invoices/{invoice.ref}/{position}/")
    assert "Use in the plan: Text messages" in html.unescape(page.content.decode())
    keep_figures(actor=installation(), at=when("2027-01-01 03:00"))
    with sold.scope("rosa") as rosa:
        told = figures(rosa, at=when("2027-01-01 04:00"))
    assert {month.moved.end for month in told.months if month.moved.end} == set()


def test_prices_show_use_beside_the_plan_and_one_can_be_said_there(sold: World) -> None:
    path = f"/reseller/{sold.rosa.ref}/prices/"

    def retail() -> list[tuple[str, int, int | None, int | None]]:
        with sold.scope("rosa") as rosa:
            rows = prices_of_reseller(rosa, at=now()).rows
        return [
            (row.thing.key, row.shown.units, row.shown.list_minor, row.shown.retail)
            for row in rows
            if row.thing.key.endswith(("by_use", "bulk"))
        ]

    assert retail() == [
        ("by_use", 1, None, None),
        (TEXTS, 1000, 990 + 4500, 990 + 4500),
        ("appointments@by_use", 1000, 30_000, 30_000),
        ("bulk", 1, None, None),
        ("text_messages@bulk", 1000, 4000, 4000),
    ]
    rosa_sees = sold.browser("rosa")
    assert "Text messages, with “By use”" in html.unescape(rosa_sees.get(path).content.decode())
    page = rosa_sees.get(f"{path}of/plan/{TEXTS}/")
    assert page.status_code == 200
    form = page.context["form"]
    assert ([choice[0] for choice in form.fields["interval"].choices], form["model"].value()) == (["month"], "unit")
    said_now = {"model": "unit", "amount": "0.08", "interval": "month"}
    assert rosa_sees.post(f"{path}of/plan/{TEXTS}/", said_now).status_code == 302
    assert (TEXTS, 1000, 5490, 8000) in retail()
    # One client's own, by a program.
    calls = make_caller(sold, "rosa", rights={"billing": "manage"})
    body = {
        "price": {"model": "unit", "interval": "month", "currency": "EUR", "amount": "6", "meter": "text_messages"},
        "client": sold.carl.ref,
    }
    assert calls.ask("PUT", "/prices/plan/by_use", body).status == 200
    assert rosa_sees.get(f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/prices/").status_code == 200


def test_the_margin_guard_knows_what_is_used_and_what_stands(sold: World) -> None:
    take(sold, "by_use", "2026-11-01 00:00")
    texts(sold, 120, at=when("2026-11-15 10:00"))
    appointments(sold, 10, "2026-11-15 10:00")
    at: datetime = when("2026-11-20 10:00")
    with platform_scope("test"):
        [held] = holdings_of([sold.carl], at=at)
    assert (held.plan, held.used["text_messages"], held.used["appointments"]) == (("by_use", 1), 120, 10)
    assert held.stands == {"appointments"}


def test_the_page_of_a_plan_leads_to_the_prices_of_its_use_and_says_for_how_many_units(sold: World) -> None:
    rosa, base = sold.browser("rosa"), f"/reseller/{sold.rosa.ref}/prices/of"
    assert f'href="{base}/plan/text_messages@by_use/"' in rosa.get(f"{base}/plan/by_use/").content.decode()
    assert f'href="{base}/add_on/text_messages@bulk/"' in rosa.get(f"{base}/add_on/bulk/").content.decode()
    use = rosa.get(f"{base}/plan/text_messages@by_use/").content.decode()
    assert "Reckoned for 1,000 units" in use
    assert "Use has prices of its own" not in use
    assert "Reckoned for" not in rosa.get(f"{base}/plan/small/").content.decode()
    tried = rosa.post(
        f"{base}/add_on/text_messages@bulk/try/", {"model": "unit", "amount": "0.05", "interval": "month"}
    )
    assert "Reckoned for 1,000 units" in tried.content.decode()
