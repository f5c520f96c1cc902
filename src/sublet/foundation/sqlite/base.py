"""The database backend: Django's own, but whoever waits for the one that writes asks the more often, the longer it has waited.

SQLite lets one transaction write at a time and keeps no queue: who finds it busy sleeps and asks again. SQLite's own way of waiting
sleeps longer and longer, up to a tenth of a second, while who has just come asks again after a millisecond. Where many write
one after another without a pause, as several people who issue invoices, one of them is overtaken by all others until its
time is up ("database is locked"), though each of them waits for some hundredths of a second only. Here it is the other way
round, and nobody sleeps for long.

Only what is no part of a transaction waits: its beginning (``BEGIN IMMEDIATE``, which takes the right to write), and statements
that are transactions of their own. Within one the right to write is had already. What does not come free in time is told
as before.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, TypeVar

from django.db.backends.sqlite3 import base

T = TypeVar("T")
#: How long who has just come sleeps on average, and who has waited for a quarter of its time or longer; seconds.
FIRST_SLEEP: Final = 0.005
LAST_SLEEP: Final = 0.001
#: What Python waits for where nothing is said, seconds.
PATIENCE: Final = 5.0
#: How many texts of statements are kept, and how long one may be: four megabytes in a process at most.
MOST_TEXTS: Final = 500
LONGEST_TEXT: Final = 4000
_KINDS: Final = 0xFF  # the kind of a fault of SQLite is in its last byte


def nap(waited: float, patience: float) -> float:
    """How long to sleep, in seconds, for who has waited so long of what it will wait for at most.

    Anything between half and one and a half of what it is on average: two that came at once would else always ask at once.
    """
    share = min(4 * waited / patience, 1.0) if patience > 0 else 1.0
    average = FIRST_SLEEP + (LAST_SLEEP - FIRST_SLEEP) * share
    return average * random.uniform(0.5, 1.5)  # noqa: S311  # no secret is made of it


def is_busy(fault: sqlite3.OperationalError) -> bool:
    """Whether somebody else holds what is asked for, and lets it go again: not where one's own reading is out of date."""
    code = getattr(fault, "sqlite_errorcode", 0)
    return code & _KINDS == sqlite3.SQLITE_BUSY and code != sqlite3.SQLITE_BUSY_SNAPSHOT


@lru_cache(maxsize=MOST_TEXTS)
def _with_marks(query: str) -> str:
    """With SQLite's marks for values in place of Django's: a search through the text that takes longer than many a statement."""
    return str(base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%"))


class WaitingCursor(base.SQLiteCursorWrapper):
    """A cursor that waits by itself. `patience`: for how long at most, in seconds.

    What Django makes anew of the text of every statement is made once of those that are asked again and again.
    """

    patience = PATIENCE

    def convert_query(self, query: Any, *, param_names: Any = None) -> Any:
        # Those of thousands of values are too large to be kept, and seldom the same twice.
        if param_names is None and type(query) is str and len(query) <= LONGEST_TEXT:
            return _with_marks(query)
        return super().convert_query(query, param_names=param_names)  # type: ignore[misc]  # Django's own, which the stubs do not tell of

    def execute(self, query: Any, params: Any = None) -> Any:
        if self.connection.in_transaction:
            return super().execute(query, params)
        return self._in_turn(lambda: super(WaitingCursor, self).execute(query, params))

    def executemany(self, query: Any, param_list: Iterable[Any]) -> Any:
        if self.connection.in_transaction:
            return super().executemany(query, param_list)
        # Each row is a transaction of its own: done again from the beginning the first ones would be there twice.
        self._let_sqlite_wait(self.patience)
        try:
            return super().executemany(query, param_list)
        finally:
            self._let_sqlite_wait(0)

    def _in_turn(self, ask: Callable[[], T]) -> T:
        came = time.monotonic()
        while True:
            try:
                return ask()
            except sqlite3.OperationalError as fault:
                waited = time.monotonic() - came
                if waited >= self.patience or not is_busy(fault):
                    raise
            time.sleep(nap(waited, self.patience))

    def _let_sqlite_wait(self, seconds: float) -> None:
        self.connection.execute(f"PRAGMA busy_timeout={int(seconds * 1000)}")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection, with cursors that wait in place of SQLite: as long as the option ``timeout`` says."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        self._patience = float(conn_params.get("timeout", PATIENCE))
        connection.execute("PRAGMA busy_timeout=0")
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=WaitingCursor)  # past the scope: the way of all statements
        cursor.patience = self._patience
        return cursor
