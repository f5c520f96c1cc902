"""The spool: usage events that wait to be sent, in one SQLite file that survives whatever ends the process.

Several processes may share it. Each writes what it records; one at a time sends, in the order of writing. Who sends holds a
lock on a file beside it, which the system itself lets go of when the process dies.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sublet_client import _clock
from sublet_client.errors import Closed
from sublet_client.values import Quantity, SetAside

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


_TABLES = """
CREATE TABLE IF NOT EXISTS waiting (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, timed INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS set_aside (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL
);
"""
#: How many events are sent in one request at most.
BATCH = 1000
#: Seconds for which others may hold the file.
PATIENCE = 30


def _to_wal(connection: sqlite3.Connection) -> None:
    """Let others write to the file, too. Two that open a new one at once would wait for each other here, so SQLite refuses one of
    them at once, whatever its timeout: it tries again.
    """
    give_up = _clock.steady() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if _clock.steady() > give_up:
                raise
        time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that waits. ``untimed``: its instant is this machine's, taken before the server's clock was known."""

    n: int
    id: str
    body: Mapping[str, Any]
    untimed: bool


class Spool:
    """The file. Safe in threads and in forked children; opened at the first use."""

    def __init__(self, path: Path, *, full_sync: bool = True) -> None:
        self.path = path
        self._full_sync = full_sync
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0
        self._closed = False
        #: A parent's connection must not be closed by its child: SQLite's locks would go with it. So they are kept for ever.
        self._parents: list[sqlite3.Connection] = []

    def hold(self) -> None:
        """Nobody touches the file until `let_go`."""
        self._lock.acquire()

    def let_go(self) -> None:
        """See `hold`."""
        self._lock.release()

    def forked(self) -> None:
        """In a forked child: the parent's connection is left alone."""
        self._lock = threading.RLock()
        if self._connection is not None:
            self._parents.append(self._connection)
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._closed:
            raise Closed("this client is closed")
        if self._connection is not None and self._pid == os.getpid():
            return self._connection
        if self._connection is not None:
            self._parents.append(self._connection)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        _to_wal(connection)
        # FULL: what was recorded also survives the power going off; NORMAL: the process being killed.
        connection.execute(f"PRAGMA synchronous={'FULL' if self._full_sync else 'NORMAL'}")
        connection.executescript(_TABLES)
        self._connection, self._pid = connection, os.getpid()
        return connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _asked(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._open().execute(sql, values).fetchall()

    def put(self, events: Iterable[Mapping[str, Any]], *, untimed: bool) -> None:
        """Keep them; when this returns they are on the disk. An id that waits already is kept once."""
        rows = [
            (each["id"], json.dumps(each, separators=(",", ":"), ensure_ascii=False), int(untimed)) for each in events
        ]
        with self._writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO waiting (id, body, timed) VALUES (?, ?, 1 - ?)", rows)

    def next(self, limit: int = BATCH, *, after: int = 0) -> list[Waiting]:
        """The oldest that wait, in order."""
        rows = self._asked("SELECT n, id, body, timed FROM waiting WHERE n > ? ORDER BY n LIMIT ?", (after, limit))
        return [Waiting(n, id, json.loads(body), not timed) for n, id, body, timed in rows]

    def timed(self, rows: Iterable[Waiting]) -> None:
        """The instants of these were put right: they are sent with the same ones from now on."""
        values = [(json.dumps(each.body, separators=(",", ":"), ensure_ascii=False), each.n) for each in rows]
        with self._writing() as connection:
            connection.executemany("UPDATE waiting SET body = ?, timed = 1 WHERE n = ?", values)

    def done(self, rows: Iterable[Waiting]) -> None:
        """The server has these."""
        with self._writing() as connection:
            connection.executemany("DELETE FROM waiting WHERE n = ?", [(each.n,) for each in rows])

    def put_aside(self, row: Waiting, *, code: str, detail: str) -> None:
        """The server will never take this one: out of the way of the others."""
        with self._writing() as connection:
            connection.execute("DELETE FROM waiting WHERE n = ?", (row.n,))
            body = json.dumps(row.body, separators=(",", ":"), ensure_ascii=False)
            connection.execute(
                "INSERT OR REPLACE INTO set_aside (n, id, body, code, detail) VALUES (?, ?, ?, ?, ?)",
                (row.n, row.id, body, code, detail),
            )

    def aside(self) -> list[SetAside]:
        """What was set aside, in order."""
        rows = self._asked("SELECT id, body, code, detail FROM set_aside ORDER BY n")
        found = []
        for id, body, code, detail in rows:
            told = json.loads(body)
            found.append(
                SetAside(
                    id=id,
                    account=told.get("account", ""),
                    meter=told.get("meter", ""),
                    quantity=told.get("quantity", 1),
                    time=told.get("time", ""),
                    code=code,
                    detail=detail,
                )
            )
        return found

    def again(self, ids: Iterable[str] | None = None) -> int:
        """Let what was set aside wait again (all without `ids`), with the same ids; how many."""
        with self._writing() as connection:
            count = 0
            for id in [each.id for each in self.aside()] if ids is None else list(ids):
                count += connection.execute(
                    "INSERT OR IGNORE INTO waiting (id, body, timed) SELECT id, body, 1 FROM set_aside WHERE id = ?",
                    (id,),
                ).rowcount
                connection.execute("DELETE FROM set_aside WHERE id = ?", (id,))
            return count

    def drop(self, ids: Iterable[str]) -> int:
        """Forget what was set aside; how many."""
        with self._writing() as connection:
            return sum(connection.execute("DELETE FROM set_aside WHERE id = ?", (id,)).rowcount for id in ids)

    def counts(self) -> tuple[int, int]:
        """How many wait, and how many were set aside."""
        ((waiting, aside),) = self._asked("SELECT (SELECT count(*) FROM waiting), (SELECT count(*) FROM set_aside)")
        return int(waiting), int(aside)

    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._asked("SELECT 1 FROM waiting LIMIT 1")

    @contextmanager
    def sending(self) -> Iterator[bool]:
        """Within: nobody else sends; False when somebody else does."""
        with self._lock:
            self._open()
        with open(f"{self.path}.sending", "ab") as file:
            try:
                _try_lock(file)
            except OSError:
                yield False
                return
            yield True  # closing the file lets the lock go, and so does the end of the process

    def close(self) -> None:
        """Close the file; what waits is sent the next time."""
        with self._lock:
            self._closed = True
            connection, self._connection = self._connection, None
            if connection is not None and self._pid == os.getpid():
                connection.close()


def usage_event(
    *,
    account: str,
    meter: str,
    quantity: Quantity,
    source: str,
    time: str,
    id: str,
    properties: Mapping[str, str] | None,
    corrects: str | None = None,
    collaborator: str | None = None,
) -> dict[str, Any]:
    """A usage event as the API takes it."""
    told: dict[str, Any] = {
        "id": id,
        "source": source,
        "time": time,
        "account": account,
        "meter": meter,
        "quantity": quantity,
    }
    if properties:
        told["properties"] = dict(properties)
    if corrects:
        told["corrects"] = corrects
    if collaborator:
        told["collaborator"] = collaborator
    return told


def put_right(rows: Sequence[Waiting], skew: float) -> list[Waiting]:
    """The same with the instants that the server's clock would have given."""
    found = []
    for each in rows:
        time = _clock.instant(_clock.seconds_of(each.body["time"]) + skew)
        found.append(Waiting(each.n, each.id, {**each.body, "time": time}, untimed=False))
    return found
