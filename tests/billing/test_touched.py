"""What was charged for the use in which a usage event lies: asked before somebody corrects the event."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from sublet.billing.models import LedgerEntry
from sublet.billing.queries.touched import Touched, usage_charged, usage_charged_at
from sublet.catalog.queries import offer
from sublet.foundation.errors import NotFound
from sublet.foundation.scope import platform_scope
from sublet.metering.models import UsageEvent
from sublet.metering.operations import correct_usage, correct_usage_event
from sublet.metering.queries import line_of
from tests.billing.selling import make_issuer, run, texts
from tests.billing.test_plan_use import BY_USE, appointments
from tests.billing.test_run_whole import take, when
from tests.billing.test_service_use import sold, switch
from tests.people import World
from tests.subscriptions import sell

__all__ = ["sold"]
pytestmark = pytest.mark.django_db


def charged(world: World, meter: str) -> Touched:
    with world.scope("vera") as vera:
        item = offer().meters[meter]
        event = UsageEvent.objects.filter(account_id=world.carl.id, meter=item.id).order_by("at")[:1].get()
        period = line_of(world.carl.id).period(item.meter.period, event.at)
        return usage_charged(world.carl.id, item=item, period=period, moment=event.at, actor=vera)


def test_use_of_a_service_is_charged_for_its_own_period_alone(sold: World) -> None:
    take(sold, "small", "2026-11-01 09:00")
    switch(sold, True, "2026-11-12 09:00")
    texts(sold, 37, at=when("2026-11-15 10:00"))
    assert charged(sold, "text_messages") == Touched((), charged=False, closed=False)
    run(when("2026-12-02 01:00"))
    assert charged(sold, "text_messages") == Touched((), charged=True, closed=False)
    run(when("2027-02-20 01:00"))
    assert charged(sold, "text_messages").closed


def test_what_stands_is_charged_in_every_period_from_the_event_on(world: World) -> None:
    sell(world, BY_USE)
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    take(world, "by_use", "2026-11-01 00:00")
    appointments(world, 10, "2026-12-10 10:00")
    run(when("2026-12-02 01:00"))
    assert not charged(world, "appointments").charged  # November was over before
    run(when("2027-01-02 01:00"))
    assert charged(world, "appointments") == Touched((), charged=True, closed=False)
    run(when("2027-03-20 01:00"))
    assert charged(world, "appointments").closed  # December is; January is not


def test_what_stands_is_reckoned_until_the_end_of_its_period_is_far_back(world: World) -> None:
    """In the middle of January the beginning of December is far back, and December is reckoned still."""
    sell(world, BY_USE)
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    take(world, "by_use", "2026-12-01 00:00")
    appointments(world, 10, "2026-12-10 10:00")
    run(when("2027-01-15 01:00"))
    assert charged(world, "appointments") == Touched((), charged=True, closed=False)
    # The positive control: what is told now comes on the next invoice.
    appointments(world, 12, "2026-12-20 10:00")
    run(when("2027-01-16 01:00"))
    with platform_scope("test"):
        late = LedgerEntry.objects.filter(about="adjustment", item="appointments")
        assert [(row.book, row.minor) for row in late] == [("wholesale", 360)]


def test_what_cost_nothing_and_lies_far_back_is_not_reckoned_either(sold: World) -> None:
    """*Medium* gives 200 text messages; with 300 a hundred would be asked for, if any run looked at November again."""
    take(sold, "medium", "2026-11-01 00:00")
    texts(sold, 150, at=when("2026-11-15 10:00"))
    run(when("2026-12-02 01:00"))
    assert charged(sold, "text_messages") == Touched((), charged=False, closed=False)
    run(when("2027-02-20 01:00"))
    assert charged(sold, "text_messages") == Touched((), charged=False, closed=True)
    with sold.scope("vera") as vera:
        event = UsageEvent.objects.get(account_id=sold.carl.id)
        correct_usage_event(
            ref=sold.carl.ref, meter="text_messages", source=event.source, event_id=event.event_id, quantity=Decimal(300),
            reason="Told wrongly", actor=vera, at=when("2027-02-20 10:00"),
        )  # fmt: skip
    run(when("2027-02-21 01:00"))
    with platform_scope("test"):
        assert not LedgerEntry.objects.filter(about__in=("overage", "adjustment")).exists()


def test_a_correction_says_from_which_day_on_no_bill_follows_as_the_run_does(sold: World) -> None:
    """101 days for what is counted by the month: docs/howto/usage.md. Asked by the reference, as a difference is."""
    take(sold, "small", "2026-11-01 09:00")
    switch(sold, True, "2026-11-12 09:00")
    texts(sold, 37, at=when("2026-11-15 10:00"))
    run(when("2026-12-02 01:00"))
    november, last = when("2026-11-15 10:00"), when("2026-11-01 00:00") + timedelta(days=101)

    def closed() -> bool:
        with sold.scope("vera") as vera:
            return usage_charged_at(vera, sold.carl.ref, "text_messages", november).closed

    def corrected(by: int, at: datetime) -> int:
        with sold.scope("vera") as vera:
            correct_usage(
                ref=sold.carl.ref, meter="text_messages", quantity=Decimal(by), moment=november, reason="Told wrongly",
                actor=vera, at=at,
            )  # fmt: skip
        run(at + timedelta(hours=1))
        with platform_scope("test"):
            return LedgerEntry.objects.filter(book="wholesale", about="adjustment").count()

    run(last - timedelta(days=1))
    assert not closed()
    assert corrected(5, last - timedelta(hours=12)) == 1
    run(last + timedelta(days=2))
    assert closed()
    assert corrected(5, last + timedelta(days=3)) == 1
    with sold.scope("rosa") as rosa, pytest.raises(NotFound):
        usage_charged_at(rosa, sold.remo.ref, "text_messages", november)
