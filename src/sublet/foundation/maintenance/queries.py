"""Whether maintenance is on."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection

from sublet.foundation.maintenance.models import MaintenanceState

log = logging.getLogger(__name__)
#: How long a process may go by what it read: all follow within a second.
FRESH_SECONDS = 0.9
#: What people are told to wait where nobody has said how long it takes, and at least.
USUAL_SECONDS, LEAST_SECONDS = 300, 60


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Maintenance that is on. `until` is when it is expected to be over; None: nobody has said."""

    since: datetime
    until: datetime | None
    begun_by: str

    def seconds_left(self, at: datetime) -> int:
        """How long to wait before trying again. At least a minute, also when it takes longer than was said."""
        if self.until is None:
            return USUAL_SECONDS
        return max(LEAST_SECONDS, int((self.until - at).total_seconds()))


class _Known:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.read_at = -1e9
        self.state: Maintenance | None = None


_known = _Known()


def forget_maintenance() -> None:
    """Read it anew the next time. For tests and after a change here."""
    _known.read_at = -1e9


def maintenance_now() -> Maintenance | None:
    """The same as the database says in this moment. Raises DatabaseError."""
    # unscoped: the installation's, one row
    row = MaintenanceState.unscoped.filter(id=1).first()
    return None if row is None else Maintenance(since=row.since, until=row.until, begun_by=row.begun_by)


def maintenance() -> Maintenance | None:
    """The maintenance that is on, or None. One small statement a second for each process.

    While the database cannot say, what was known last: a table that `sublet migrate` has yet to make closes nothing, and a
    database that is away opens nothing.
    """
    if time.monotonic() - _known.read_at < FRESH_SECONDS:
        return _known.state
    started = time.monotonic()
    try:
        state = maintenance_now()
    except (DatabaseError, InterfaceError):
        log.warning("whether maintenance is on could not be read", exc_info=True)
        if not connection.in_atomic_block:
            connection.close()
        state = _known.state
    with _known.lock:
        _known.state, _known.read_at = state, max(started, _known.read_at)
    return state
