"""What a reseller has promised to spend with the vendor at least: over which days, how much of the sum, and what is missing.

A promise is a sum for each calendar month, quarter or year where the reseller is, at list prices, over all of its clients together.
Where it begins, changes or ends within a period, that part of the sum is promised for it, by whole days; the day of the change
belongs to the new one. What is missing is due in the instant in which the days are over.

Pure. Laws (tests/core/test_promised.py): the stretches of what was said one after the other cover each day of it once, and of one
period that is not cut they are the whole sum; looking again later adds stretches and changes none; who spends the sum owes nothing
more, and who spends one less owes one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sublet.core.chargefacts import ADD_ONS, BASE, SERVICE, USES
from sublet.core.money import rounded
from sublet.core.periods import start_of_day
from sublet.core.proration import CALENDAR, Days, day_of, period_of

#: What counts towards it: what is done once does not, nor what became known late.
COUNTED = (BASE, ADD_ONS, SERVICE, *USES)


@dataclass(frozen=True, slots=True)
class Promise:
    """What holds from `since` on: `minor` units of `currency` in each `interval`; None: nothing any more."""

    since: datetime
    minor: int | None
    currency: str
    interval: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days for which one promise holds, of one period, which has `of_days`; they are over at `due`."""

    days: Days
    of_days: int
    due: datetime
    promise: Promise

    @property
    def minor(self) -> int:
        """What is promised for them."""
        return rounded(Fraction(self.promise.minor or 0) * Fraction(self.days.count, self.of_days))

    def missing(self, spent: int) -> int:
        """How much that is more than was spent."""
        return max(self.minor - spent, 0)


def stretches(
    said: Iterable[Promise], *, zone: str, until: datetime, ended: datetime | None = None
) -> Iterator[Stretch]:
    """The stretches that are over before `until`, in order. `ended`: when the account was closed; that day counts."""
    words = sorted(said, key=lambda each: each.since)
    for place, word in enumerate(words):
        if word.minor is None:
            continue
        day = day_of(word.since, zone)
        last = day_of(words[place + 1].since, zone) if place + 1 < len(words) else None
        if ended is not None:
            closed = day_of(ended, zone) + timedelta(days=1)
            last = closed if last is None else min(last, closed)
        while last is None or day < last:
            period = period_of(CALENDAR, word.interval, day, day)
            days = Days(day, period.next if last is None else min(period.next, last))
            due = start_of_day(days.next, zone)
            if due >= until:
                return
            yield Stretch(days, period.count, due, word)
            day = days.next
