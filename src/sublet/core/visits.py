"""How a visit to a client's account begins and when it is over, by the clock alone.

Pure: instants in, answers out. Laws (tests/core/test_visits.py): nothing prolongs a visit past an hour; a second factor
counts for a quarter of an hour and never from the future.
"""

from __future__ import annotations

from datetime import datetime, timedelta

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=1)
SECOND_FACTOR_COUNTS = timedelta(minutes=15)


def second_factor_is_fresh(proved_at: datetime | None, at: datetime) -> bool:
    """Whether a second factor proved at that instant is good enough to begin a visit now."""
    return proved_at is not None and timedelta(0) <= at - proved_at <= SECOND_FACTOR_COUNTS


def ends_at(*, started_at: datetime, last_used_at: datetime) -> datetime:
    """When a visit is over if nothing more is done in it."""
    return min(started_at + LONGEST, last_used_at + IDLE)
