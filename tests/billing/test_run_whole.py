"""Everything that is charged goes through the run: each thing with the figures of docs/howto/prices.md, hour by hour as it happens.

*Small* is the page's basic plan (29.00), *Medium* its business plan (59.00); Rosa asks what the list says where nothing else is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.operations import close_account
from sublet.billing.models import LedgerEntry
from sublet.billing.queries.facts import facts_of
from sublet.core.contracts import COMMITMENT, MAINTENANCE
from sublet.core.pricebook import OVERAGE, PLAN
from sublet.core.pricing import UNIT, Price
from sublet.core.usekeys import use_key
from sublet.entitlements.operations import set_service
from sublet.foundation.scope import platform_scope
from sublet.pricing.models import AgreedContract
from sublet.pricing.operations import (
    agree_contract,
    make_extra,
    make_promotion,
    sell_extra,
    set_retail_price,
    take_promotion,
)
from sublet.subscriptions.operations import (
    end_add_on,
    end_subscription,
    pause,
    resume,
    start_trial,
    take_add_on,
    take_plan,
)
from tests.billing.selling import entries, make_issuer, make_terms, marks_up, pays, run, texts
from tests.people import World
from tests.pricing import flat, once
from tests.subscriptions import BOOKINGS, sell

pytestmark = pytest.mark.django_db

PRICED = (
    BOOKINGS.replace('interval = "month", amount = 900 }', 'interval = "month", amount = 2900 }')
    .replace('interval = "month", amount = 2400 }', 'interval = "month", amount = 5900 }')
    .replace(
        'key = "direct_support"\nicon = "phone"\n',
        'key = "direct_support"\nicon = "phone"\nprices = [{ interval = "month", amount = 1500 }]\n',
    )
)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def sold(world: World) -> World:
    """Carl pays Rosa, who asks the list price of whatever she has said nothing else of."""
    sell(world, PRICED)
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    make_issuer(world.rosa, invoice_prefix="R-")
    make_terms(world.rosa, collected_by="own")
    pays(world.rosa, world.carl)
    marks_up(world.rosa, 0)
    return world


def take(world: World, plan: str, at: str) -> None:
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan=plan, actor=rosa, at=when(at))


def said(world: World, kind: str, key: str, price: Price, at: str, since: str = "") -> None:
    with world.scope("rosa") as rosa:
        set_retail_price(kind=kind, key=key, price=price, since=when(since) if since else None, actor=rosa, at=when(at))


def posted(about: str = "", book: str = "retail") -> list[tuple[str, str, int, int, int]]:
    """First and last day, days, days of the period, amount."""
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(book=book, **({"about": about} if about else {})).order_by("due_at", "id")
        return [(f"{row.first_day}", f"{row.last_day}", row.days, row.of_days, row.minor) for row in rows]


def both(about: str = "") -> list[tuple[str, str, int, int, int]]:
    """The same where both books say so."""
    assert posted(about, "wholesale") == posted(about)
    return posted(about)


def daily(first: str, until: str) -> None:
    """A run on each third day."""
    at = when(first)
    while at < when(until):
        run(at)
        at += timedelta(days=3)
    run(when(until))


# Time -----------------------------------------------------------------------------------------------------------------


def test_a_pause_is_an_end_and_a_new_beginning(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-02 01:00"))
    with sold.scope("rosa") as rosa:
        pause(ref=sold.carl.ref, actor=rosa, at=when("2026-11-11 00:00"))
    daily("2026-11-12 01:00", "2026-12-21 01:00")
    with sold.scope("rosa") as rosa:
        resume(ref=sold.carl.ref, actor=rosa, at=when("2026-12-21 08:00"))
    run(when("2027-01-02 01:00"))

    assert both("base") == [
        ("2026-11-01", "2026-11-30", 30, 30, 2900),
        ("2026-11-11", "2026-11-30", 20, 30, -1933),
        ("2026-12-21", "2026-12-31", 11, 31, 1029),
        ("2027-01-01", "2027-01-31", 31, 31, 2900),
    ]


def test_a_yearly_price_is_asked_for_a_year_ahead_and_given_back_from_the_end_on(sold: World) -> None:
    said(sold, PLAN, "small", flat(29000, "year"), "2026-06-30 09:00")
    take(sold, "small", "2026-07-01 09:00")
    daily("2026-07-02 01:00", "2026-10-29 01:00")
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-10-29 18:00"))
    run(when("2026-12-31 00:00"))

    assert posted("base") == [
        ("2026-07-01", "2027-06-30", 365, 365, 29000),
        ("2026-10-29", "2027-06-30", 245, 365, -19466),
    ]
    assert [minor for *_days, minor in posted("base", "wholesale")] == [2900, 2900, 2900, 2900, -281]


def test_a_new_price_holds_for_the_periods_that_begin_with_it(sold: World) -> None:
    said(sold, PLAN, "small", flat(2900), "2026-10-30 09:00")
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-05 01:00"))
    said(sold, PLAN, "small", flat(3500), "2026-11-06 09:00", "2026-11-10 00:00")
    daily("2026-11-10 01:00", "2026-12-16 01:00")
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-12-16 09:00"))
    run(when("2027-01-02 01:00"))

    assert posted("base") == [
        ("2026-11-01", "2026-11-30", 30, 30, 2900),
        ("2026-12-01", "2026-12-31", 31, 31, 3500),
        ("2026-12-16", "2026-12-31", 16, 31, -1806),
    ]


def test_a_promotion_ends_after_its_months(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        make_promotion(code="half3", percent=Decimal(50), months=3, actor=rosa, at=when("2026-10-30 09:00"))
        take_promotion(ref=sold.carl.ref, code="HALF3", actor=rosa, at=when("2026-11-01 08:00"))
    take(sold, "small", "2026-11-01 09:00")
    daily("2026-11-02 01:00", "2027-02-02 01:00")

    assert [minor for *_days, minor in posted("base")] == [1450, 1450, 1450, 2900]
    assert [minor for *_days, minor in posted("base", "wholesale")] == [2900, 2900, 2900, 2900]


def test_add_ons_go_by_the_accounts_periods_as_many_as_were_taken(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    with sold.scope("rosa") as rosa:
        pack = take_add_on(
            ref=sold.carl.ref, add_on="appointment_pack", count=3, actor=rosa, at=when("2026-11-16 09:00")
        )
    daily("2026-11-17 01:00", "2026-12-11 01:00")
    with sold.scope("rosa") as rosa:
        end_add_on(ref=sold.carl.ref, add_on=pack, actor=rosa, at=when("2026-12-11 09:00"))
    run(when("2027-01-02 01:00"))

    assert both("add_ons") == [
        ("2026-11-16", "2026-11-30", 15, 30, 750),
        ("2026-12-01", "2026-12-31", 31, 31, 1500),
        ("2026-12-11", "2026-12-31", 21, 31, -1016),
    ]


def test_what_is_sold_once_is_due_whole_on_its_day(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-05 01:00"))
    with sold.scope("rosa") as rosa:
        extra = make_extra(name="T" * 120, actor=rosa, at=when("2026-11-05 13:00"))  # as long as a name may be
        sell_extra(
            client=sold.carl.ref, extra=extra.ref, price=once(9000), once="a", actor=rosa, at=when("2026-11-05 14:00")
        )
        take_add_on(ref=sold.carl.ref, add_on="training", actor=rosa, at=when("2026-11-06 14:00"))
    daily("2026-11-06 15:00", "2026-11-30 01:00")

    assert posted("one_off") == [
        ("2026-11-05", "2026-11-05", 1, 1, 9000),
        ("2026-11-06", "2026-11-06", 1, 1, 12000),
    ]
    assert posted("one_off", "wholesale") == [("2026-11-06", "2026-11-06", 1, 1, 12000)]


# Services and contracts -----------------------------------------------------------------------------------------------


def test_a_managed_service_is_charged_while_it_is_on(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-15 01:00"))
    about: dict[str, Any] = {"ref": sold.carl.ref, "service": "direct_support"}
    with sold.scope("rosa") as rosa:
        set_service(**about, enabled=True, actor=rosa, at=when("2026-11-16 09:00"))
    daily("2026-11-17 01:00", "2026-12-11 01:00")
    with sold.scope("rosa") as rosa:
        set_service(**about, enabled=False, actor=rosa, at=when("2026-12-11 09:00"))
    daily("2026-12-12 01:00", "2027-02-02 01:00")

    assert both("service") == [
        ("2026-11-16", "2026-11-30", 15, 30, 750),
        ("2026-12-01", "2026-12-31", 31, 31, 1500),
        ("2026-12-11", "2026-12-31", 21, 31, -1016),
    ]


def test_a_contract_is_charged_from_its_first_day_to_its_last_also_if_it_was_agreed_later(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    daily("2026-11-02 01:00", "2026-11-19 01:00")
    with sold.scope("rosa") as rosa:
        agree_contract(
            client=sold.carl.ref, kind=MAINTENANCE, name="Care " + "x" * 110, first_day=date(2026, 11, 11), months=1,
            price=flat(1500), actor=rosa, at=when("2026-11-19 09:00"),
        )  # fmt: skip
    daily("2026-11-20 01:00", "2027-01-02 01:00")

    assert posted("service") == [
        ("2026-11-11", "2026-11-30", 20, 30, 1000),
        ("2026-12-01", "2026-12-31", 31, 31, 1500),
        ("2026-12-11", "2026-12-31", 21, 31, -1016),
    ]
    assert posted("service", "wholesale") == []
    assert [minor for *_days, minor in posted("base")] == [2900, 2900, 2900]


def test_a_contract_that_does_not_renew_is_charged_to_its_end_whatever_notice_was_written(sold: World) -> None:
    """As notices were taken once, with any later day."""
    take(sold, "small", "2026-11-01 00:00")
    with sold.scope("rosa") as rosa:
        row = agree_contract(
            client=sold.carl.ref, kind=MAINTENANCE, name="Care", first_day=date(2026, 11, 1), months=1,
            price=flat(1500), actor=rosa, at=when("2026-11-01 10:00"),
        )  # fmt: skip
    with platform_scope("test"):
        AgreedContract.objects.filter(id=row.id).update(
            last_day=date(2027, 3, 31), ended_at=when("2026-11-02 09:00"), ended_by="Rosa"
        )
    daily("2026-11-03 01:00", "2027-01-05 01:00")

    assert posted("service") == [("2026-11-01", "2026-11-30", 30, 30, 1500)]


# Commitments ----------------------------------------------------------------------------------------------------------


def promise(world: World, price: Price, first_day: date, at: str, months: int = 12) -> str:
    with world.scope("rosa") as rosa:
        return agree_contract(
            client=world.carl.ref, kind=COMMITMENT, name="Frame", first_day=first_day, months=months, price=price,
            actor=rosa, at=when(at),
        ).ref  # fmt: skip


def test_what_is_missing_to_a_commitment_is_charged_when_the_month_is_over(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    promise(sold, flat(5000), date(2026, 11, 1), "2026-11-01 10:00", months=2)
    daily("2026-11-02 01:00", "2027-02-02 01:00")

    assert posted("shortfall") == [
        ("2026-11-01", "2026-11-30", 30, 30, 2100),
        ("2026-12-01", "2026-12-31", 31, 31, 2100),
    ]
    assert posted("shortfall", "wholesale") == []
    assert [minor for *_days, minor in both("base")] == [2900] * 4
    with platform_scope("test"):
        assert set(LedgerEntry.objects.filter(about="shortfall").values_list("item", flat=True)) == {"Frame"}


def test_what_is_spent_counts_at_its_price_and_no_promotion_lowers_what_is_missing(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        make_promotion(code="half", percent=Decimal(50), months=3, actor=rosa, at=when("2026-11-01 08:00"))
        take_promotion(ref=sold.carl.ref, code="half", actor=rosa, at=when("2026-11-01 08:30"))
    take(sold, "small", "2026-11-01 09:00")
    promise(sold, flat(5000), date(2026, 11, 1), "2026-11-01 10:00")
    run(when("2026-11-02 01:00"))
    run(when("2026-12-02 01:00"))

    assert [minor for *_days, minor in posted("base")] == [1450, 1450]
    assert [minor for *_days, minor in posted("shortfall")] == [2100]


def test_a_commitment_that_was_agreed_late_counts_all_that_was_used_since_its_first_day(sold: World) -> None:
    take(sold, "medium", "2026-07-01 09:00")
    texts(sold, 210, at=when("2026-07-05 10:00"))
    for at in ("2026-07-06 01:00", "2026-08-02 01:00", "2026-09-02 01:00", "2026-10-02 01:00", "2026-11-02 01:00"):
        run(when(at))
    promise(sold, flat(30_000, "quarter"), date(2026, 7, 1), "2026-11-03 09:00")
    run(when("2026-11-04 01:00"))
    run(when("2027-01-02 01:00"))

    assert both("overage") == [("2026-07-01", "2026-07-31", 31, 31, 90)]
    assert posted("shortfall") == [
        ("2026-07-01", "2026-09-30", 92, 92, 30_000 - 3 * 5900 - 90),
        ("2026-10-01", "2026-12-31", 92, 92, 30_000 - 3 * 5900),
    ]


def test_a_commitment_ends_when_the_account_is_closed(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    promise(sold, flat(6000), date(2026, 11, 1), "2026-11-01 10:00")
    run(when("2026-11-02 01:00"))
    with sold.scope("rosa") as rosa:
        close_account(ref=sold.carl.ref, reason="moved", actor=rosa, at=when("2026-11-15 10:00"))
    run(when("2026-12-02 01:00"))

    # Half a month of both: what was paid for the days after the day of closing is given back.
    assert posted("shortfall") == [("2026-11-01", "2026-11-15", 15, 30, 3000 - 2900 + 1547)]
    assert sum(minor for *_days, minor in posted("base")) == 2900 - 1547


# Use ------------------------------------------------------------------------------------------------------------------


def test_where_a_plan_ends_its_use_is_charged_to_that_day_inclusive(sold: World) -> None:
    take(sold, "medium", "2026-11-01 09:00")
    texts(sold, 210, at=when("2026-11-05 10:00"))
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-11-17 10:00"))
    texts(sold, 5, at=when("2026-11-17 20:00"))
    texts(sold, 50, at=when("2026-11-18 00:00"))
    daily("2026-11-18 01:00", "2026-11-30 23:00")
    assert both("overage") == []  # another plan may follow in the month
    run(when("2026-12-02 01:00"))
    texts(sold, 3, at=when("2026-11-16 10:00"), name="late")
    texts(sold, 7, at=when("2026-11-19 10:00"), name="late")
    run(when("2026-12-05 01:00"))

    assert both("overage") == [("2026-11-01", "2026-11-17", 17, 30, 135)]
    assert both("adjustment") == [("2026-11-01", "2026-11-17", 17, 30, 27)]


def test_where_a_plan_follows_its_limit_counts_for_all_of_the_month(sold: World) -> None:
    take(sold, "medium", "2026-11-01 09:00")
    texts(sold, 510, at=when("2026-11-05 10:00"))
    run(when("2026-11-06 01:00"))
    take(sold, "unlimited", "2026-11-17 10:00")
    run(when("2026-12-02 01:00"))

    assert both("overage") == [("2026-11-01", "2026-11-30", 30, 30, 80)]


def least(world: World) -> None:
    price = Price(UNIT, "month", "EUR", Decimal("2.5"), meter="text_messages", minimum=3000)
    said(world, OVERAGE, use_key("text_messages", "medium"), price, "2026-10-30 09:00")


def test_the_minimum_is_due_for_the_days_in_which_the_plan_was_held(sold: World) -> None:
    least(sold)
    take(sold, "medium", "2026-11-01 09:00")
    texts(sold, 300, at=when("2026-11-05 10:00"))  # 200 are included, 100 cost 2.50
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when("2026-11-17 10:00"))
    daily("2026-11-18 01:00", "2026-12-02 01:00")

    assert posted("overage") == [("2026-11-01", "2026-11-17", 17, 30, 1700)]


def test_the_minimum_is_due_also_where_nothing_was_used(sold: World) -> None:
    least(sold)
    take(sold, "medium", "2026-11-01 09:00")
    daily("2026-11-02 01:00", "2027-01-02 01:00")

    assert posted("overage") == [
        ("2026-11-01", "2026-11-30", 30, 30, 3000),
        ("2026-12-01", "2026-12-31", 31, 31, 3000),
    ]
    assert posted("adjustment") == []


def test_use_is_paid_from_the_instant_on_in_which_a_trial_ends(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        trial = start_trial(ref=sold.carl.ref, actor=rosa, at=when("2026-11-10 15:00"))
    assert trial.ends_at == when("2026-11-17 15:00")
    take(sold, "medium", "2026-11-10 16:00")
    for number, at in ((300, "11-12 09:00"), (40, "11-17 14:59"), (190, "11-17 15:00"), (30, "11-20 09:00")):
        texts(sold, number, at=when(f"2026-{at}"))
    daily("2026-11-11 01:00", "2026-12-12 01:00")

    (overage,) = both("overage")
    assert (overage[0], overage[-1]) == ("2026-11-17", 20 * 9)
    assert both("base")[0][0] == "2026-11-17"


# The end of an account ------------------------------------------------------------------------------------------------


def test_a_closed_account_is_credited_for_the_days_that_are_left(sold: World) -> None:
    take(sold, "medium", "2026-11-01 09:00")
    texts(sold, 210, at=when("2026-11-05 10:00"))
    daily("2026-11-02 01:00", "2026-11-17 01:00")
    with sold.scope("rosa") as rosa:
        set_service(ref=sold.carl.ref, service="direct_support", enabled=True, actor=rosa, at=when("2026-11-16 09:00"))
    run(when("2026-11-17 09:00"))
    with sold.scope("rosa") as rosa:
        close_account(ref=sold.carl.ref, reason="moved", actor=rosa, at=when("2026-11-17 10:00"))
    daily("2026-11-17 11:00", "2027-01-02 01:00")

    assert both("base") == [
        ("2026-11-01", "2026-11-30", 30, 30, 5900),
        ("2026-11-17", "2026-11-30", 14, 30, -2753),
    ]
    assert both("service") == [("2026-11-16", "2026-11-30", 15, 30, 750), ("2026-11-17", "2026-11-30", 14, 30, -700)]
    assert both("overage") == [("2026-11-01", "2026-11-17", 17, 30, 90)]
    assert len(entries()) == 5


# Statements -----------------------------------------------------------------------------------------------------------


def test_facts_take_the_same_statements_however_many_accounts_there_are(sold: World) -> None:
    clients = (sold.carl, sold.elan, sold.zorba)
    with sold.scope("rosa") as rosa:
        for client in clients:
            start_trial(ref=client.ref, actor=rosa, at=when("2026-11-10 15:00"))
            take_plan(ref=client.ref, plan="medium", actor=rosa, at=when("2026-11-10 16:00"))
    for client in clients:
        texts(sold, 300, at=when("2026-11-17 16:00"), account=client, name=client.ref)
        texts(sold, 10, at=when("2026-11-18 16:00"), account=client, name=client.ref)
    asked: dict[str, Any] = {"since": when("2026-12-01 00:00"), "until": when("2026-12-12 00:00")}
    counted = []
    for some in (clients[:1], clients):
        with platform_scope("test"), CaptureQueriesContext(connection) as statements:
            found = facts_of(some, **asked)
        assert [found[each.id].facts.usage[0].total for each in some] == [310] * len(some)
        counted.append(len(statements))
    assert counted[0] == counted[1] <= 26
    for client in clients[:2]:
        with sold.scope("rosa") as rosa:
            agree_contract(
                client=client.ref, kind=COMMITMENT, name="Frame", first_day=date(2026, 11, 17), months=12,
                price=flat(5000), actor=rosa, at=when("2026-11-17 10:00"),
            )  # fmt: skip
    with platform_scope("test"), CaptureQueriesContext(connection) as statements:
        found = facts_of(clients, **asked)
    assert len(statements) <= counted[0] + 5
    promised = {client.id: found[client.id].promised for client in clients}
    assert [facts is not None and len(facts.usage) for facts in promised.values()] == [1, 1, False]
