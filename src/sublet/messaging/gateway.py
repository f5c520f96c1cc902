"""Handing mail to a server by SMTP. Knows when an answer is missing: that is a state of its own, not a failure."""

from __future__ import annotations

import select
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from email.charset import QP, Charset
from email.utils import quote
from typing import Protocol
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.validators import EmailValidator

from sublet.core.hosts import to_ascii
from sublet.messaging.attachments import Attachment
from sublet.messaging.lines import (
    BUSY,
    LINES,
    MAIL_PORTS,
    SENDER,
    TIMEOUT_SECONDS,
    Line,
    NotReached,
    Place,
    TryLater,
    opened,
)

#: How long a person who asks whether the server answers is kept waiting.
GREETING_SECONDS = 5.0
#: For the one answer that matters: servers scan the message before they give it (RFC 5321 4.5.3.2.6 asks for 600).
LAST_TIMEOUT_SECONDS = 300.0


class Refused(Exception):
    """The server said no for good, or the mail cannot be written down; nothing was handed over.

    `why`: ``sender`` when it takes no mail from this sender at all.
    """

    def __init__(self, words: str, why: str = "") -> None:
        super().__init__(words)
        self.why = why
        self.cuts = False  # it came in the middle of the message


class Unknown(Exception):
    """The connection ended after the end of the message went out and before the answer came."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message as it goes out: addresses and bytes, none of them above 127."""

    sender: str
    recipient: str
    message: bytes
    mail: EmailMultiAlternatives | None = None  # the same, for a gateway that writes the message itself


class MailGateway(Protocol):
    """Where mail goes."""

    def hand_over(
        self, envelope: Envelope, *, before_end: Callable[[], None], meanwhile: Callable[[], None] | None = None
    ) -> str:
        """Send one message; returns the server's answer. Raises TryLater (NotReached), Refused or Unknown.

        Calls `before_end` when the whole message has gone out but for the dot that ends it. Until then no server may
        deliver anything, whatever happens to this process; from then on it may. May call `meanwhile` while the server
        thinks about its answer.
        """
        ...


def _place() -> Place:
    table = settings.SUBLET
    return Place(
        host=table.text("SUBLET_SMTP_HOST"),
        port=table.integer("SUBLET_SMTP_PORT"),
        tls=table.text("SUBLET_SMTP_TLS"),
        user=table.text("SUBLET_SMTP_USER"),
        password=table.text("SUBLET_SMTP_PASSWORD"),
        name=table.text("SUBLET_MAIL_FROM").rpartition("@")[2],  # not this machine's: headers show it to recipients
    )


class SmtpGateway:
    """A mail server: that of the settings, or that of `place`. Its connection is kept for the next mail (`lines`)."""

    def __init__(self, place: Place | None = None) -> None:
        self._of = place

    def hand_over(
        self, envelope: Envelope, *, before_end: Callable[[], None], meanwhile: Callable[[], None] | None = None
    ) -> str:
        line = LINES.take(self._of or _place())
        try:
            try:
                self._begin(line, envelope)
            except NotReached:
                if not line.mails:
                    raise
                # It was kept, and the server has hung up: nothing of this mail can have been taken.
                line.drop()
                line = opened(line.place)
                self._begin(line, envelope)
            before_end()
            answer = self._end(line, meanwhile)
        except Refused as fault:
            self._keep(line, after=fault)
            raise
        except BaseException:
            line.drop()  # without the dot: the server drops what it has
            raise
        LINES.put_back(line)
        return answer

    def greet(self) -> None:
        """Connect, say EHLO, log in where that is asked for, and leave. Raises NotReached."""
        opened(self._of or _place(), timeout=GREETING_SECONDS).leave()

    def _begin(self, line: Line, envelope: Envelope) -> None:
        """Everything but the dot."""
        smtp = line.smtp
        if smtp.sock is not None:
            smtp.sock.settimeout(TIMEOUT_SECONDS)
        try:
            sender, recipient = _written(envelope.sender), _written(envelope.recipient)
        except ValueError as fault:
            raise Refused(f"the address cannot be written: {fault}") from fault
        try:
            _expect(smtp.mail(sender), 250, of_sender=True)
            _expect(smtp.rcpt(recipient), 250, 251)
            _expect(smtp.docmd("DATA"), 354)
            smtp.send(_dotted(envelope.message))
            self._listen(smtp)
        except (OSError, smtplib.SMTPException) as fault:
            raise NotReached(str(fault)) from fault

    def _end(self, line: Line, meanwhile: Callable[[], None] | None) -> str:
        """The dot, and what the server says to it. Raises Unknown when it says nothing."""
        smtp = line.smtp
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(LAST_TIMEOUT_SECONDS)
            smtp.send(b".\r\n")
            if meanwhile is not None:
                meanwhile()
            answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as fault:
            raise Unknown(str(fault)) from fault
        _expect(answer, 250)
        return _said(answer[1])

    def _keep(self, line: Line, *, after: Refused) -> None:
        """A server that has refused one mail takes the next; one that is in the middle of a message does not."""
        try:
            good = not after.cuts and line.smtp.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            good = False
        if good:
            LINES.put_back(line)
        else:
            line.drop()

    def _listen(self, smtp: smtplib.SMTP) -> None:
        """A server that speaks before the end of the message, or hangs up, has not taken it: that is known for sure."""
        if smtp.sock is None or not select.select([smtp.sock], [], [], 0)[0]:
            return
        answer = smtp.getreply()
        try:
            _expect(answer)
        except Refused as fault:
            fault.cuts = True
            raise
        raise TryLater(f"{answer[0]} before the end of the message")


