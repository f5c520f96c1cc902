"""Two that wait for one another, a lock that does not come free: nobody's fault, and who tries again. In one place.

PostgreSQL ends one of two transactions that wait for one another; nothing of it was kept, so it can be done once more. SQLite
writes one transaction at a time: whoever comes waits (`foundation.sqlite`), and there is no such ending.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, OperationalError, ProgrammingError, connection

from sublet.foundation.postgresql.planned import LOST

T = TypeVar("T")
#: PostgreSQL ended the transaction for another's sake: as two waited for one another, or read what the other wrote.
ENDED = frozenset({"40P01", "40001"})
_NO_LOCK = "55P03"
log = logging.getLogger("sublet.contention")


def is_contention(fault: OperationalError) -> bool:
    """Whether the database only asks to try again: a lock that did not come free, a transaction ended for another's sake."""
    return _state(fault) in {*ENDED, _NO_LOCK} or "locked" in str(fault)


def retried(work: Callable[[], T], times: int = 4) -> T:
    """`work`, which is one transaction, again when PostgreSQL ended it for another's sake, or a plan was lost; never inside
    another transaction."""
    for left in range(times, 0, -1):
        try:
            return work()
        except (OperationalError, ProgrammingError) as fault:
            if _state(fault) not in {*ENDED, *LOST} or connection.in_atomic_block or left == 1:
                raise
    raise AssertionError("unreachable")


def once_more(work: Callable[[], T], *, before: Callable[[], None] | None = None) -> T:
    """`work`, whatever it is made of, and a second time when PostgreSQL ended a transaction of it for another's sake; but not
    where something of the first time was kept, which the second would do again. `before`: what has to be put back first."""
    kept = _kept()
    try:
        return work()
    except OperationalError as fault:
        if _state(fault) not in ENDED or connection.in_atomic_block or _kept() != kept:
            raise
        log.info("a transaction was ended for another’s sake, and is tried once more", extra={"state": _state(fault)})
    if before is not None:
        before()
    return work()


def _state(fault: Error) -> str:
    return str(getattr(fault.__cause__, "sqlstate", "") or "")


def _kept() -> int:
    """How much this connection has kept so far."""
    return int(getattr(connection, "kept", 0))
