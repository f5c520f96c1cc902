"""Appointments: which times are free, making, moving, canceling, missing, deleting."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bookings import business, counting, mails
from bookings.business import Business, Refused
from bookings.database import Database
from bookings.platform import Platform, WayOut
from bookings.slots import SLOT, Hours, free_times, moment, opening_of, slots_of

#: More than anybody needs, fewer than it takes to fill an agenda with nonsense.
MOST_AT_ONCE = 5


class LimitReached(Exception):
    """The plan has no room for one more. Nothing was written."""

    def __init__(self, ways_out: tuple[WayOut, ...]) -> None:
        super().__init__("limit-reached")
        self.ways_out = ways_out


@dataclass(frozen=True, slots=True)
class Person:
    """Who comes."""

    name: str
    mail: str = ""
    phone: str = ""
    language: str = ""
    consented: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A time that can be chosen, and the agenda that has it free."""

    starts: datetime
    agenda: int


SELECT = """
    SELECT a.*, s.name AS service_name, s.minutes AS minutes, c.name AS customer_name, c.mail AS mail, c.phone AS customer_phone,
           g.name AS agenda_name, g.slug AS agenda_slug
    FROM appointment a JOIN agenda g ON g.id = a.agenda LEFT JOIN service s ON s.id = a.service LEFT JOIN customer c ON c.id = a.customer
"""


def find(database: Database, account: str, ref: str) -> sqlite3.Row | None:
    """One appointment, with the names that belong to it."""
    return database.row(f"{SELECT} WHERE a.account = ? AND a.ref = ?", account, ref)


def between(
    database: Database, account: str, since: datetime, until: datetime, agenda: int | None = None
) -> list[sqlite3.Row]:
    """Those that begin in that time, in order; canceled ones as well."""
    return database.rows(
        f"{SELECT} WHERE a.account = ? AND a.starts >= ? AND a.starts < ? AND (? IS NULL OR a.agenda = ?) ORDER BY a.starts, a.id",
        account, int(since.timestamp()), int(until.timestamp()), agenda, agenda,
    )  # fmt: skip


def day_bounds(day: date, place: Business, days: int = 1) -> tuple[datetime, datetime]:
    """From midnight to midnight where the business is."""
    return moment(day, 0, place.zone), moment(day + timedelta(days=days), 0, place.zone)


def free(
    database: Database,
    place: Business,
    *,
    agenda: int,
    minutes: int,
    buffer: int,
    day: date,
    at: datetime,
    public: bool,
    leave_out: int = 0,
) -> list[datetime]:
    """The free times of a day in one agenda. `public`: with the lead time and the horizon of the booking page."""
    local_today = at.astimezone(place.zone).date()
    if public and day > local_today + timedelta(days=place["horizon_days"]):
        return []
    since, until = day_bounds(day, place)
    taken = {
        row["slot"]
        for row in database.rows(
            "SELECT slot FROM occupied WHERE agenda = ? AND slot BETWEEN ? AND ? AND appointment <> ?",
            agenda, int(since.timestamp()) // SLOT, int((until + timedelta(days=1)).timestamp()) // SLOT, leave_out,
        )
    }  # fmt: skip
    return free_times(
        day,
        opening_of(day, business.weekly(database, agenda), business.exceptions(database, agenda, local_today)),
        zone=place.zone, taken=taken, minutes=minutes, buffer=buffer, step=place["step_minutes"],
        earliest=at + timedelta(minutes=place["lead_minutes"]) if public else at,
    )  # fmt: skip


def choices(
    database: Database, platform: Platform, place: Business, *, service: sqlite3.Row, day: date, at: datetime, agenda: int | None = None,
    leave_out: int = 0,
) -> list[Choice]:  # fmt: skip
    """What a visitor can choose from on a day: each time once, in the first agenda that has it free."""
    offered = business.offering(database, service["id"])
    found: dict[datetime, int] = {}
    for row in business.open_agendas(database, platform, place.ref):
        if (agenda is not None and row["id"] != agenda) or (offered and row["id"] not in offered):
            continue
        for each in free(
            database, place, agenda=row["id"], minutes=service["minutes"], buffer=service["buffer"], day=day, at=at, public=True,
            leave_out=leave_out,
        ):  # fmt: skip
            found.setdefault(each, row["id"])
    return [Choice(starts, found[starts]) for starts in sorted(found)]


def days_with_room(
    database: Database, platform: Platform, place: Business, *, service: sqlite3.Row, since: date, days: int, at: datetime,
    agenda: int | None = None, leave_out: int = 0,
) -> dict[date, int]:  # fmt: skip
    """How many times can be chosen on each of so many days."""
    return {
        day: len(
            choices(database, platform, place, service=service, day=day, at=at, agenda=agenda, leave_out=leave_out)
        )
        for day in (since + timedelta(days=number) for number in range(days))
    }


