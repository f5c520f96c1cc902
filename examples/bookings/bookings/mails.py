"""What is written to customers and to the business: put into the outbox with what caused it, so that no mail is lost and none is sent
for what was rolled back; handed over by `deliver`."""

from __future__ import annotations

import json
import smtplib
import sqlite3
import urllib.request
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid

from itsdangerous import BadSignature, URLSafeSerializer

from bookings import feed
from bookings.business import Business
from bookings.database import Database
from bookings.i18n import Words
from bookings.settings import Settings

TRIES = 8
AGAIN_SECONDS = 60


class Links:
    """Addresses of one's own appointment, signed: whoever has the mail can cancel and move it."""

    def __init__(self, settings: Settings) -> None:
        self._scheme = settings.scheme
        self._signer = URLSafeSerializer(settings.secret, salt="appointment")

    def token(self, ref: str) -> str:
        """What stands in the address."""
        return str(self._signer.dumps(ref))

    def ref(self, token: str) -> str | None:
        """The appointment's reference; None when nobody has signed that."""
        try:
            found = self._signer.loads(token)
        except BadSignature:
            return None
        return found if isinstance(found, str) else None

    def address(self, host: str, account: str, ref: str) -> str:
        """The whole address, for a mail."""
        return f"{self._scheme}://{host}/bookings/{account}/appointment/{self.token(ref)}"


#: Set once by `web.app.create_app`: the mails' links need the secret of the installation.
links: Links | None = None

_SELECT = """
    SELECT a.*, s.name AS service_name, c.name AS customer_name, c.mail AS mail, c.phone AS customer_phone, g.name AS agenda_name
    FROM appointment a JOIN agenda g ON g.id = a.agenda LEFT JOIN service s ON s.id = a.service LEFT JOIN customer c ON c.id = a.customer
    WHERE a.ref = ?
"""


def confirm(
    writing: sqlite3.Connection, place: Business, ref: str, *, sender_name: str, host: str, at: datetime
) -> None:
    """It is booked: what, when, where, and how to change it; with an entry for the customer's calendar."""
    _to_customer(writing, place, ref, "confirmed", sender_name=sender_name, host=host, at=at)


def moved(writing: sqlite3.Connection, place: Business, ref: str, *, sender_name: str, host: str, at: datetime) -> None:
    """It has another time now."""
    _to_customer(writing, place, ref, "moved", sender_name=sender_name, host=host, at=at)


def canceled(
    writing: sqlite3.Connection, place: Business, ref: str, *, sender_name: str, host: str, at: datetime
) -> None:
    """It does not take place."""
    _to_customer(writing, place, ref, "canceled", sender_name=sender_name, host=host, at=at)


def remind(
    writing: sqlite3.Connection, place: Business, ref: str, *, sender_name: str, host: str, at: datetime
) -> None:
    """It is soon."""
    _to_customer(writing, place, ref, "reminder", sender_name=sender_name, host=host, at=at)


def remind_by_text(writing: sqlite3.Connection, place: Business, row: sqlite3.Row, *, at: datetime) -> None:
    """The same in one text message."""
    words = Words(row["language"] or place["language"], place["zone"])
    body = words.say(
        "%(business)s: your appointment is on %(when)s.", business=place["name"],
        when=f"{words.short_day(row['starts'])}, {words.time(row['starts'])}",
    )  # fmt: skip
    writing.execute(
        "INSERT INTO outbox (account, kind, recipient, body, customer, next_at) VALUES (?, 'text', ?, ?, ?, ?)",
        (place.ref, row["customer_phone"], body, row["customer"], int(at.timestamp())),
    )


def _sentences(words: Words, business: str) -> dict[str, tuple[str, str]]:
    """Of each mail the subject and the first sentence."""
    return {
        "confirmed": (
            words.say("Your appointment: %(business)s", business=business),
            words.say("Your appointment is confirmed."),
        ),
        "moved": (
            words.say("Another time: %(business)s", business=business),
            words.say("Your appointment has another time now."),
        ),
        "canceled": (
            words.say("Canceled: %(business)s", business=business),
            words.say("Your appointment is canceled."),
        ),
        "reminder": (
            words.say("Reminder: %(business)s", business=business),
            words.say("This is a reminder of your appointment."),
        ),
    }


def _to_customer(
    writing: sqlite3.Connection, place: Business, ref: str, what: str, *, sender_name: str, host: str, at: datetime
) -> None:
    row = writing.execute(_SELECT, (ref,)).fetchone()
    if row is None or not row["mail"]:
        return
    words = Words(row["language"] or place["language"], place["zone"])
    name = place["name"]
    subject, first = _sentences(words, name)[what]
    lines = [words.say("Hello %(name)s,", name=row["customer_name"]), "", first, "", *_facts(words, place, row), ""]
    address = (
        links.address(host or place["host"], place.ref, ref) if links is not None and (host or place["host"]) else ""
    )
    if what != "canceled" and address:
        lines += [words.say("To move or cancel it:"), address, ""]
    contact = " · ".join(each for each in (place["contact_phone"], place["contact_mail"]) if each)
    lines += [name, *([contact] if contact else [])]
    calendar = feed.one(place, row, canceled=what == "canceled") if what != "reminder" else ""
    _queue(
        writing, place, recipient=row["mail"], sender_name=sender_name or name, reply_to=place["contact_mail"], subject=subject,
        body="\n".join(lines), calendar=calendar, customer=row["customer"], at=at,
    )  # fmt: skip


