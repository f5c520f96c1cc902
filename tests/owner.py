"""What a test does as the owner of the tables on its own connection: the application's role may not take a trigger off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from psycopg.pq import TransactionStatus

from sublet.foundation.journal import fences
from sublet.foundation.unscoped import past_scope


@contextmanager
def owning() -> Iterator[None]:
    """Within: statements of this connection are the owner's, and past the scope."""
    if not settings.DATABASE_OWNER:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        before = cursor.fetchone()[0]
        cursor.execute(f'SET ROLE "{settings.DATABASE_OWNER["USER"]}"')
    try:
        with past_scope("the owner looks at everything"):
            yield
    finally:
        # A statement that failed takes the role back when it is rolled back.
        if connection.connection.info.transaction_status != TransactionStatus.INERROR:
            with connection.cursor() as cursor:
                cursor.execute(f'SET ROLE "{before}"')


@contextmanager
def fences_lifted() -> Iterator[None]:
    """Within: the journal can be changed, as by somebody who owns the database."""
    with owning():
        # A table with keys that wait to be checked is not altered.
        _check_keys("IMMEDIATE")
        with fences.lifted(connection):
            yield
        _check_keys("DEFERRED")


def _check_keys(when: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS ALL {when}")
