"""The periods in which what stands is paid for: those of the account by the interval of the price, as plans are paid.

A meter that stands for ever has no periods of its own. Where the anchor moves a period is over and another begins; the day on which
it moves belongs to the new one, and either is paid as a part of the period that it would have been.

Pure. Laws (tests/core/test_standing.py): periods follow one another without a gap, in instants and in days; without a move each is
whole; the parts of the days that are held never come to more than the days of the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sublet.core.advance import anchor_at, moves_of
from sublet.core.chargefacts import Facts
from sublet.core.proration import Days, day_on, period_of, start_on


@dataclass(frozen=True, slots=True)
class Running:
    """From `starts` up to and not including `ends`: the days `days` of the period `whole`."""

    starts: datetime
    ends: datetime
    days: Days
    whole: Days


def periods_paid(facts: Facts, interval: str, begin: datetime, until: datetime) -> Iterator[Running]:
    """The periods that were over by `until`, from the one on in which `begin` lies. Raises KeyError for an interval of none."""
    moves = moves_of(facts)
    moment = begin
    while True:
        whole = period_of(facts.basis, interval, anchor_at(facts, moment), day_on(facts.line, moment))
        starts, ends, days = start_on(facts.line, whole.first), start_on(facts.line, whole.next), whole
        moved = max((each for each in moves if each <= moment), default=starts)
        if starts < moved:
            starts, days = moved, Days(day_on(facts.line, moved), days.next)
        following = min((each for each in moves if moment < each), default=ends)
        if following < ends:
            ends, days = following, Days(days.first, day_on(facts.line, following))
        if ends > until:
            return
        yield Running(starts, ends, days, whole)
        moment = ends


def days_of(spans: Iterable[tuple[date, date]]) -> tuple[Days, int] | None:
    """From the first day to the last one of spans that are in order (each up to and not including a day), and how many they are.

    A day that is in two of them is one. None: there is none.
    """
    count, first, after = 0, None, None
    for begins, ends in spans:
        start = begins if after is None else max(begins, after)
        if start < ends:
            first = start if first is None else first
            count += (ends - start).days
            after = ends
    return None if first is None or after is None else (Days(first, after), count)