def tell_business(
    writing: sqlite3.Connection, place: Business, ref: str, *, what: str, sender_name: str, at: datetime
) -> None:
    """Somebody has booked, moved or canceled by themselves: to the mailbox of the business, if it has named one."""
    row = writing.execute(_SELECT, (ref,)).fetchone()
    if row is None or not place["contact_mail"]:
        return
    words = Words(place["language"], place["zone"])
    subject = {
        "made": words.say("New appointment: %(name)s", name=row["customer_name"]),
        "moved": words.say("Appointment moved: %(name)s", name=row["customer_name"]),
        "canceled": words.say("Appointment canceled: %(name)s", name=row["customer_name"]),
    }[what]
    reach = [each for each in (row["mail"], row["customer_phone"]) if each]
    _queue(
        writing, place, recipient=place["contact_mail"], sender_name=sender_name or place["name"], reply_to=row["mail"] or "",
        subject=subject, body="\n".join([*_facts(words, place, row), row["customer_name"], *reach]), calendar="",
        customer=row["customer"], at=at,
    )  # fmt: skip


def _facts(words: Words, place: Business, row: sqlite3.Row) -> list[str]:
    with_whom = [] if row["agenda_name"] == place["name"] else [row["agenda_name"]]
    return [each for each in (row["service_name"], words.when(row["starts"]), *with_whom, place["place"]) if each]


def _queue(
    writing: sqlite3.Connection, place: Business, *, recipient: str, sender_name: str, reply_to: str, subject: str, body: str,
    calendar: str,
    customer: int | None, at: datetime,
) -> None:  # fmt: skip
    writing.execute(
        "INSERT INTO outbox (account, kind, recipient, sender_name, reply_to, subject, body, calendar, customer, next_at)"
        " VALUES (?, 'mail', ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            place.ref,
            recipient,
            _line(sender_name),
            reply_to,
            _line(subject),
            body,
            calendar,
            customer,
            int(at.timestamp()),
        ),
    )


def _line(text: str) -> str:
    """A header is one line, whatever somebody has typed."""
    return " ".join(text.split())


def deliver(database: Database, settings: Settings, at: datetime) -> int:
    """Hand over what is due; how many. What is refused is tried again, later each time, eight times."""
    due = database.rows(
        "SELECT * FROM outbox WHERE done_at IS NULL AND next_at <= ? ORDER BY next_at LIMIT 100", int(at.timestamp())
    )
    sent = 0
    for row in due:
        with database.writing() as writing:  # whoever comes between sees that it is on its way
            later = int(at.timestamp()) + AGAIN_SECONDS * 2 ** row["tries"]
            taken = writing.execute(
                "UPDATE outbox SET tries = tries + 1, next_at = ? WHERE id = ? AND done_at IS NULL AND tries = ?",
                (later, row["id"], row["tries"]),
            ).rowcount
        if not taken:
            continue
        try:
            (_send_mail if row["kind"] == "mail" else _send_text)(settings, row)
            error = ""
        except (OSError, ValueError, smtplib.SMTPException) as fault:
            error = f"{type(fault).__name__}: {fault}"[:300]
        over = not error or row["tries"] + 1 >= TRIES
        with database.writing() as writing:
            writing.execute(
                "UPDATE outbox SET error = ?, done_at = ? WHERE id = ?",
                (error, int(at.timestamp()) if over else None, row["id"]),
            )
        sent += not error
    return sent


def _send_mail(settings: Settings, row: sqlite3.Row) -> None:
    message = EmailMessage()
    user, _, domain = settings.mail_from.rpartition("@")
    message["From"] = Address(row["sender_name"], user, domain)
    message["To"] = row["recipient"]
    message["Subject"] = row["subject"]
    message["Message-ID"] = make_msgid(idstring=f"outbox-{row['id']}", domain=domain)
    message["Auto-Submitted"] = "auto-generated"
    if row["reply_to"]:
        message["Reply-To"] = row["reply_to"]
    message.set_content(row["body"])
    if row["calendar"]:
        message.add_attachment(
            row["calendar"].encode(), maintype="text", subtype="calendar", filename="appointment.ics"
        )
    host, _, port = settings.smtp.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=20) as server:
        server.send_message(message)


def _send_text(settings: Settings, row: sqlite3.Row) -> None:
    """By a gateway that takes `{"to", "text", "id"}` as JSON; where there is none, into a file beside the database."""
    told = json.dumps({"to": row["recipient"], "text": row["body"], "id": f"text-{row['id']}"})
    if not settings.text_gateway:
        with (settings.folder / "text-messages.jsonl").open("a", encoding="utf-8") as file:
            file.write(told + "\n")
        return
    if not settings.text_gateway.startswith(("https://", "http://")):
        raise ValueError("BOOKINGS_TEXT_GATEWAY is no address")
    request = urllib.request.Request(  # noqa: S310  # the operator's own address, of http or https
        settings.text_gateway, data=told.encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20):  # noqa: S310  # the same
        pass
