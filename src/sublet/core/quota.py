"""May it go on, what was crossed, and when will it be reached? One meter of one account in one of its periods.

All quantities are *steps*: whole numbers, 10^-decimals of the meter's unit. Several layers may bound a meter at once (the
plan, the allowance of a managed service, the reseller, the client's own cap, a pool): each is a `Bound` with a policy of its
own, and all of them hold.

What the five policies mean, for a bound of ``limit`` steps (``docs/howto/limits.md`` has worked examples):

* ``block``    use ends at ``limit``: what would pass it is refused whole.
* ``notify``   never refuses; the thresholds tell people.
* ``overage``  never refuses; what lies beyond ``limit`` is billed.
* ``grace``    goes on beyond ``limit`` until ``grace_percent`` of it (rounded down) has been used on top, or ``grace_days``
  times 24 hours have passed since it was reached, whichever comes first. After the days nothing more is taken while use is
  at or beyond ``limit``; use that falls below it ends the grace, and the next time begins anew.
* ``degrade``  never refuses; while use is *beyond* ``limit`` features have the lower values that the bound names.

Laws (tests/core/test_quota.py):

* with ``block`` alone, whatever is asked for in whatever order, use never passes the limit, and a whole step that fits is
  never refused;
* a threshold is crossed once on the way up, however the way is cut into pieces;
* a further bound never allows more; more use never leaves more;
* a forecast is never in the past, and more daily use never makes it later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sublet.core.manifest.model import NOTHING, FeatureValue, FrozenTable

BLOCK, NOTIFY, OVERAGE, GRACE, DEGRADE = POLICIES = ("block", "notify", "overage", "grace", "degrade")
#: From the strictest on: which one is shown where two bounds are as low.
STRICTNESS: Final[Mapping[str, int]] = {BLOCK: 0, GRACE: 1, DEGRADE: 2, OVERAGE: 3, NOTIFY: 4}
OPEN, NEAR, REACHED, OVER, REFUSED = STATES = ("open", "near", "reached", "over", "refused")
#: From what share of a limit on somebody is near it where no threshold says another.
NEAR_PERCENT: Final = 80
#: So many whole days before today make the daily use of a forecast.
FORECAST_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Bound:
    """How far one layer lets a meter go. `limit` None: this layer does not end it. `layer` and `key` say whose it is."""

    layer: str
    limit: int | None
    policy: str = BLOCK
    key: str = ""
    thresholds: tuple[int, ...] = (80, 100)
    grace_days: int | None = None
    grace_percent: int | None = None
    degraded: FrozenTable[FeatureValue] = NOTHING
    topped_up: bool = False  # units given once are in `limit`

    def ceiling(self, *, used: int, reached_at: datetime | None, at: datetime) -> int | None:
        """The last step that this bound takes now; None: it never refuses."""
        if self.limit is None or self.policy in (NOTIFY, OVERAGE, DEGRADE):
            return None
        if self.policy == BLOCK or (self.grace_days is None and self.grace_percent is None):
            return self.limit
        ends = self.grace_ends(reached_at)
        if ends is not None and at >= ends and used >= self.limit:
            return self.limit
        return None if self.grace_percent is None else self.limit + self.limit * self.grace_percent // 100

    def grace_ends(self, reached_at: datetime | None) -> datetime | None:
        """When the days of grace are over; None where they have not begun, or days do not end it."""
        if self.policy != GRACE or self.grace_days is None or reached_at is None:
            return None
        return reached_at + timedelta(hours=24 * self.grace_days)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a meter stands. `bound` is the one that is met first, None for none; `ceiling` what refuses, None for nothing.

    `remaining`: steps to the limit, never below 0; `room`: steps that would still be taken, None without end.
    `until`: when the state changes without use (days of grace are over), None for never.
    """

    used: int
    reserved: int
    bound: Bound | None
    ceiling: int | None
    refuses: Bound | None
    state: str
    degraded: FrozenTable[FeatureValue] = NOTHING
    until: datetime | None = None

    @property
    def limit(self) -> int | None:
        return self.bound.limit if self.bound else None

    @property
    def policy(self) -> str | None:
        return self.bound.policy if self.bound else None

    @property
    def remaining(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used - self.reserved)

    @property
    def room(self) -> int | None:
        return None if self.ceiling is None else max(0, self.ceiling - self.used - self.reserved)

    def allows(self, quantity: int) -> bool:
        """Whether so many steps more would be taken now. What gives back (below 0) always is."""
        return quantity <= 0 or self.room is None or quantity <= self.room


