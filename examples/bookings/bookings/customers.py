"""The people who book, with their history."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bookings.appointments import SELECT
from bookings.business import Refused
from bookings.database import Database

PAGE = 50


def listed(database: Database, account: str, *, words: str = "", page: int = 1) -> tuple[list[sqlite3.Row], bool]:
    """A page of customers by name, and whether more follow; `words`: a part of name, mail or phone."""
    like = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    rows = database.rows(
        "SELECT c.*, count(a.id) AS appointments, max(a.starts) AS last FROM customer c LEFT JOIN appointment a ON a.customer = c.id"
        " WHERE c.account = ? AND (c.name LIKE ? ESCAPE '!' OR c.mail LIKE ? ESCAPE '!' OR c.phone LIKE ? ESCAPE '!')"
        " GROUP BY c.id ORDER BY c.name COLLATE NOCASE, c.id LIMIT ? OFFSET ?",
        account, like, like, like, PAGE + 1, (max(1, page) - 1) * PAGE,
    )  # fmt: skip
    return rows[:PAGE], len(rows) > PAGE


def find(database: Database, account: str, id: int) -> sqlite3.Row | None:
    """One customer."""
    return database.row("SELECT * FROM customer WHERE account = ? AND id = ?", account, id)


def history(database: Database, account: str, id: int) -> list[sqlite3.Row]:
    """All appointments of a customer, the newest first."""
    return database.rows(
        f"{SELECT} WHERE a.account = ? AND a.customer = ? ORDER BY a.starts DESC, a.id DESC", account, id
    )


def keep(
    database: Database, *, account: str, id: int | None, name: str, mail: str, phone: str, note: str, at: datetime
) -> int:
    """Add a customer or change one. Raises Refused("mail-taken") when another one has that address."""
    try:
        with database.writing() as writing:
            if id is None:
                made = writing.execute(
                    "INSERT INTO customer (account, name, mail, phone, note, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                    (account, name, mail, phone, note, int(at.timestamp())),
                ).lastrowid
                return int(made or 0)
            writing.execute(
                "UPDATE customer SET name = ?, mail = ?, phone = ?, note = ? WHERE account = ? AND id = ?",
                (name, mail, phone, note, account, id),
            )
            return id
    except sqlite3.IntegrityError:
        raise Refused("mail-taken") from None


def forget(database: Database, *, account: str, id: int, at: datetime) -> None:
    """Erase who it was; the appointments stay, of nobody. Raises Refused("coming") while one is to come."""
    with database.writing() as writing:
        coming = writing.execute(
            "SELECT 1 FROM appointment WHERE account = ? AND customer = ? AND state = 'booked' AND starts > ?",
            (account, id, int(at.timestamp())),
        ).fetchone()
        if coming:
            raise Refused("coming")
        writing.execute(
            "UPDATE appointment SET customer = NULL, note = '' WHERE account = ? AND customer = ?", (account, id)
        )
        # What was written to it, and of it to the business, goes with it.
        writing.execute("DELETE FROM customer WHERE account = ? AND id = ?", (account, id))