def make(
    database: Database, platform: Platform, place: Business, *, service: sqlite3.Row, agenda: int, starts: datetime, person: Person,
    origin: str, at: datetime, note: str = "", sender_name: str = "", host: str = "",
) -> str:  # fmt: skip
    """Make an appointment; its reference. Tells the customer by mail.

    Raises Refused("taken") when somebody was faster, Refused("too-many") for the sixth that one address has to come, and LimitReached.
    The order of the steps, and what becomes of it when the process is killed between two of them: `counting`.
    """
    if origin == "public":
        day = starts.astimezone(place.zone).date()
        offered = choices(database, platform, place, service=service, day=day, at=at, agenda=agenda)
        if Choice(starts, agenda) not in offered:
            raise Refused("taken")
        if person.mail and _coming(database, place.ref, person.mail, at) >= MOST_AT_ONCE:
            raise Refused("too-many")
    ref = f"apt_{secrets.token_hex(9)}"
    held = counting.hold(platform, account=place.ref, ref=ref)
    if not held.allowed:
        raise LimitReached(held.ways_out)
    counted = "held" if held.ref else "owed"
    try:
        with database.writing() as writing:
            customer = _customer(writing, place.ref, person, at)
            ends = starts + timedelta(minutes=service["minutes"])
            made = writing.execute(
                "INSERT INTO appointment (ref, account, agenda, service, customer, starts, ends, free_again, origin, price, note, language,"
                " made_at, counted, reservation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    ref, place.ref, agenda, service["id"], customer, int(starts.timestamp()), int(ends.timestamp()),
                    int(ends.timestamp()) + service["buffer"] * 60, origin, service["price"], note, person.language or place["language"],
                    int(at.timestamp()), counted, held.ref,
                ),
            ).lastrowid  # fmt: skip
            _occupy(writing, agenda, int(made or 0), starts, ends + timedelta(minutes=service["buffer"]))
            mails.confirm(writing, place, ref, sender_name=sender_name, host=host, at=at)
            if origin == "public":
                mails.tell_business(writing, place, ref, what="made", sender_name=sender_name, at=at)
    except BaseException:
        counting.let_go(platform, held)
        raise
    counting.settle_one(database, platform, ref)
    return ref


def block(
    database: Database, place: Business, *, agenda: int, starts: datetime, ends: datetime, note: str, at: datetime
) -> str:
    """Time off: nobody can book it, and it counts nowhere. Raises Refused("taken")."""
    ref = f"apt_{secrets.token_hex(9)}"
    if ends <= starts:
        raise Refused("hours")
    with database.writing() as writing:
        made = writing.execute(
            "INSERT INTO appointment (ref, account, agenda, starts, ends, free_again, state, origin, note, made_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 'blocked', 'agenda', ?, ?)",
            (
                ref,
                place.ref,
                agenda,
                int(starts.timestamp()),
                int(ends.timestamp()),
                int(ends.timestamp()),
                note,
                int(at.timestamp()),
            ),
        ).lastrowid
        _occupy(writing, agenda, int(made or 0), starts, ends)
    return ref


def move(
    database: Database, place: Business, ref: str, *, agenda: int, starts: datetime, at: datetime, sender_name: str = "", host: str = "",
    by: str = "business",
) -> None:  # fmt: skip
    """To another time or agenda; what it counts does not change. Raises Refused("taken"), or Refused("over") when it is canceled."""
    with database.writing() as writing:
        row = writing.execute(f"{SELECT} WHERE a.account = ? AND a.ref = ?", (place.ref, ref)).fetchone()
        if row is None or row["state"] not in ("booked", "blocked"):
            raise Refused("over")
        ends = starts + timedelta(seconds=row["ends"] - row["starts"])
        free_again = starts + timedelta(seconds=row["free_again"] - row["starts"])
        writing.execute("DELETE FROM occupied WHERE appointment = ?", (row["id"],))
        _occupy(writing, agenda, row["id"], starts, free_again)
        writing.execute(
            "UPDATE appointment SET agenda = ?, starts = ?, ends = ?, free_again = ?, moved_at = ?, sequence = sequence + 1 WHERE id = ?",
            (
                agenda,
                int(starts.timestamp()),
                int(ends.timestamp()),
                int(free_again.timestamp()),
                int(at.timestamp()),
                row["id"],
            ),
        )
        if row["state"] == "booked":
            mails.moved(writing, place, ref, sender_name=sender_name, host=host, at=at)
            if by == "customer":
                mails.tell_business(writing, place, ref, what="moved", sender_name=sender_name, at=at)


