"""The periods of a subscription: anniversaries of the day on which somebody took a plan, or the calendar's months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
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


class Paid(Protocol):
    """Of each account when the period ends that is paid for its plan, or its add-on of that reference, where that is known."""

    def __call__(self, held: Sequence[Held], at: datetime, add_on: str = "") -> Mapping[int, datetime]: ...


_paid: list[Paid] = []


def register_paid(tell: Paid) -> None:
    """Told once by the app that knows prices, which cannot be imported here."""
    _paid[:] = [tell]


def paid_until(held: Sequence[Held], at: datetime, add_on: str = "") -> Mapping[int, datetime]:
    """When what is paid in advance ends; only of those for whom that is another day than that of the monthly anniversary."""
    return {account_id: ends for tell in _paid for account_id, ends in tell(held, at, add_on).items()}


def period_end(
    now: Held,
    zone: str,
    at: datetime,
    said: Said | None = None,
    *,
    paid: Mapping[int, datetime] | None = None,
    add_on: str = "",
) -> datetime | None:
    """When the period ends, in UTC, that is paid for the plan (or that add-on of it) and runs now; None where no plan is taken.

    Of a yearly price it is the year's end; where nothing is paid in advance, the month's from the day of taking. Where it will be
    charged by another basis before, it ends then. `said` of the account, and `paid` (`paid_until`), spare their statements.
    """
    day = anchor_day(now, zone, at)
    if day is None:
        return None
    ends = (paid_until([now], at, add_on) if paid is None else paid).get(now.account_id)
    if ends is not None:
        return ends
    line = (Since(now.birth, Anchor(day, zone)),)
    return period_on(SUBSCRIPTION, by_basis(line, bases_in(now, zone, said)), at).end
