"""Handing mail to a server by SMTP. Knows when an answer is missing: that is a state of its own, not a failure."""

from __future__ import annotations

import re
import select
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.validators import EmailValidator

from sublet.core.hosts import to_ascii
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
_NO_ADDRESS = re.compile("[\x00- <>]")


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
    make: Callable[[], EmailMultiAlternatives] | None = None  # the same, for a gateway that writes the message itself


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
            sender, recipient = written_address(envelope.sender), written_address(envelope.recipient)
        except ValueError as fault:
            raise Refused(f"the address cannot be written: {fault}") from fault
        try:
            # Not by `mail` and `rcpt`, which read again into names and comments what is an address already.
            _expect(smtp.docmd("MAIL", f"FROM:<{sender}>"), 250, of_sender=True)
            _expect(smtp.docmd("RCPT", f"TO:<{recipient}>"), 250, 251)
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


@lru_cache(maxsize=2048)
def written_address(address: str) -> str:
    """The address in ASCII: its domain in A-labels. Raises ValueError for a local part that RFC 5321 does not know."""
    local, at, domain = address.rpartition("@")
    # Whatever else stands before the @ may reach somebody else: "a,b@example.test" is read as "a" by some.
    if not at or not EmailValidator.user_regex.fullmatch(local) or _NO_ADDRESS.search(address):
        raise ValueError("only letters, digits and !#$%&'*+-/=?^_`{}|~. of the ASCII alphabet can stand before the @")
    return f"{local}@{to_ascii(domain)}"


def _dotted(message: bytes) -> bytes:
    """The message with lines ended by CRLF and leading dots doubled (RFC 5321 4.5.2), without the closing dot."""
    text = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").replace(b"\n.", b"\n..")
    return (b"." if text.startswith(b".") else b"") + text.replace(b"\n", b"\r\n") + b"\r\n"


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
    "gateway",
    "greet",
    "written_address",
]
