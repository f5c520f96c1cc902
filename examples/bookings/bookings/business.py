"""What a business says of itself: its page, agendas, services and hours."""

from __future__ import annotations

import itertools
import re
import secrets
import sqlite3
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bookings.database import Database
from bookings.platform import Platform
from bookings.slots import Hours

#: What an account may change of itself, by the page on which it does.
PAGE_FIELDS = ("is_public", "headline", "welcome", "place", "contact_mail", "contact_phone", "phone")
SETTINGS_FIELDS = ("zone", "language", "currency", "lead_minutes", "horizon_days", "step_minutes", "cancel_hours")
REMINDER_FIELDS = ("mail_hours", "text_hours")
_FIELDS = frozenset(PAGE_FIELDS + SETTINGS_FIELDS + REMINDER_FIELDS + ("name", "state", "host", "feed_secret"))


class Refused(Exception):
    """An expected no. `code` names it; the page has a sentence for each."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code, self.more = code, more


@dataclass(frozen=True, slots=True)
class Business:
    """The account, as its pages need it."""

    ref: str
    row: sqlite3.Row

    def __getitem__(self, name: str) -> Any:
        return self.row[name]

    @property
    def zone(self) -> ZoneInfo:
        """The clocks on its wall."""
        return ZoneInfo(self.row["zone"])


def find(database: Database, account: str) -> Business | None:
    """The business with that account reference."""
    row = database.row("SELECT * FROM account WHERE ref = ?", account)
    return Business(account, row) if row is not None else None


def welcome(
    database: Database, *, account: str, name: str, zone: str, language: str, host: str, mail: str, at: datetime
) -> Business:
    """The business of an account that signs on; made with one agenda and usual hours when it comes for the first time."""
    found = find(database, account)
    if found is not None:
        if (found["name"], found["host"]) != (name, host):
            change(database, account, name=name, host=host)
        return find(database, account) or found
    with database.writing() as writing:
        writing.execute(
            "INSERT OR IGNORE INTO account (ref, name, zone, language, host, contact_mail, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (account, name, zone, language, host, mail, int(at.timestamp())),
        )
        if not writing.execute("SELECT 1 FROM agenda WHERE account = ?", (account,)).fetchone():
            agenda = _add_agenda(writing, account, name)
            for weekday in range(5):
                for starts, ends in ((9 * 60, 13 * 60), (14 * 60, 18 * 60)):
                    writing.execute("INSERT INTO opening VALUES (?, ?, ?, ?)", (agenda, weekday, starts, ends))
    made = find(database, account)
    assert made is not None  # noqa: S101  # written above
    return made


def change(database: Database, account: str, **fields: Any) -> dict[str, tuple[Any, Any]]:
    """Set fields of the account; what was changed, with the value before and after."""
    if unknown := set(fields) - _FIELDS:
        raise ValueError(f"An account has no {', '.join(sorted(unknown))}.")
    with database.writing() as writing:
        before = writing.execute("SELECT * FROM account WHERE ref = ?", (account,)).fetchone()
        if before is None:
            return {}
        changed = {name: (before[name], value) for name, value in fields.items() if before[name] != value}
        for name in changed:
            writing.execute(f"UPDATE account SET {name} = ? WHERE ref = ?", (fields[name], account))  # noqa: S608  # of _FIELDS
    return changed


def say_state(database: Database, account: str, state: str, *, said: str) -> bool:
    """Set how the account is, as an event of that order says it; False when a newer one has been heard already."""
    with database.writing() as writing:
        done = writing.execute(
            "UPDATE account SET state = ?, state_said = ? WHERE ref = ? AND state_said < ?",
            (state, said, account, said),
        )
        return bool(done.rowcount)


def new_feed_secret(database: Database, account: str) -> str:
    """A new secret address for the calendar; the one before is worth nothing from now on."""
    made = secrets.token_urlsafe(24)
    change(database, account, feed_secret=made)
    return made


def may_synchronize(platform: Platform, account: str) -> bool:
    """Whether other calendars may read the agenda: the feed is in the plan, and nobody has switched synchronization off."""
    return (
        bool(platform.feature(account, "calendar_feed")) and platform.feature(account, "synchronization") == "one_way"
    )


# --- agendas ----------------------------------------------------------------------------------------------------------


def agendas(database: Database, account: str) -> list[sqlite3.Row]:
    """All agendas, in their order."""
    return database.rows("SELECT * FROM agenda WHERE account = ? AND removed_at IS NULL ORDER BY position, id", account)


def open_agendas(database: Database, platform: Platform, account: str) -> list[sqlite3.Row]:
    """Those that people can book: the first so many as the plan has. More of them are kept, and open again with the plan."""
    return agendas(database, account)[: _allowed(platform, account)]


def slug_of(name: str) -> str:
    """A word for the address: letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "agenda"


