"""The periods of a subscription: anniversaries of the day on which somebody took a plan."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sublet.core.trials import start_of_day
from sublet.subscriptions.queries.held import Held


def anchor_day(now: Held, zone: str, moment: datetime) -> date | None:
    """On which day the plan was taken that is held at that moment, changes and pauses between; None: none is."""
    since = now.agreement.taken_since(moment)
    return since.astimezone(ZoneInfo(zone)).date() if since is not None else None


def period_end(now: Held, zone: str, at: datetime) -> datetime | None:
    """When the period that runs now ends, in UTC; None where no plan is taken."""
    day = anchor_day(now, zone, at)
    if day is None:
        return None
    number = 0
    while True:
        number += 1
        year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
        ends = start_of_day(date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])), zone)
        if ends > at:
            return ends
