"""The periods of a subscription: anniversaries of the day on which somebody took a plan."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sublet.core.periods import SUBSCRIPTION, Anchor, period_at
from sublet.subscriptions.queries.held import Held


def anchor_day(now: Held, zone: str, moment: datetime) -> date | None:
    """On which day the plan was taken that is held at that moment, changes and pauses between; None: none is."""
    since = now.agreement.taken_since(moment)
    return since.astimezone(ZoneInfo(zone)).date() if since is not None else None


def period_end(now: Held, zone: str, at: datetime) -> datetime | None:
    """When the period that runs now ends, in UTC; None where no plan is taken."""
    day = anchor_day(now, zone, at)
    return period_at(SUBSCRIPTION, Anchor(day, zone), at).end if day is not None else None
