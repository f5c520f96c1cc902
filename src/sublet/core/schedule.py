"""When does the next thing happen: the next attempt after a failure, the slots of a schedule.

Pure: instants in, instants out, all aware.

Laws (tests/core/test_schedule.py):

* a retry is never in the past, never sooner than half of the plain exponential wait and never later than it;
* slots tile time: ``slot_at(rule, at) <= at < next_slot(rule, at)``, and between the two lies no other slot;
* the slot of an instant depends on nothing but the rule and the instant: whoever asks, however often, gets the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)
_DOUBLINGS = 40  # beyond that every wait is the longest one; keeps the power of two small enough for a timedelta
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def retry_at(
    attempt: int, at: datetime, seed: str, *, first: timedelta = FIRST_WAIT, longest: timedelta = LONGEST_WAIT
) -> datetime:
    """When to try again after attempt number `attempt` (1 for the first) failed at `at`.

    Waits double from `first` up to `longest`; the jitter, drawn from `seed` and the attempt, takes away up to half, so
    that a thousand jobs that failed together do not come back together. Raises ValueError for an attempt below 1.
    """
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    wait = min(longest, first * 2 ** min(attempt - 1, _DOUBLINGS)) if first < longest else longest
    digest = hashlib.sha256(f"{seed}:{attempt}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    return at + wait * (1 - share / 2)


@dataclass(frozen=True, slots=True)
class Every:
    """A slot each `interval`, counted from 1970-01-01T00:00Z plus `offset`, whenever anything was started."""

    interval: timedelta
    offset: timedelta = timedelta()

    def __post_init__(self) -> None:
        if self.interval < timedelta(seconds=1):
            raise ValueError("an interval is at least one second")

    def __str__(self) -> str:
        return f"every {int(self.interval.total_seconds())} s"


@dataclass(frozen=True, slots=True)
class Daily:
    """A slot each day at the wall-clock time `at` in the time zone `zone`.

    Where a change of the clock skips that time, the slot is as long after midnight as it would have been; where it
    comes twice, the first one counts: one slot for each date.
    """

    at: time
    zone: str = "UTC"

    def __str__(self) -> str:
        return f"daily {self.at:%H:%M} {self.zone}"

    def on(self, day: date) -> datetime:
        """The slot of that local date, in UTC."""
        return datetime.combine(day, self.at, ZoneInfo(self.zone)).astimezone(UTC)


Rule = Every | Daily


def slot_at(rule: Rule, at: datetime) -> datetime:
    """The latest slot that is not after `at`, in UTC."""
    if isinstance(rule, Every):
        start = _EPOCH + rule.offset
        return start + (at - start) // rule.interval * rule.interval
    day = at.astimezone(ZoneInfo(rule.zone)).date() + timedelta(days=1)
    while (slot := rule.on(day)) > at:
        day -= timedelta(days=1)
    return slot


def next_slot(rule: Rule, at: datetime) -> datetime:
    """The first slot after `at`, in UTC."""
    if isinstance(rule, Every):
        return slot_at(rule, at) + rule.interval
    day = at.astimezone(ZoneInfo(rule.zone)).date() - timedelta(days=1)
    while (slot := rule.on(day)) <= at:
        day += timedelta(days=1)
    return slot
