"""How much of a period is paid for: whole days, in the account's own calendar.

Days are dates, not spans of 24 hours: a day in which the clock changes is a day. The day of a change belongs to the new plan. A
period is never made from the one before it: the k-th begins at anchor + k intervals, so what began on the 31st comes back to
the 31st after February.

Pure. Laws (tests/core/test_proration.py):

* periods of one basis tile the calendar: a day is in exactly one;
* the parts of a period that follow one another add up to 1;
* each instant is in exactly one day, also where the clock has an hour twice or leaves one out, and days follow one another
  where an account moves to another zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from sublet.core.periods import Since, plus_months, start_of_day

ANNIVERSARY, CALENDAR = "anniversary", "calendar"
BASES: Final = (ANNIVERSARY, CALENDAR)
MONTH, QUARTER, YEAR, ONCE = "month", "quarter", "year", "once"
MONTHS: Final = {MONTH: 1, QUARTER: 3, YEAR: 12}
#: No period that is paid for lasts so long: a year, and the day by which another zone lengthens it.
LONGEST_INTERVAL: Final = timedelta(days=368)
#: The calendar's own anchor: months, quarters and years all begin on it.
_NEW_YEAR: Final = date(2000, 1, 1)
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` up to and not including `next`."""

    first: date
    next: date

    @property
    def count(self) -> int:
        """How many days it has."""
        return (self.next - self.first).days

    @property
    def last(self) -> date:
        """The last day that is in it."""
        return self.next - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.first.isoformat()}/{self.next.isoformat()}"


def part(period_days: int, days: int) -> Fraction:
    """`days` of a period of so many days. Raises ValueError where there are more, or fewer than none."""
    if not 0 <= days <= period_days or period_days == 0:
        raise ValueError("more days than the period has")
    return Fraction(days, period_days)


@lru_cache(maxsize=50_000)
def period_of(basis: str, interval: str, anchor: date, day: date) -> Days:
    """The period in which the day lies: by the calendar, or from the anchor's day. Raises KeyError for an interval of none."""
    months = MONTHS[interval]
    begin = anchor if basis == ANNIVERSARY else _NEW_YEAR
    number = ((day.year - begin.year) * 12 + day.month - begin.month) // months
    first, after = plus_months(begin, months * number), plus_months(begin, months * (number + 1))
    if day < first:
        first, after = plus_months(begin, months * (number - 1)), first
    return Days(first, after)


@lru_cache(maxsize=50_000)
def day_of(moment: datetime, zone: str) -> date:
    """The day there in which the instant lies; by instants, since a date comes twice where clocks go back over midnight."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    return day + timedelta(days=1) if start_of_day(day + timedelta(days=1), zone) <= moment else day


def day_on(line: Sequence[Since], moment: datetime) -> date:
    """The same where the account has moved between zones: `line` as `periods.period_on` has it. Days never go back."""
    found = day_of(moment, line[0].anchor.zone)
    for place, here in enumerate(line[1:], 1):
        if here.since > moment:
            return found
        # What had begun in the zone before has begun: a day is not lived through twice.
        before = day_of(here.since - _INSTANT, line[place - 1].anchor.zone)
        found = max(day_of(moment, here.anchor.zone), before)
    return found


def start_on(line: Sequence[Since], day: date) -> datetime:
    """The first instant of the day, where the account was then: a zone that is ahead begins it in the instant of moving."""
    for place, here in enumerate(line):
        begins = start_of_day(day, here.anchor.zone)
        if place:
            begins = max(begins, here.since)
        if place + 1 == len(line) or begins < line[place + 1].since:
            return begins
    raise ValueError("there is always an anchor")
