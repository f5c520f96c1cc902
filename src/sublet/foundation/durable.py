"""Writes whose acknowledgement must survive the machine, not only the process.

SQLite in WAL mode with `synchronous=NORMAL` survives every crash of ours, but a power cut may take the last transactions back.
For most of what people do that is a fair price for speed; what another program was told is safe must be safe. PostgreSQL
is, unless its `synchronous_commit` was switched off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def durable() -> Iterator[None]:
    """Within: what is committed is on the disk. Begun outside any transaction; inside one its own end decides."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:  # past the scope: no row is read
        cursor.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=NORMAL")