def _add_agenda(writing: sqlite3.Connection, account: str, name: str) -> int:
    taken = {row[0] for row in writing.execute("SELECT slug FROM agenda WHERE account = ?", (account,))}
    slug = base = slug_of(name)
    number = 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    position = writing.execute(
        "SELECT coalesce(max(position), 0) + 1 FROM agenda WHERE account = ?", (account,)
    ).fetchone()[0]
    made = writing.execute(
        "INSERT INTO agenda (account, slug, name, position) VALUES (?, ?, ?, ?)", (account, slug, name, position)
    ).lastrowid
    return int(made or 0)


def add_agenda(database: Database, platform: Platform, *, account: str, name: str) -> int:
    """One more that can be booked, with the hours of the first. Raises Refused("agendas") when the plan has no more."""
    allowed = _allowed(platform, account)
    with database.writing() as writing:
        # Counted where it is added: of two at the same moment the second finds the first.
        there = agendas(database, account)
        if len(there) >= allowed:
            raise Refused("agendas", allowed=allowed)
        made = _add_agenda(writing, account, name)
        if there:
            writing.execute(
                "INSERT INTO opening SELECT ?, weekday, starts, ends FROM opening WHERE agenda = ?",
                (made, there[0]["id"]),
            )
    return made


def _allowed(platform: Platform, account: str) -> int:
    value = platform.feature(account, "agendas")
    return max(1, int(value) if isinstance(value, int | float) else 1)


def rename_agenda(database: Database, *, account: str, agenda: int, name: str) -> None:
    """Another name; the address stays, as people have it."""
    with database.writing() as writing:
        writing.execute("UPDATE agenda SET name = ? WHERE account = ? AND id = ?", (name, account, agenda))


def remove_agenda(database: Database, *, account: str, agenda: int, at: datetime) -> None:
    """Nobody books it any more. Raises Refused("last-agenda"), or Refused("agenda-in-use") while appointments are to come."""
    with database.writing() as writing:
        count = writing.execute(
            "SELECT count(*) FROM agenda WHERE account = ? AND removed_at IS NULL", (account,)
        ).fetchone()[0]
        if count < 2:
            raise Refused("last-agenda")
        coming = writing.execute(
            "SELECT 1 FROM appointment WHERE account = ? AND agenda = ? AND state = 'booked' AND starts > ?",
            (account, agenda, int(at.timestamp())),
        ).fetchone()
        if coming:
            raise Refused("agenda-in-use")
        writing.execute(
            "UPDATE agenda SET removed_at = ? WHERE account = ? AND id = ?", (int(at.timestamp()), account, agenda)
        )


# --- services ---------------------------------------------------------------------------------------------------------


def services(database: Database, account: str, *, public: bool = False) -> list[sqlite3.Row]:
    """All services, in their order; `public`: those that people can book by themselves."""
    return database.rows(
        "SELECT * FROM service WHERE account = ? AND removed_at IS NULL AND (is_public = 1 OR ?) ORDER BY position, id",
        account,
        not public,
    )


def service(database: Database, account: str, id: int) -> sqlite3.Row | None:
    """One service."""
    return database.row("SELECT * FROM service WHERE account = ? AND id = ? AND removed_at IS NULL", account, id)


def offering(database: Database, service: int) -> set[int]:
    """The agendas in which a service is offered; empty: in all."""
    return {row["agenda"] for row in database.rows("SELECT agenda FROM offered WHERE service = ?", service)}