def _expect(answer: tuple[int, bytes], *good: int, of_sender: bool = False) -> None:
    code, words = answer
    if code in good:
        return
    text = f"{code} {_said(words)}"[:500]
    if 500 <= code < 600:
        raise Refused(text, SENDER if of_sender else "")
    if code == 421 or of_sender:
        raise NotReached(text, BUSY)  # it takes nothing from anybody now
    raise TryLater(text)


def _said(words: bytes) -> str:
    """What a server said. Without NUL, which PostgreSQL cannot keep: a mail that it has taken would end as unknown."""
    return words.decode("utf-8", "replace").replace("\x00", "\ufffd")[:500]


def _written(address: str) -> str:
    """The address in ASCII: its domain in A-labels. Raises ValueError for a local part that RFC 5321 does not know."""
    local, at, domain = address.rpartition("@")
    # Whatever else stands before the @ reaches somebody else: smtplib reads "a,b@example.test" as "a" on Python 3.11.
    if not at or not EmailValidator.user_regex.fullmatch(local) or any(c <= " " or c in "<>" for c in address):
        raise ValueError("only letters, digits and !#$%&'*+-/=?^_`{}|~. of the ASCII alphabet can stand before the @")
    return f"{local}@{to_ascii(domain)}"


def _named(name: str, address: str) -> str:
    """``"Name" <address>``. Django encodes the name into words short enough for every server."""
    return f'"{quote(name)}" <{_written(address)}>' if name else _written(address)


def _dotted(message: bytes) -> bytes:
    """The message with lines ended by CRLF and leading dots doubled (RFC 5321 4.5.2), without the closing dot."""
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines and lines[-1] == b"":
        lines.pop()
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n"


def _seven_bit() -> Charset:
    """UTF-8 written so that every server takes it: quoted-printable, short lines, nothing above 127."""
    charset = Charset("utf-8")
    charset.body_encoding = QP
    return charset


def compose(
    *,
    subject: str,
    text: str,
    html: str,
    from_name: str,
    from_email: str,
    to_name: str,
    to_email: str,
    reply_to: str,
    message_id: str,
    language: str,
    return_to: str = "",
    unsubscribe: str = "",
    attached: Attachment | None = None,
) -> Envelope:
    """The message's bytes, by Django's own mail classes, which refuse line breaks in headers.

    `return_to` is where it comes back to if it does not arrive; otherwise the address of From. `unsubscribe`: where its reader
    leaves that kind of mail by one click (RFC 8058). `attached`: the file that goes with it.
    Raises ValueError for what cannot stand in a header.
    """
    headers = {"Message-ID": message_id, "Content-Language": language, "Auto-Submitted": "auto-generated"}
    if unsubscribe:
        headers |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=_named(from_name, from_email),
        to=[_named(to_name, to_email)],
        reply_to=[_written(reply_to)] if reply_to else None,
        headers=headers,
    )
    mail.encoding = _seven_bit()
    mail.attach_alternative(html, "text/html")
    if attached is not None:
        mail.attach(attached.name, attached.content, attached.media)
    message = mail.message()
    # Otherwise the standard library looks for one that does not occur, by a pattern of its own for each mail. Quoted-printable
    # writes no "=_".
    message.set_boundary(f"=_{uuid4().hex}")
    # An address is one word, and is folded after the name alone: a first line without anything is not read everywhere.
    written = message.as_bytes().replace(b"\nList-Unsubscribe: \n <", b"\nList-Unsubscribe: <", 1)
    return Envelope(sender=return_to or from_email, recipient=to_email, message=written, mail=mail)


_gateway: MailGateway = SmtpGateway()


def gateway() -> MailGateway:
    """The gateway in use."""
    return _gateway


def greet() -> None:
    """Ask the mail server of the settings whether it answers. Raises NotReached."""
    SmtpGateway().greet()


__all__ = [
    "MAIL_PORTS",
    "Envelope",
    "MailGateway",
    "NotReached",
    "Place",
    "Refused",
    "SmtpGateway",
    "TryLater",
    "Unknown",
    "compose",
    "gateway",
    "greet",
]
