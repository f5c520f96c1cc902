"""SQLite: one connection for each thread, writes that queue up, and the steps that bring a file up to date."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = Path(__file__).with_name("schema")


class Database:
    """The product's database. Threads share the object, not the connections."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; kept, as opening one for each request costs more than the request."""
        found: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, isolation_level=None, timeout=10)
            found.row_factory = sqlite3.Row
            # WAL: whoever reads is not kept waiting by whoever writes. FULL: what was answered for survives a power cut.
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 10000"):
                found.execute(f"PRAGMA {pragma}")
            self._own.connection = found
        return found

    def rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a question."""
        return self.connection().execute(statement, values).fetchall()

    def row(self, statement: str, *values: object) -> sqlite3.Row | None:
        """The first row of a question, or None."""
        found: sqlite3.Row | None = self.connection().execute(statement, values).fetchone()
        return found

    def number(self, statement: str, *values: object) -> int:
        """The first number of a question; 0 when there is none."""
        found = self.row(statement, *values)
        return int(found[0] or 0) if found is not None else 0

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Within: one transaction that writes; nothing of it stays when an exception leaves it.

        IMMEDIATE: a transaction that began by reading and wants to write later meets "database is locked" where two meet.
        """
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def close(self) -> None:
        """Close this thread's connection."""
        found: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if found is not None:
            found.close()
            del self._own.connection

    def migrate(self) -> int:
        """Bring the file up to date: each file of `schema` once, in the order of its number, whole or not at all. Its version."""
        self.path.touch(mode=0o600)  # merely opening it would make one that everybody can read
        connection = self.connection()
        for file in sorted(SCHEMA.glob("*.sql")):
            number = int(file.name[:3])
            connection.execute("BEGIN IMMEDIATE")
            try:
                if connection.execute("PRAGMA user_version").fetchone()[0] < number:
                    for statement in file.read_text("utf-8").split(";\n"):
                        if statement.strip():
                            connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number}")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