def keep_service(
    database: Database, *, account: str, id: int | None, name: str, description: str, minutes: int, buffer: int, price: int | None,
    is_public: bool, agendas: Iterable[int],
) -> int:  # fmt: skip
    """Add a service or change one."""
    with database.writing() as writing:
        if id is None:
            position = writing.execute(
                "SELECT coalesce(max(position), 0) + 1 FROM service WHERE account = ?", (account,)
            ).fetchone()[0]
            made = writing.execute(
                "INSERT INTO service (account, name, description, minutes, buffer, price, is_public, position) VALUES (?,?,?,?,?,?,?,?)",
                (account, name, description, minutes, buffer, price, int(is_public), position),
            ).lastrowid
            id = int(made or 0)
        else:
            writing.execute(
                "UPDATE service SET name = ?, description = ?, minutes = ?, buffer = ?, price = ?, is_public = ?"
                " WHERE account = ? AND id = ?",
                (name, description, minutes, buffer, price, int(is_public), account, id),
            )
            writing.execute(
                "DELETE FROM offered WHERE service = (SELECT id FROM service WHERE account = ? AND id = ?)",
                (account, id),
            )
        for each in agendas:
            writing.execute(
                "INSERT OR IGNORE INTO offered SELECT ?, id FROM agenda WHERE account = ? AND id = ?",
                (id, account, each),
            )
    return id


def remove_service(database: Database, *, account: str, id: int, at: datetime) -> None:
    """Nobody books it any more; appointments that were made keep its name."""
    with database.writing() as writing:
        writing.execute(
            "UPDATE service SET removed_at = ? WHERE account = ? AND id = ?", (int(at.timestamp()), account, id)
        )


# --- opening hours ----------------------------------------------------------------------------------------------------


def weekly(database: Database, agenda: int) -> dict[int, list[Hours]]:
    """The hours of each weekday, Monday 0."""
    found: dict[int, list[Hours]] = {}
    for row in database.rows("SELECT * FROM opening WHERE agenda = ? ORDER BY weekday, starts", agenda):
        found.setdefault(row["weekday"], []).append(Hours(row["starts"], row["ends"]))
    return found


def keep_weekly(database: Database, *, agenda: int, hours: dict[int, list[Hours]]) -> None:
    """Set the hours of the week. Raises Refused("hours") where they overlap or end before they begin."""
    for each in hours.values():
        ordered = sorted(each)
        if any(one.ends > two.starts for one, two in itertools.pairwise(ordered)) or any(
            not 0 <= one.starts < one.ends <= 1440 for one in ordered
        ):
            raise Refused("hours")
    with database.writing() as writing:
        writing.execute("DELETE FROM opening WHERE agenda = ?", (agenda,))
        for weekday, each in hours.items():
            for one in each:
                writing.execute("INSERT INTO opening VALUES (?, ?, ?, ?)", (agenda, weekday, one.starts, one.ends))


def exceptions(database: Database, agenda: int, since: date) -> dict[date, list[Hours]]:
    """Days that are not like the others; without hours they are closed."""
    found: dict[date, list[Hours]] = {}
    for row in database.rows(
        "SELECT * FROM exception WHERE agenda = ? AND day >= ? ORDER BY day, starts", agenda, since.isoformat()
    ):
        hours = found.setdefault(date.fromisoformat(row["day"]), [])
        if row["starts"] is not None:
            hours.append(Hours(row["starts"], row["ends"]))
    return found


def exception_rows(database: Database, agenda: int, since: date) -> list[sqlite3.Row]:
    """The same, as they are listed."""
    return database.rows(
        "SELECT * FROM exception WHERE agenda = ? AND day >= ? ORDER BY day, starts", agenda, since.isoformat()
    )


def add_exception(database: Database, *, agendas: Iterable[int], day: date, hours: Hours | None, note: str) -> None:
    """That day is closed, or open at those hours only, in each of these agendas. Closed takes the place of hours, and hours of closed."""
    if hours is not None and not 0 <= hours.starts < hours.ends <= 1440:
        raise Refused("hours")
    with database.writing() as writing:
        for agenda in agendas:
            if hours is None:
                writing.execute("DELETE FROM exception WHERE agenda = ? AND day = ?", (agenda, day.isoformat()))
            else:
                writing.execute(
                    "DELETE FROM exception WHERE agenda = ? AND day = ? AND starts IS NULL", (agenda, day.isoformat())
                )
            writing.execute(
                "INSERT OR REPLACE INTO exception (agenda, day, starts, ends, note) VALUES (?, ?, ?, ?, ?)",
                (agenda, day.isoformat(), hours.starts if hours else None, hours.ends if hours else None, note),
            )


def remove_exception(database: Database, *, account: str, id: int) -> None:
    """That day is like the others again."""
    with database.writing() as writing:
        writing.execute(
            "DELETE FROM exception WHERE id = ? AND agenda IN (SELECT id FROM agenda WHERE account = ?)", (id, account)
        )
