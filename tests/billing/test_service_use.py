"""What is used of a managed service that has a price by use: while it is on, when the meter's period is over, on both sides.

Rosa asks what the list says where nothing else is: 0.20 for each reminder by text message.
"""

from __future__ import annotations

import html
from decimal import Decimal

import pytest

from sublet.accounts.operations import close_account
from sublet.billing.invariants import periods
from sublet.billing.models import Invoice, LedgerEntry
from sublet.billing.operations import keep_figures
from sublet.billing.queries.estimates import month_end_of
from sublet.billing.queries.figures import figures
from sublet.billing.queries.invoices import show_line
from sublet.core.portfolio import USE, Change
from sublet.core.pricebook import SERVICE
from sublet.core.pricing import UNIT, Price
from sublet.entitlements.operations import set_service
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.metering.operations import record_usage
from sublet.pricing.operations import check_prices, make_promotion, set_retail_price, take_promotion
from sublet.pricing.queries import check_of, prices_of_reseller
from sublet.pricing.queries.holdings import holdings_of
from sublet.subscriptions.operations import start_trial
from tests.billing.selling import installation, make_issuer, make_terms, marks_up, pays, run, texts
from tests.billing.test_run_whole import PRICED, both, daily, posted, said, take, when
from tests.metering.meters import product, used
from tests.people import World
from tests.portals.api.caller import make_caller
from tests.pricing import flat
from tests.subscriptions import PRODUCTS, sell

pytestmark = pytest.mark.django_db

REMINDERS = "text_reminders"
EACH = '{ interval = "month", model = "unit", amount = 20, meter = "text_messages" }'
FEE = '{ interval = "month", amount = 500 }'


def offered(*prices: str) -> str:
    return PRICED.replace(
        'key = "text_reminders"\nicon', f'key = "text_reminders"\nprices = [{", ".join(prices)}]\nicon'
    )


def furnished(world: World, *prices: str) -> World:
    sell(world, offered(*prices))
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    make_issuer(world.rosa, invoice_prefix="R-")
    make_terms(world.rosa, collected_by="own")
    pays(world.rosa, world.carl)
    marks_up(world.rosa, 0)
    return world


@pytest.fixture
def sold(world: World) -> World:
    return furnished(world, EACH)


def switch(world: World, on: bool, at: str) -> None:
    with world.scope("rosa") as rosa:
        set_service(ref=world.carl.ref, service=REMINDERS, enabled=on, actor=rosa, at=when(at))