def cancel(
    database: Database, place: Business, ref: str, *, by: str, at: datetime, sender_name: str = "", host: str = ""
) -> None:
    """Its time is free again; it stays in the history, and counts. Raises Refused("over") when it is not booked."""
    with database.writing() as writing:
        row = writing.execute("SELECT * FROM appointment WHERE account = ? AND ref = ?", (place.ref, ref)).fetchone()
        if row is None or row["state"] != "booked":
            raise Refused("over")
        writing.execute("DELETE FROM occupied WHERE appointment = ?", (row["id"],))
        writing.execute(
            "UPDATE appointment SET state = 'canceled', canceled_at = ?, canceled_by = ?, sequence = sequence + 1 WHERE id = ?",
            (int(at.timestamp()), by, row["id"]),
        )
        mails.canceled(writing, place, ref, sender_name=sender_name, host=host, at=at)
        if by == "customer":
            mails.tell_business(writing, place, ref, what="canceled", sender_name=sender_name, at=at)


def mark_missed(database: Database, place: Business, ref: str, *, missed: bool, at: datetime) -> None:
    """The customer did not come, or did after all. Raises Refused("not-yet") before it begins, Refused("over") when it is canceled."""
    with database.writing() as writing:
        row = writing.execute("SELECT * FROM appointment WHERE account = ? AND ref = ?", (place.ref, ref)).fetchone()
        if row is None or row["state"] not in ("booked", "missed"):
            raise Refused("over")
        if row["starts"] > at.timestamp():
            raise Refused("not-yet")
        writing.execute("UPDATE appointment SET state = ? WHERE id = ?", ("missed" if missed else "booked", row["id"]))


def delete(database: Database, platform: Platform, place: Business, ref: str, *, at: datetime) -> None:
    """It is gone, with its place among those that count."""
    with database.writing() as writing:
        row = writing.execute("SELECT * FROM appointment WHERE account = ? AND ref = ?", (place.ref, ref)).fetchone()
        if row is None:
            raise Refused("over")
        writing.execute("DELETE FROM appointment WHERE id = ?", (row["id"],))
        counting.owe_deletion(writing, row, at)
    counting.pay(database, platform, at)


def parse_day(text: str, otherwise: date) -> date:
    """2026-08-03, or the other one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def parse_hours(starts: str, ends: str) -> Hours:
    """Two times of day such as 09:00. Raises Refused("hours")."""
    try:
        begin, end = time.fromisoformat(starts), time.fromisoformat(ends)
    except ValueError:
        raise Refused("hours") from None
    last = end.hour * 60 + end.minute
    return Hours(begin.hour * 60 + begin.minute, last or 1440)


def parse_moment(text: str) -> datetime:
    """A moment as forms carry it: seconds since 1970. Raises Refused("taken")."""
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused("taken") from None


def _occupy(writing: sqlite3.Connection, agenda: int, appointment: int, starts: datetime, free_again: datetime) -> None:
    try:
        writing.executemany(
            "INSERT INTO occupied (agenda, slot, appointment) VALUES (?, ?, ?)",
            [(agenda, slot, appointment) for slot in slots_of(starts, free_again)],
        )
    except sqlite3.IntegrityError:
        raise Refused("taken") from None


def _coming(database: Database, account: str, mail: str, at: datetime) -> int:
    return database.number(
        "SELECT count(*) FROM appointment a JOIN customer c ON c.id = a.customer"
        " WHERE a.account = ? AND c.mail = ? AND a.state = 'booked' AND a.starts > ?",
        account, mail, int(at.timestamp()),
    )  # fmt: skip


def _customer(writing: sqlite3.Connection, account: str, person: Person, at: datetime) -> int:
    """The customer with that address, else a new one. What somebody types on the public page changes no name that is there."""
    if person.mail:
        row = writing.execute(
            "SELECT id, phone FROM customer WHERE account = ? AND mail = ?", (account, person.mail)
        ).fetchone()
        if row is not None:
            if person.phone and not row["phone"]:
                writing.execute("UPDATE customer SET phone = ? WHERE id = ?", (person.phone, row["id"]))
            return int(row["id"])
    made = writing.execute(
        "INSERT INTO customer (account, name, mail, phone, language, consented_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            account, person.name, person.mail, person.phone, person.language, int(at.timestamp()) if person.consented else None,
            int(at.timestamp()),
        ),
    ).lastrowid  # fmt: skip
    return int(made or 0)
