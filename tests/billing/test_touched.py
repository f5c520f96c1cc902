"""What was charged for the use in which a usage event lies: asked before somebody corrects the event."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sublet.billing.queries.touched import Touched, usage_charged
from sublet.catalog.queries import offer
from sublet.metering.models import UsageEvent
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