def stand(
    bounds: Sequence[Bound], *, used: int, reserved: int = 0, reached_at: datetime | None = None, at: datetime
) -> Standing:
    """Where a meter with these bounds stands. `reached_at`: when use reached the lowest bound with days of grace."""
    ending = [bound for bound in bounds if bound.limit is not None]
    first = min(ending, key=_met_first, default=None)
    ceilings = [
        (ceiling, bound)
        for bound in ending
        if (ceiling := bound.ceiling(used=used, reached_at=reached_at, at=at)) is not None
    ]
    ceiling, refuses = min(ceilings, key=lambda pair: pair[0], default=(None, None))
    ends = [end for bound in ending if (end := bound.grace_ends(reached_at)) is not None and end > at]
    over = [bound for bound in ending if bound.policy == DEGRADE and bound.limit is not None and used > bound.limit]
    degraded = FrozenTable({key: value for bound in over for key, value in bound.degraded.items()})
    return Standing(
        used=used, reserved=reserved, bound=first, ceiling=ceiling, refuses=refuses, degraded=degraded,
        state=_state(first, ceiling, used + reserved), until=min(ends, default=None),
    )  # fmt: skip


def _met_first(bound: Bound) -> tuple[int, int]:
    return bound.limit or 0, STRICTNESS[bound.policy]


def _state(first: Bound | None, ceiling: int | None, used: int) -> str:
    if ceiling is not None and used >= ceiling:
        return REFUSED
    if first is None or first.limit is None:
        return OPEN
    if used > first.limit:
        return OVER
    if used == first.limit:
        return REACHED
    near = min([percent for percent in first.thresholds if percent < 100], default=NEAR_PERCENT)
    return NEAR if used * 100 >= first.limit * near else OPEN


def grace_limit(bounds: Sequence[Bound]) -> int | None:
    """The use at which days of grace begin: the lowest limit that has some; None where none has."""
    limits = [b.limit for b in bounds if b.policy == GRACE and b.grace_days is not None and b.limit is not None]
    return min(limits, default=None)


def is_past(percent: int, *, limit: int, used: int) -> bool:
    """Whether use is at that share of the limit. At a limit of 0 it is as soon as there is any."""
    return used > 0 if limit == 0 else used * 100 >= limit * percent


def crossed(thresholds: Sequence[int], *, limit: int, before: int, after: int) -> tuple[int, ...]:
    """The thresholds, in percent, that use passed on its way from `before` up to `after`, rising."""
    return tuple(
        percent
        for percent in sorted(set(thresholds))
        if is_past(percent, limit=limit, used=after) and not is_past(percent, limit=limit, used=before)
    )


def daily_use(days: Mapping[date, int], *, today: date) -> tuple[int, int]:
    """Steps used on whole days before today, and how many days that were: the last 14, or those since the first use.

    Days without an entry count as days without use; today does not count, as it is not over.
    """
    first = min(days, default=today)
    since = max(first, today - timedelta(days=FORECAST_DAYS))
    counted = (today - since).days
    return sum(quantity for day, quantity in days.items() if since <= day < today), counted


def forecast(
    days: Mapping[date, int], *, used: int, limit: int, today: date, period_end: date | None = None
) -> date | None:
    """The day on which use reaches the limit if it goes on as on the days before; None when it does not, or already has.

    `days`: steps by day; `period_end`: the first day of the next period, from which on counting begins anew.
    The daily use is the mean of the whole days before today (`daily_use`); at least three of them are needed, or one is
    taken for a habit.
    """
    quantity, counted = daily_use(days, today=today)
    missing = limit - used
    if missing <= 0 or quantity <= 0 or counted < 3:
        return None
    ahead = -(-missing * counted // quantity)  # rounded up: on that day the last step is used
    if ahead > 3650:
        return None
    day = today + timedelta(days=ahead)
    return None if period_end is not None and day >= period_end else day
