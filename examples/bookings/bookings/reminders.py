"""Reminders before an appointment: by mail, and by text message where the plan has them and there is room."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bookings import business, mails
from bookings.business import Business
from bookings.database import Database
from bookings.platform import TEXT_MESSAGES, Platform, Unreachable


def send_due(database: Database, platform: Platform, at: datetime) -> int:
    """Put the reminders that are due into the outbox, each once for each time that an appointment has; how many.

    A text message is counted before it goes. Where there is no room for one more, or the plan has none, it goes by mail instead.
    """
    done = 0
    for kind, column in (("mail", "mail_hours"), ("text", "text_hours")):
        rows = database.rows(
            f"SELECT a.*, c.mail, c.phone AS customer_phone, c.name AS customer_name FROM appointment a"  # noqa: S608  # of two names
            f" JOIN account p ON p.ref = a.account JOIN customer c ON c.id = a.customer"
            f" WHERE a.state = 'booked' AND p.state = 'open' AND p.{column} > 0 AND a.starts > ? AND a.starts <= ? + p.{column} * 3600"
            # Who has booked within those hours knows it.
            f" AND a.made_at < a.starts - p.{column} * 3600"
            " AND NOT EXISTS (SELECT 1 FROM reminder r WHERE r.appointment = a.id AND r.kind = ? AND r.starts = a.starts) LIMIT 200",
            int(at.timestamp()), int(at.timestamp()), kind,
        )  # fmt: skip
        for row in rows:
            done += _remind(database, platform, row, kind, at)
    return done


def _remind(database: Database, platform: Platform, row: sqlite3.Row, kind: str, at: datetime) -> int:
    place = business.find(database, row["account"])
    if place is None:
        return 0
    by_text = False
    if kind == "text" and row["customer_phone"] and platform.feature(place.ref, "text_messages"):
        try:
            # The id is the reminder's own: asked again after a crash, it is counted once.
            by_text = platform.consume(place.ref, TEXT_MESSAGES, id=f"{row['ref']}:text:{row['starts']}")
        except Unreachable:
            return 0  # at the next round; better late than uncounted
    sender = platform.brand(place["host"]).sender_name
    with database.writing() as writing:
        new = writing.execute(
            "INSERT OR IGNORE INTO reminder (appointment, kind, starts, made_at) VALUES (?, ?, ?, ?)",
            (row["id"], kind, row["starts"], int(at.timestamp())),
        ).rowcount
        if not new:
            return 0
        if by_text:
            mails.remind_by_text(writing, place, row, at=at)
        elif kind == "mail" or not _reminded_by_mail(place):
            mails.remind(writing, place, row["ref"], sender_name=sender, host="", at=at)
    return 1


def _reminded_by_mail(place: Business) -> bool:
    """Whether a mail goes anyway, so that none has to stand in for a text message."""
    return bool(place["mail_hours"] > 0)
