"""Who waits on SQLite for the one that writes: in turn, and no longer than it has to.

That sixteen processes which issue invoices at once never meet "database is locked" is in tests/billing/test_races.py.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from hypothesis import given
from hypothesis import strategies as st

from sublet.config.settings import DATABASES, _database
from sublet.foundation.sqlite.base import FIRST_SLEEP, LAST_SLEEP, LONGEST_TEXT, DatabaseWrapper, nap


class Held:
    """A file with a table, and a second connection that has the right to write until it lets it go."""

    def __init__(self, file: Path) -> None:
        self.settings: dict[str, Any] = {
            **DATABASES["default"], **_database(f"sqlite:///{file}"), "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True,
            "TIME_ZONE": None, "CONN_HEALTH_CHECKS": False,
        }  # fmt: skip
        self.other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self.other.execute("PRAGMA journal_mode=WAL")
        self.other.execute("CREATE TABLE told (word TEXT)")

    def begin(self) -> None:
        self.other.execute("BEGIN IMMEDIATE")

    def let_go(self) -> None:
        self.other.execute("COMMIT")

    def words(self) -> list[str]:
        return [word for (word,) in self.other.execute("SELECT word FROM told ORDER BY word")]

    def connect(self, timeout: float) -> DatabaseWrapper:
        settings = {**self.settings, "OPTIONS": {**self.settings["OPTIONS"], "timeout": timeout}}
        return DatabaseWrapper(settings, alias="waits")


@pytest.fixture
def held(tmp_path: Path, django_db_blocker: Any) -> Iterator[Held]:
    found = Held(tmp_path / "held.sqlite3")
    with django_db_blocker.unblock():  # a file of its own
        yield found
    found.other.close()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was slept, in place of sleeping."""
    slept: list[float] = []
    monkeypatch.setattr("sublet.foundation.sqlite.base.time.sleep", slept.append)
    return slept


def test_the_installation_uses_it_on_sqlite(tmp_path: Path) -> None:
    assert _database(f"sqlite:///{tmp_path}/a.sqlite3")["ENGINE"] == "sublet.foundation.sqlite"


def test_a_reading_that_is_out_of_date_is_not_waited_for(held: Held, naps: list[float]) -> None:
    """Somebody wrote since the transaction read: its right to write never comes, however long it waits."""
    connection = held.connect(timeout=20)
    try:
        with connection.cursor() as cursor:
            rows = cursor.execute("SELECT word FROM told UNION ALL VALUES ('a'), ('b')")
            assert rows.fetchone() == ("a",)  # and goes on reading
            held.other.execute("INSERT INTO told VALUES ('new')")
            with connection.cursor() as writing, pytest.raises(OperationalError):
                writing.execute("INSERT INTO told VALUES ('mine')")
        assert naps == []
    finally:
        connection.close()
    assert held.words() == ["new"]


@given(st.floats(0, 60), st.floats(0, 60))
def test_who_has_waited_longer_asks_no_less_often(one: float, another: float) -> None:
    less, more = sorted((one, another))
    longest, shortest = 1.5 * FIRST_SLEEP, 0.5 * LAST_SLEEP
    for _ in range(5):
        assert shortest <= nap(more, 20) <= longest
    # On average: the bounds of what is drawn fall.
    assert bounds(more)[0] <= bounds(less)[0]
    assert bounds(more)[1] <= bounds(less)[1]


def bounds(waited: float) -> tuple[float, float]:
    """The least and the most that is ever slept after having waited so long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sublet.foundation.sqlite.base.random.uniform", lambda low, _high: low)
        low = nap(waited, 20)
        patch.setattr("sublet.foundation.sqlite.base.random.uniform", lambda _low, high: high)
        return low, nap(waited, 20)


@pytest.mark.parametrize("in_transaction", [True, False])
def test_a_write_waits_for_the_one_that_writes_and_is_done_once(
    held: Held, monkeypatch: pytest.MonkeyPatch, in_transaction: bool
) -> None:
    held.begin()
    asked = threading.Event()

    def slept(_seconds: float) -> None:
        if not asked.is_set():
            asked.set()
            held.let_go()

    monkeypatch.setattr("sublet.foundation.sqlite.base.time.sleep", slept)
    mine = held.connect(timeout=20)
    with mine.cursor() as cursor:
        if in_transaction:
            mine.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        cursor.execute("INSERT INTO told VALUES (%s)", ["mine"])
        if in_transaction:
            mine.commit()
            mine.set_autocommit(True)
    mine.close()
    assert asked.is_set()
    assert held.words() == ["mine"]


def test_several_rows_at_once_wait_too_and_are_there_once(held: Held) -> None:
    held.begin()
    mine = held.connect(timeout=20)
    with mine.cursor() as cursor:
        letting = threading.Timer(0.05, held.let_go)
        letting.start()
        cursor.executemany("INSERT INTO told VALUES (%s)", [["a"], ["b"]])
        letting.join()
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (0,)  # from here on it is we who wait again
    mine.close()
    assert held.words() == ["a", "b"]


def test_what_does_not_come_free_in_time_is_told_as_ever(held: Held, naps: list[float]) -> None:
    held.begin()
    mine = held.connect(timeout=0.02)
    with pytest.raises(OperationalError, match="database is locked"), mine.cursor() as cursor:
        cursor.execute("INSERT INTO told VALUES ('mine')")
    mine.close()
    held.let_go()
    assert (held.words(), len(naps) > 0) == ([], True)


def test_another_fault_is_told_at_once_and_readers_never_wait(held: Held, naps: list[float]) -> None:
    held.begin()
    held.other.execute("INSERT INTO told VALUES ('unseen')")
    mine = held.connect(timeout=20)
    with mine.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM told")
        assert cursor.fetchone() == (0,)
        with pytest.raises(OperationalError, match="no such table"):
            cursor.execute("INSERT INTO missing VALUES (1)")
    mine.close()
    assert naps == []


def test_the_text_of_a_statement_is_the_one_that_django_makes(held: Held) -> None:
    connection = held.connect(1)
    try:
        connection.ensure_connection()
        cursor = connection.create_cursor()
        plain: Any = SQLiteCursorWrapper
        longer = "SELECT %s" + ", %s" * LONGEST_TEXT
        for query in ("SELECT %s", "SELECT '%%s', %s", "SELECT 100 %% 7, %s", "SELECT '%%%%', '%s'", longer):
            for _ in range(2):
                assert cursor.convert_query(query) == plain.convert_query(cursor, query)
        assert cursor.convert_query("SELECT %(one)s", param_names=["one"]) == "SELECT :one"
        assert cursor.execute("SELECT %s, '%%', 100 %% 7", [3]).fetchall() == [(3, "%", 2)]
    finally:
        connection.close()
