"""Which period does a moment belong to: the calendar's month, or the one that began on the day of an anniversary.

Pure: instants in, half-open periods out, computed from the zone's own rules each time (a fixed offset is wrong on every day on
which clocks change). A period is never made from the one before it: the k-th begins at anchor + k, so that what began on
the 31st comes back to the 31st after February.

Laws (tests/core/test_periods.py):

* periods tile time: each begins where the one before it ends, and a moment is in exactly one;
* an anniversary is on the anchor's day, or on the month's last where there is no such day;
* where an anchor changes, time is still tiled; a new zone moves the end of what runs and never begins it anew, so that
  nobody gets a second allowance by moving.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

MONTH, SUBSCRIPTION, DAY, STANDING = "month", "subscription", "day", "standing"
WEEK, QUARTER, YEAR = "week", "quarter", "year"
#: Kind → how many of which unit, and whether it follows the calendar or the anchor's day.
_KINDS: Final = {
    MONTH: (1, "month", "calendar"),
    SUBSCRIPTION: (1, "month", "anniversary"),
    DAY: (1, "day", "calendar"),
    WEEK: (1, "week", "calendar"),
    QUARTER: (3, "month", "calendar"),
    YEAR: (12, "month", "calendar"),
    "subscription-day": (1, "day", "anniversary"),
    "subscription-week": (1, "week", "anniversary"),
    "subscription-quarter": (3, "month", "anniversary"),
    "subscription-year": (12, "month", "anniversary"),
}
KINDS: Final = (*_KINDS, STANDING)
_MONDAY: Final = date(1, 1, 1)  # the first day that there is is one
_LAST: Final = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`; None: without end. `key` names it where it runs (``2026-11``)."""

    start: datetime | None
    end: datetime | None
    key: str

    def holds(self, moment: datetime) -> bool:
        """Whether `moment` is in it."""
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The day on which anniversaries fall, and the zone whose midnights count."""

    day: date
    zone: str


#: The most that a unit lasts.
_MOST_DAYS: Final = {"day": 1, "week": 7, "month": 31}


def longest_of(kind: str) -> timedelta | None:
    """No period of that kind lasts so long, wherever clocks and anchors change; None for one without end.

    Raises KeyError for an unknown kind.
    """
    if kind == STANDING:
        return None
    count, unit, _ = _KINDS[kind]
    # Whoever moves to another zone lengthens what runs by a day at most, and may move again.
    return timedelta(days=2 * count * _MOST_DAYS[unit] + 2)


FOREVER: Final = Period(None, None, STANDING)


@lru_cache(maxsize=20_000)
def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of that day there, in UTC: also where clocks skip midnight, have it twice, or skip the whole day."""
    there = ZoneInfo(zone)
    midnight = datetime.combine(day, time.min, tzinfo=there)
    first = midnight.astimezone(UTC)
    if first.astimezone(there).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return first
    # Midnight is skipped: the day begins in the instant in which clocks jump.
    before = midnight.replace(fold=1).astimezone(UTC)
    offset = before.astimezone(there).utcoffset()
    low, high = before, first
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        if middle.astimezone(there).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high


def plus_months(day: date, months: int) -> date:
    """That day so many months later, or the month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _day_of(kind: str, anchor: Anchor, number: int) -> date:
    """The first day of the period with that number; 0 is the one that begins on the anchor (or at the calendar's)."""
    count, unit, basis = _KINDS[kind]
    if unit == "month":
        first = anchor.day if basis == "anniversary" else date(2000, 1, 1)
        return plus_months(first, count * number)
    first = anchor.day if basis == "anniversary" else _MONDAY
    return first + timedelta(days=(7 if unit == "week" else 1) * number)


def _number_near(kind: str, anchor: Anchor, day: date) -> int:
    """The period with that number holds the day, or one of its neighbours does."""
    count, unit, basis = _KINDS[kind]
    if unit == "month":
        first = anchor.day if basis == "anniversary" else date(2000, 1, 1)
        return ((day.year - first.year) * 12 + day.month - first.month) // count
    first = anchor.day if basis == "anniversary" else _MONDAY
    return (day - first).days // (7 if unit == "week" else 1)


def _key(kind: str, day: date) -> str:
    if kind == MONTH:
        return f"{day:%Y-%m}"
    if kind == QUARTER:
        return f"{day:%Y}-Q{(day.month + 2) // 3}"
    if kind == YEAR:
        return f"{day:%Y}"
    if kind == WEEK:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return day.isoformat()


def _numbered(kind: str, anchor: Anchor, number: int) -> Period:
    day = _day_of(kind, anchor, number)
    end = _day_of(kind, anchor, number + 1)
    return Period(start_of_day(day, anchor.zone), start_of_day(end, anchor.zone), _key(kind, day))


def _number_at(kind: str, anchor: Anchor, moment: datetime) -> int:
    number = _number_near(kind, anchor, moment.astimezone(ZoneInfo(anchor.zone)).date())
    # By instants, not by local dates: where clocks go back over midnight, a date comes twice.
    while moment < start_of_day(_day_of(kind, anchor, number), anchor.zone):
        number -= 1
    while moment >= start_of_day(_day_of(kind, anchor, number + 1), anchor.zone):
        number += 1
    return number


def period_at(kind: str, anchor: Anchor, moment: datetime) -> Period:
    """The period of that kind in which `moment` (aware) lies. Raises KeyError for an unknown kind.

    `month`, `week`, `quarter`, `year` and `day` are the calendar's in the anchor's zone, `subscription` begins on the
    anchor's day, `standing` is without beginning and end.
    """
    if kind == STANDING:
        return FOREVER
    return _numbered(kind, anchor, _number_at(kind, anchor, moment))


@dataclass(frozen=True, slots=True)
class Since:
    """An anchor and the instant from which it holds."""

    since: datetime
    anchor: Anchor


def period_on(kind: str, line: Sequence[Since], moment: datetime) -> Period:
    """The same where the anchor has changed: `line` has the anchors in the order of their instants, the first from ever.

    Another zone: what runs goes on to its end by the new zone's midnights, or ends at once where it is over there
    already. Another day: what runs ends in that instant, and what begins then ends on the next anniversary.
    Raises ValueError for an empty line.
    """
    if not line:
        raise ValueError("there is always an anchor")
    if kind == STANDING:
        return FOREVER
    found = bisect_right([each.since for each in line[1:]], moment)
    here = _running(kind, line, found, moment)
    for following in range(found + 1, len(line)):
        since = line[following].since
        if here.end is not None and since >= here.end:
            break
        bridge = _bridge(kind, line, following)
        if bridge.start != here.start:
            return Period(here.start, since, here.key)
        here = bridge
    return here


def _running(kind: str, line: Sequence[Since], number: int, moment: datetime) -> Period:
    """The period of `moment`, not before that anchor's instant, as if no other anchor followed."""
    if number > 0:
        bridge = _bridge(kind, line, number)
        if bridge.holds(moment):
            return bridge
    return period_at(kind, line[number].anchor, moment)


def _bridge(kind: str, line: Sequence[Since], number: int) -> Period:
    """What runs in the instant in which that anchor comes: what ran before, with its new end, or a new one from then on.

    Either way it ends where a period of the new anchor does.
    """
    since, anchor = line[number].since, line[number].anchor
    before = _running(kind, line, number - 1, since)
    near = _number_at(kind, anchor, since)
    for same in (_numbered(kind, anchor, near), _numbered(kind, anchor, near + 1)):
        if same.key == before.key:
            return Period(before.start, same.end, before.key)
    new = _numbered(kind, anchor, near)
    return Period(since, new.end, new.key)
