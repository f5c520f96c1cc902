"""Which times are free. Pure: days, hours and what is taken in, moments out. The hours of a day are those of the wall clock where
the business is, so a day has 23 or 25 of them when the clocks change; appointments are moments, which never do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SLOT = 300
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """Open from one minute of the day to another; 1440 is the end of the day."""

    starts: int
    ends: int


def opening_of(
    day: date, weekly: Mapping[int, Sequence[Hours]], exceptions: Mapping[date, Sequence[Hours]]
) -> list[Hours]:
    """When it is open on that day, in order: the exception's hours if there is one (none of them: closed), else the weekday's."""
    return sorted(exceptions[day] if day in exceptions else weekly.get(day.weekday(), ()))


def moment(day: date, minute: int, zone: ZoneInfo, *, later: bool = False) -> datetime:
    """The moment at which the clock on the wall shows that minute of the day, in UTC.

    A minute that is skipped in spring is the moment of the change; one that comes twice in autumn is the first, or with `later` the second.
    """
    wall = datetime.combine(day + timedelta(days=minute // DAY_MINUTES), time(minute % DAY_MINUTES // 60, minute % 60))
    found = wall.replace(tzinfo=zone, fold=int(later)).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # Skipped: the change lies between what the two readings of the minute give.
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if middle.astimezone(zone).utcoffset() == before else (early, middle)
    return late.replace(microsecond=0)


def slots_of(starts: datetime, free_again: datetime) -> range:
    """The numbers of the five minutes between two moments."""
    return range(int(starts.timestamp()) // SLOT, -(-int(free_again.timestamp()) // SLOT))


def free_times(
    day: date,
    opening: Sequence[Hours],
    *,
    zone: ZoneInfo,
    taken: Collection[int],
    minutes: int,
    buffer: int,
    step: int,
    earliest: datetime,
) -> list[datetime]:
    """The moments of that day, in order, at which something of so many minutes can begin.

    It ends within the opening hours; the buffer after it may reach beyond them, and must be free like the rest. `taken` are numbers as
    `slots_of` gives them; `step` minutes lie between the times that are offered.
    """
    return list(
        _free(
            day,
            opening,
            zone,
            taken,
            timedelta(minutes=minutes),
            timedelta(minutes=buffer),
            timedelta(minutes=step),
            earliest,
        )
    )


def _free(
    day: date, opening: Sequence[Hours], zone: ZoneInfo, taken: Collection[int], length: timedelta, buffer: timedelta, step: timedelta,
    earliest: datetime,
) -> Iterator[datetime]:  # fmt: skip
    for hours in opening:
        begin, end = moment(day, hours.starts, zone), moment(day, hours.ends, zone, later=True)
        while begin + length <= end:
            if begin >= earliest and not any(slot in taken for slot in slots_of(begin, begin + length + buffer)):
                yield begin
            begin += step