def test_what_was_used_while_it_was_on_is_charged_when_the_period_is_over(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    texts(sold, 10, at=when("2026-11-05 10:00"))
    switch(sold, True, "2026-11-12 09:00")
    texts(sold, 5, at=when("2026-11-12 08:59"))
    texts(sold, 37, at=when("2026-11-15 10:00"))
    daily("2026-11-16 01:00", "2026-11-30 23:00")
    assert both("service_use") == []
    daily("2026-12-01 01:00", "2026-12-02 01:00")

    assert both("service_use") == [("2026-11-12", "2026-11-30", 19, 30, 740)]
    assert both("service") == []
    with platform_scope("test"):
        row = LedgerEntry.objects.get(book="retail", about="service_use")
        assert (row.item, int(row.quantity), row.total) == (REMINDERS, 37, 37)
        assert row.key.startswith(f"service_use:text_messages@{REMINDERS}:")
        assert list(periods(when("2026-12-02 01:00"))) == []


def test_what_becomes_known_late_is_an_adjustment_and_what_was_used_while_it_was_off_is_nothing(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    switch(sold, True, "2026-11-12 09:00")
    texts(sold, 37, at=when("2026-11-15 10:00"))
    run(when("2026-12-02 01:00"))
    texts(sold, 3, at=when("2026-11-20 10:00"), name="late")
    texts(sold, 8, at=when("2026-11-06 10:00"), name="late")
    daily("2026-12-03 01:00", "2026-12-12 01:00")

    assert both("service_use") == [("2026-11-12", "2026-11-30", 19, 30, 740)]
    assert both("adjustment") == [("2026-11-12", "2026-11-30", 19, 30, 60)]


def test_it_is_switched_off_and_on_again_in_a_period(sold: World) -> None:
    take(sold, "small", "2026-11-01 00:00")
    switch(sold, True, "2026-11-01 00:00")
    switch(sold, False, "2026-11-10 12:00")
    switch(sold, True, "2026-11-20 12:00")
    for number, at in ((4, "11-09 10:00"), (50, "11-15 10:00"), (6, "11-25 10:00")):
        texts(sold, number, at=when(f"2026-{at}"))
    daily("2026-11-02 01:00", "2026-12-02 01:00")

    assert both("service_use") == [("2026-11-01", "2026-11-30", 30, 30, 200)]


def test_use_in_a_trial_is_free(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        start_trial(ref=sold.carl.ref, actor=rosa, at=when("2026-11-10 15:00"))
    take(sold, "small", "2026-11-10 16:00")
    switch(sold, True, "2026-11-10 16:30")
    texts(sold, 40, at=when("2026-11-17 14:59"))
    texts(sold, 9, at=when("2026-11-17 15:00"))
    daily("2026-11-18 01:00", "2026-12-12 01:00")

    [(first, *_days, minor)] = both("service_use")
    assert (first, minor) == ("2026-11-17", 180)


def test_a_closed_account_pays_what_it_has_used(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    switch(sold, True, "2026-11-01 09:00")
    texts(sold, 12, at=when("2026-11-05 10:00"))
    run(when("2026-11-06 01:00"))
    with sold.scope("rosa") as rosa:
        close_account(ref=sold.carl.ref, reason="moved", actor=rosa, at=when("2026-11-17 10:00"))
    daily("2026-11-18 01:00", "2026-12-02 01:00")

    assert both("service_use") == [("2026-11-01", "2026-11-17", 17, 30, 240)]


def test_a_fee_and_a_price_by_use_are_both_charged_until_the_reseller_says_one_of_its_own(world: World) -> None:
    sold = furnished(world, EACH, FEE)
    take(sold, "small", "2026-11-01 00:00")
    switch(sold, True, "2026-11-01 00:00")
    texts(sold, 37, at=when("2026-11-15 10:00"))
    run(when("2026-11-16 01:00"))
    run(when("2026-12-01 00:00"))
    run(when("2026-12-01 02:00"))
    assert both("service_use") == [("2026-11-01", "2026-11-30", 30, 30, 740)]
    assert [minor for *_days, minor in both("service")] == [500, 500]

    # From the next period on 7.00 a month for all of it: the vendor goes on by use.
    said(sold, SERVICE, REMINDERS, flat(700), "2026-12-02 09:00")
    texts(sold, 11, at=when("2026-12-15 10:00"))
    run(when("2027-01-01 02:00"))
    assert [minor for *_days, minor in posted("service")] == [500, 500, 700]
    assert [minor for *_days, minor in posted("service_use")] == [740]
    assert [minor for *_days, minor in posted("service_use", "wholesale")] == [740, 220]
    assert [minor for *_days, minor in posted("service", "wholesale")] == [500, 500, 500]


def test_a_minimum_is_due_for_the_days_in_which_it_was_on_also_where_nothing_was_used(sold: World) -> None:
    least = Price(UNIT, "month", "EUR", Decimal(25), meter="text_messages", minimum=3000)
    said(sold, SERVICE, REMINDERS, least, "2026-10-30 09:00")
    take(sold, "small", "2026-11-01 09:00")
    switch(sold, True, "2026-11-12 09:00")
    daily("2026-11-13 01:00", "2027-01-02 01:00")

    assert posted("service_use") == [
        ("2026-11-12", "2026-11-30", 19, 30, 1900),
        ("2026-12-01", "2026-12-31", 31, 31, 3000),
    ]
    assert posted("service_use", "wholesale") == []


def test_a_promotion_for_the_service_lowers_its_use(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        make_promotion(
            code="half", percent=Decimal(50), months=3, things=[f"service:{REMINDERS}"], actor=rosa, at=when("2026-10-31 08:00")
        )  # fmt: skip
        take_promotion(ref=sold.carl.ref, code="half", actor=rosa, at=when("2026-10-31 08:30"))
    take(sold, "small", "2026-11-01 09:00")
    switch(sold, True, "2026-11-01 09:00")
    texts(sold, 37, at=when("2026-11-15 10:00"))
    run(when("2026-12-02 01:00"))
    assert [minor for *_days, minor in posted("service_use")] == [370]
    assert [minor for *_days, minor in posted("service_use", "wholesale")] == [740]


def test_a_line_opens_down_to_its_use_and_counts_as_no_recurring_revenue(sold: World) -> None:
    take(sold, "small", "2026-11-01 00:00")
    switch(sold, True, "2026-11-01 00:00")
    texts(sold, 37, at=when("2026-11-15 10:00"))
    run(when("2026-11-20 01:00"))
    with platform_scope("test"):
        estimate = month_end_of(sold.carl, when("2026-11-20 02:00"))
    assert estimate.retail == {"EUR": 2900 + 740}
    run(when("2026-12-01 02:00"))
    run(when("2027-01-01 02:00"))
    with platform_scope("test"):
        lines = [
            (invoice, line)
            for invoice in Invoice.objects.filter(book="retail")
            for line in invoice.lines.filter(about="service_use")
        ]
    [(invoice, line)] = lines
    with sold.scope("rosa") as rosa:
        shown = show_line(actor=rosa, ref=invoice.ref, position=line.position)
        assert (shown.meter, [event.quantity for event in shown.events]) == ("text_messages", [37])
        assert (shown.line.names["en"], shown.line.by_use) == ("Reminders by text message", True)
    page = sold.browser("rosa").get(f"/reseller/{sold.rosa.ref}/money/invoices/{invoice.ref}/{line.position}/")
    assert "Use of a managed service: Reminders by text message" in html.unescape(page.content.decode())
    keep_figures(actor=installation(), at=when("2027-01-01 03:00"))
    with sold.scope("rosa") as rosa:
        told = figures(rosa, at=when("2027-01-01 04:00"))
    assert {month.moved.end for month in told.months if month.moved.end} == {2900}


def test_the_margin_guard_counts_services_that_are_on(sold: World) -> None:
    take(sold, "small", "2026-11-01 00:00")
    at = when("2026-11-20 10:00")
    with platform_scope("test"):
        [off] = holdings_of([sold.carl], at=at)
    switch(sold, True, "2026-11-01 00:00")
    texts(sold, 37, at=when("2026-11-15 10:00"))
    with platform_scope("test"):
        [on] = holdings_of([sold.carl], at=at)
        assert holdings_of([sold.rosa], at=at)[0].services == ()
    assert (off.services, on.services, on.used["text_messages"]) == ((), (REMINDERS,), 37)
    with sold.scope("rosa") as rosa:
        set_retail_price(
            kind=SERVICE, key=REMINDERS, price=Price(UNIT, "month", "EUR", Decimal(10), meter="text_messages"), actor=rosa, at=at
        )  # fmt: skip
        row = check_prices(change=Change(USE, Decimal(100_00)), actor=rosa, at=at)
        [line] = [each for each in check_of(rosa, row.ref).lines if each.ref == sold.carl.ref]
    # 37 at 0.20 less 20 % cost 5.92 and bring 3.70; a hundred times as many lose what the plan brings, too.
    assert (line.retail_before, line.wholesale_before) == (2900 + 370, 2320 + 592)
    assert (line.retail_after, line.wholesale_after, line.loses) == (2900 + 37000, 2320 + 59200, True)


def test_prices_show_the_fee_and_the_use_side_by_side_and_one_amount_is_one_however_much_is_used(world: World) -> None:
    sold = furnished(world, EACH, FEE)
    at = now()
    with sold.scope("rosa") as rosa:
        rows = [row for row in prices_of_reseller(rosa, at=at).rows if row.thing.key == REMINDERS]
        assert [(row.shown.units, row.shown.list_minor, row.shown.retail) for row in rows] == [
            (1, 500, 500), (1000, 20_000, 20_000),
        ]  # fmt: skip
        set_retail_price(kind=SERVICE, key=REMINDERS, price=flat(700), actor=rosa, at=at)
        rows = [row for row in prices_of_reseller(rosa, at=at).rows if row.thing.key == REMINDERS]
    assert [(row.shown.units, row.shown.retail) for row in rows] == [(1, 700), (1000, None)]
    rosa_calls = make_caller(sold, "rosa", rights={"billing": "manage"})
    body = {
        "price": {"model": "unit", "interval": "month", "currency": "EUR", "amount": "30", "meter": "text_messages"}
    }
    assert rosa_calls.ask("PUT", f"/prices/service/{REMINDERS}", body).status == 200
    with sold.scope("rosa") as rosa:
        rows = [row for row in prices_of_reseller(rosa, at=now()).rows if row.thing.key == REMINDERS]
    assert rows[-1].shown.retail == 30_000
    assert sold.browser("rosa").get(f"/reseller/{sold.rosa.ref}/prices/of/service/{REMINDERS}/").status_code == 200


def test_pictures_of_an_example_product_are_charged_by_steps(world: World) -> None:
    """The first five at 8.50, the others at 6.50; previews of mails at 1.90 each."""
    sell(world, (PRODUCTS / "marketing-automation.toml").read_text())
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    make_terms(world.rosa, collected_by="own")
    marks_up(world.rosa, 0)
    take(world, "client_license", "2026-11-01 00:00")
    with world.scope("rosa") as rosa:
        for service in ("shutterstock", "litmus_tests"):
            set_service(ref=world.carl.ref, service=service, enabled=True, actor=rosa, at=when("2026-11-01 00:00"))
    actor = product(world)
    with platform_scope("test"):
        for meter, number in (("shutterstock", 8), ("litmus_tests", 3)):
            events = [
                used(world, f"{meter}{each}", meter, None, at=when("2026-11-15 10:00"), account=world.carl.ref)
                for each in range(number)
            ]
            record_usage(events=events, actor=actor, at=when("2026-11-15 10:00"))
    run(when("2026-12-02 01:00"))
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(about="service_use", book="wholesale").order_by("item")
        told = [(row.item, row.minor, row.currency, [part[4] for part in row.parts]) for row in rows]
    assert told == [("litmus_tests", 570, "EUR", [570]), ("shutterstock", 4250 + 1950, "EUR", [4250, 1950])]
