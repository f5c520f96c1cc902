"""The only reader of the system clock.

Everything below a portal takes its instant as ``at``; a portal, a job or a command reads it here once and passes it down.
"""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)
