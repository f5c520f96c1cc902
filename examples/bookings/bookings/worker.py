"""What goes on beside the pages: settling with Sublet, reminders, mail, signals. One thread; a round that fails is told and comes again."""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime, timedelta
from typing import Any

from bookings import clock, counting, mails, reminders, statistics
from bookings.database import Database
from bookings.platform import Platform, Unreachable
from bookings.settings import Settings

log = logging.getLogger(__name__)
#: After how many tries a change that nobody takes is given up: some hours.
CHANGE_TRIES = 10
KEPT_DAYS = 30
#: When signals are tried again that nobody took.
AGAIN = timedelta(minutes=1)


def round_of(database: Database, platform: Platform, settings: Settings, at: datetime) -> None:
    """One round. Each part by itself: what fails keeps nothing else waiting."""
    for part in (
        lambda: counting.settle(database, platform, at),
        lambda: tell_changes(database, platform, at),
        lambda: reminders.send_due(database, platform, at),
        lambda: mails.deliver(database, settings, at),
    ):
        try:
            part()
        except Exception:
            log.exception("A part of the worker's round failed.")


def tell_changes(database: Database, platform: Platform, at: datetime) -> None:
    """Tell Sublet what was changed by people who are signed on, with the same key until it is answered."""
    for row in database.rows(
        "SELECT * FROM owed WHERE kind = 'change' AND next_at <= ? ORDER BY next_at LIMIT 100", int(at.timestamp())
    ):
        told: dict[str, Any] = json.loads(row["told"])
        kept = database.row("SELECT kept FROM sign_on WHERE sid = ?", told["sid"])
        done = kept is None  # signed off meanwhile: nobody is left in whose name it could be told
        if kept is not None:
            try:
                done = platform.report(
                    kept["kept"], section=told["section"], text=told["text"], place=told["place"], key=row["id"]
                )
            except Unreachable:
                done = False
        with database.writing() as writing:
            if done or row["tries"] + 1 >= CHANGE_TRIES:
                writing.execute("DELETE FROM owed WHERE id = ?", (row["id"],))
            else:
                later = int(at.timestamp()) + 5 * 2 ** row["tries"]
                writing.execute("UPDATE owed SET tries = tries + 1, next_at = ? WHERE id = ?", (later, row["id"]))


def send_signals(database: Database, platform: Platform, at: datetime) -> bool:
    """The facts of each account, as of now; False when Sublet could not be told, and has to be tried again."""
    month = at - timedelta(days=28)
    for row in database.rows("SELECT * FROM account WHERE state = 'open'"):
        last = database.number(
            "SELECT max(made_at) FROM appointment WHERE account = ? AND origin = 'public'", row["ref"]
        )
        told: dict[str, Any] = {
            "bookings_made": statistics.made_between(database, row["ref"], month, at),
            "missed_appointments": statistics.missed_between(database, row["ref"], month, at),
            "page_is_public": bool(row["is_public"]),
        }
        if last:
            told["last_booking"] = datetime.fromtimestamp(last, at.tzinfo)
        for key, value in told.items():
            try:
                platform.signal(row["ref"], key, value)
            except Unreachable:
                return False
    return True


def tidy(database: Database, at: datetime) -> None:
    """What nobody needs any more: mails that are gone, webhooks that were heard, sign-ons of a month ago."""
    before = int((at - timedelta(days=KEPT_DAYS)).timestamp())
    with database.writing() as writing:
        writing.execute("DELETE FROM outbox WHERE done_at < ?", (before,))
        writing.execute("DELETE FROM heard WHERE at < ?", (before,))
        writing.execute("DELETE FROM sign_on WHERE created_at < ?", (before,))


class Worker(threading.Thread):
    """Rounds, one after another, until it is told to stop. `wake` begins the next one at once."""

    def __init__(
        self, database: Database, platform: Platform, settings: Settings, *, pause: float = 5.0, hours: float = 6.0
    ) -> None:
        super().__init__(name="bookings-worker", daemon=True)
        self._database, self._platform, self._settings = database, platform, settings
        self._pause, self._hours = pause, hours
        self._woken, self._over = threading.Event(), False

    def run(self) -> None:
        """Until `stop`."""
        daily = clock.now() - timedelta(days=1)
        while not self._over:
            at = clock.now()
            round_of(self._database, self._platform, self._settings, at)
            if at - daily >= timedelta(hours=self._hours):
                daily = at
                try:
                    if not send_signals(self._database, self._platform, at):
                        daily = at - timedelta(hours=self._hours) + AGAIN
                    tidy(self._database, at)
                except Exception:
                    log.exception("Signals failed.")
            self._woken.wait(self._pause)
            self._woken.clear()
        self._database.close()

    def wake(self) -> None:
        """Begin the next round now."""
        self._woken.set()

    def stop(self) -> None:
        """End after this round."""
        self._over = True
        self._woken.set()
        self.join(15)
