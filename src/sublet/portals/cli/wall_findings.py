"""What the doctor finds out about the database's own wall."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from sublet.foundation import walls
from sublet.portals.cli.findings import NOTE, OK, WRONG, Finding


def row_security() -> Iterator[Finding]:
    """Whether the database itself keeps the accounts apart, also from the role that the application is."""
    if connection.vendor != "postgresql":
        return
    gaps = sorted({policy.table for policy in walls.missing(connection)})
    if gaps:
        yield Finding(
            "row security",
            WRONG,
            f"The database does not keep accounts apart in {len(gaps)} tables, such as {gaps[0]}.",
            "Run `sublet migrate`.",
        )
    weak = walls.role_faults(connection)
    if "superuser" in weak or "bypass" in weak:
        yield Finding(
            "row security",
            WRONG,
            "The database role of SUBLET_DATABASE_URL walks through row-level security.",
            "Take it away: `ALTER ROLE … NOSUPERUSER NOBYPASSRLS`.",
        )
    elif "owner" in weak:
        yield Finding(
            "row security",
            NOTE,
            "The application's database role owns the tables and could switch row-level security off.",
            "Make a role of its own for it and set SUBLET_DATABASE_OWNER_URL: docs/howto/install.md.",
        )
    elif not gaps:
        yield Finding(
            "row security", OK, "The database keeps the accounts apart, and the application cannot change that."
        )
