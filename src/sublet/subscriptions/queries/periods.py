"""The periods of a subscription: anniversaries of the day on which somebody took a plan, or the calendar's months."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sublet.core.bases import by_basis
from sublet.core.periods import SUBSCRIPTION, Anchor, Since, period_on
from sublet.subscriptions.queries.bases import Said, bases_in
from sublet.subscriptions.queries.held import Held


def anchor_day(now: Held, zone: str, moment: datetime) -> date | None:
    """On which day the plan was taken that is held at that moment, changes and pauses between; None: none is.

    By it the periods of meters go that follow the subscription, whatever it is charged by.
    """
    since = now.agreement.taken_since(moment)
    return since.astimezone(ZoneInfo(zone)).date() if since is not None else None


def period_end(now: Held, zone: str, at: datetime, said: Said | None = None) -> datetime | None:
    """When the period that is charged and runs now ends, in UTC; None where no plan is taken.

    Where it will be charged by another basis before, it ends then. Two statements where `said` (of the account) is not given.
    """
    day = anchor_day(now, zone, at)
    if day is None:
        return None
    line = (Since(now.birth, Anchor(day, zone)),)
    return period_on(SUBSCRIPTION, by_basis(line, bases_in(now, zone, said)), at).end
