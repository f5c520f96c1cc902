"""Sublet, as the product sees it, kept in a file of its own: what it answers is the contract of `bookings.platform`.

The file is written as Sublet writes, durably and in one transaction each: so a process that is killed leaves here what it
would leave there.
"""

from __future__ import annotations

import functools
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bookings.platform import Brand, Held, Lapsed, Plan, Standing, Unreachable, WayOut

WAYS_OUT = (WayOut("trial", "Start the free trial."), WayOut("ask-reseller", "Ask Studio Rosa."))


def one_at_a_time(cls: type) -> type:
    """Threads share one connection: none of them begins within another's transaction."""

    def locked(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
            with self.lock:
                return method(self, *args, **kwargs)

        return wrapped

    for name in ("used", "held", "reserve", "commit", "release", "consume", "record", "standing"):
        setattr(cls, name, locked(getattr(cls, name)))
    return cls


@one_at_a_time
class StandIn:
    """As long as `away` is False it answers."""

    def __init__(self, file: Path) -> None:
        self.database = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
        self.database.executescript(
            "CREATE TABLE IF NOT EXISTS used (id TEXT PRIMARY KEY, account TEXT, meter TEXT, quantity INTEGER);"
            "CREATE TABLE IF NOT EXISTS held (ref TEXT PRIMARY KEY, id TEXT UNIQUE, account TEXT, meter TEXT);"
        )
        self.lock = threading.RLock()
        self.away = False
        self.limits: dict[str, int | None] = {"appointments": 50, "text_messages": 50}
        self.features: dict[str, Any] = {
            "agendas": 1,
            "calendar_feed": False,
            "text_messages": False,
            "synchronization": "off",
        }
        self.trial_ends: datetime | None = None
        self.triable = True
        self.advertising = True
        self.signals: list[tuple[str, str, Any]] = []
        self.reports: list[tuple[str, str]] = []
        self.brands = {
            "salon.localhost": Brand(
                "Salon Olga", sender_name="Salon Olga", support_mail="help@studio-rosa.example", color="#8a1538"
            )
        }
        self.forgotten = 0

    def used(self, account: str, meter: str = "appointments") -> int:
        """What counts."""
        row = self.database.execute(
            "SELECT coalesce(sum(quantity), 0) FROM used WHERE account = ? AND meter = ?", (account, meter)
        )
        return int(row.fetchone()[0])

    def held(self) -> int:
        """How many reservations stand."""
        return int(self.database.execute("SELECT count(*) FROM held").fetchone()[0])

    def lapse(self) -> None:
        """Their time is over."""
        self.database.execute("DELETE FROM held")

    def _ask(self) -> None:
        if self.away:
            raise Unreachable("the network is cut")

    # The contract ---------------------------------------------------------------------------------------------------------

    def feature(self, account: str, key: str) -> Any:
        return self.features.get(key)

    def standing(self, account: str, meter: str) -> Standing | None:
        limit, used = self.limits.get(meter), self.used(account, meter)
        return Standing(used, limit, None if limit is None else max(0, limit - used - self.held()))

    def plan(self, account: str) -> Plan:
        return Plan("Free", self.trial_ends, self.advertising)

    def can_try(self, account: str) -> bool:
        return self.triable

    def reserve(self, account: str, meter: str, *, id: str) -> Held:
        self._ask()
        self.database.execute("BEGIN IMMEDIATE")
        try:
            limit = self.limits.get(meter)
            if limit is not None and self.used(account, meter) + self.held() >= limit:
                return Held(False, ways_out=WAYS_OUT if self.triable else WAYS_OUT[1:])
            self.database.execute("INSERT OR IGNORE INTO held VALUES (?, ?, ?, ?)", (f"rsv_{id}", id, account, meter))
            return Held(True, f"rsv_{id}")
        finally:
            self.database.execute("COMMIT")

    def commit(self, ref: str) -> None:
        self._ask()
        self.database.execute("BEGIN IMMEDIATE")
        row = self.database.execute("SELECT id, account, meter FROM held WHERE ref = ?", (ref,)).fetchone()
        if row is not None:
            self.database.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?, 1)", row)
            self.database.execute("DELETE FROM held WHERE ref = ?", (ref,))
        done = self.database.execute("SELECT 1 FROM used WHERE id = ?", (ref.removeprefix("rsv_"),)).fetchone()
        self.database.execute("COMMIT")
        if done is None:
            raise Lapsed(ref)

    def release(self, ref: str) -> None:
        self._ask()
        self.database.execute("DELETE FROM held WHERE ref = ?", (ref,))

    def consume(self, account: str, meter: str, *, id: str) -> bool:
        self._ask()
        if self.database.execute("SELECT 1 FROM used WHERE id = ?", (id,)).fetchone():
            return True
        limit = self.limits.get(meter)
        if limit is not None and self.used(account, meter) >= limit:
            return False
        self.database.execute("INSERT INTO used VALUES (?, ?, ?, 1)", (id, account, meter))
        return True

    def record(self, account: str, meter: str, quantity: int = 1, *, id: str = "") -> None:
        given = id or f"visit {datetime.now(UTC).timestamp()}"  # noqa: TID251  # any name that is new
        self.database.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?, ?)", (given, account, meter, quantity))

    def signal(self, account: str, key: str, value: Any) -> None:
        self._ask()
        self.signals.append((account, key, value))

    def brand(self, host: str) -> Brand:
        return self.brands.get(host, Brand("Plain"))

    def forget_brand(self) -> None:
        self.forgotten += 1

    def report(self, kept: str, *, section: str, text: str, place: str, key: str) -> bool:
        self._ask()
        self.reports.append((section, text))
        return True
