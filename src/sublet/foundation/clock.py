"""The only reader of the system clock.

Everything below a portal takes its instant as ``at``; a portal, a job or a command reads it here once and passes it down.
"""

from __future__ import annotations

from datetime import UTC, datetime

_stands_at: datetime | None = None


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC) if _stands_at is None else _stands_at


def stand_at(instant: datetime | None) -> None:
    """From now on the clock of this whole process stands there; None: it goes again.

    For the process of a sandbox alone (`sandboxes.engine`), which has a database of its own and serves nobody. Raises ValueError
    for an instant without a zone, and for one before where it stands: what has happened there would lie in the future.
    """
    global _stands_at
    if instant is not None:
        if instant.tzinfo is None:
            raise ValueError("an instant carries its time zone")
        if _stands_at is not None and instant < _stands_at:
            raise ValueError("a clock is moved forward only")
        instant = instant.astimezone(UTC)
    _stands_at = instant
