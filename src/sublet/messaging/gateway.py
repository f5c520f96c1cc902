"""Handing mail to a server by SMTP. Knows when an answer is missing: that is a state of its own, not a failure."""

from __future__ import annotations

import select
import smtplib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from email.charset import QP, Charset
from email.utils import quote
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.validators import EmailValidator

from sublet.core.hosts import to_ascii
from sublet.foundation.outbound import connect_checked, trusting

TIMEOUT_SECONDS = 20.0
#: How long a person who asks whether the server answers is kept waiting.
GREETING_SECONDS = 5.0
#: For the one answer that matters: servers scan the message before they give it (RFC 5321 4.5.3.2.6 asks for 600).
LAST_TIMEOUT_SECONDS = 300.0


class TryLater(Exception):
    """The server cannot be reached or says "not now"; nothing was handed over."""


class Refused(Exception):
    """The server said no for good, or the mail cannot be written down; nothing was handed over."""


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

    def hand_over(self, envelope: Envelope, *, before_end: Callable[[], None]) -> str:
        """Send one message; returns the server's answer. Raises TryLater, Refused or Unknown.

        Calls `before_end` when the whole message has gone out but for the dot that ends it. Until then no server may
        deliver anything, whatever happens to this process; from then on it may.
        """
        ...


#: Ports at which a mail server that somebody has typed may be spoken to.
MAIL_PORTS = frozenset({25, 465, 587, 2465, 2525, 2587})


@dataclass(frozen=True, slots=True)
class Place:
    """A mail server. `name` is what it is greeted with. `typed`: by an account, so that it may lie on the internet only."""

    host: str
    port: int
    tls: str
    user: str
    password: str
    name: str
    typed: bool = False


class _CheckedSmtp(smtplib.SMTP):
    """Speaks only to addresses that `outbound` allows; the name goes into the check of the certificate."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connect_checked(host, port, ports=MAIL_PORTS, timeout=timeout)


class _CheckedSmtpTls(smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = connect_checked(host, port, ports=MAIL_PORTS, timeout=timeout)
        return self.context.wrap_socket(plain, server_hostname=host)


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
    """A mail server: that of the settings, or that of `place`."""

    def __init__(self, place: Place | None = None) -> None:
        self._of = place

    def hand_over(self, envelope: Envelope, *, before_end: Callable[[], None]) -> str:
        smtp = self._connect(self._of)
        try:
            return self._deliver(smtp, envelope, before_end)
        finally:
            smtp.close()  # without the dot: the server drops what it has

    def greet(self) -> None:
        """Connect, say EHLO, log in where that is asked for, and leave. Raises TryLater."""
        smtp = self._connect(self._of, timeout=GREETING_SECONDS)
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()

    def _deliver(self, smtp: smtplib.SMTP, envelope: Envelope, before_end: Callable[[], None]) -> str:
        if smtp.sock is not None:
            # The dot goes out by itself: without this it would wait 40 ms for the answer to what went before.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._expect(smtp.mail(_written(envelope.sender)), 250)
            self._expect(smtp.rcpt(_written(envelope.recipient)), 250, 251)
            self._expect(smtp.docmd("DATA"), 354)
            smtp.send(_dotted(envelope.message))
            self._listen(smtp)
        except (OSError, smtplib.SMTPException) as fault:
            raise TryLater(str(fault)) from fault
        except ValueError as fault:
            raise Refused(f"the address cannot be written: {fault}") from fault
        before_end()
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(LAST_TIMEOUT_SECONDS)
            smtp.send(b".\r\n")
            answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as fault:
            raise Unknown(str(fault)) from fault
        self._expect(answer, 250)
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            pass  # the message is with the server already; a rude good-bye changes nothing
        return answer[1].decode("utf-8", "replace")[:500]

    def _listen(self, smtp: smtplib.SMTP) -> None:
        """A server that speaks before the end of the message, or hangs up, has not taken it: that is known for sure."""
        if smtp.sock is None or not select.select([smtp.sock], [], [], 0)[0]:
            return
        answer = smtp.getreply()
        self._expect(answer)
        raise TryLater(f"{answer[0]} before the end of the message")

    @staticmethod
    def _connect(place: Place | None = None, timeout: float = TIMEOUT_SECONDS) -> smtplib.SMTP:
        place = place or _place()
        plain, safe = (_CheckedSmtp, _CheckedSmtpTls) if place.typed else (smtplib.SMTP, smtplib.SMTP_SSL)
        smtp: smtplib.SMTP | None = None
        try:
            if place.tls == "tls":
                context = trusting()
                smtp = safe(place.host, place.port, place.name, timeout=timeout, context=context)
            else:
                smtp = plain(place.host, place.port, place.name, timeout=timeout)
                if place.tls == "starttls":
                    smtp.starttls(context=trusting())
            smtp.ehlo_or_helo_if_needed()
            if place.user:
                smtp.login(place.user, place.password)
        except (OSError, smtplib.SMTPException, ValueError) as fault:
            if smtp is not None:
                smtp.close()
            raise TryLater(str(fault)) from fault
        return smtp

    @staticmethod
    def _expect(answer: tuple[int, bytes], *good: int) -> None:
        code, words = answer
        if code in good:
            return
        text = f"{code} {words.decode('utf-8', 'replace')}"[:500]
        raise (Refused if 500 <= code < 600 else TryLater)(text)


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
) -> Envelope:
    """The message's bytes, by Django's own mail classes, which refuse line breaks in headers.

    `return_to` is where it comes back to if it does not arrive; otherwise the address of From.
    Raises ValueError for what cannot stand in a header.
    """
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=_named(from_name, from_email),
        to=[_named(to_name, to_email)],
        reply_to=[_written(reply_to)] if reply_to else None,
        headers={"Message-ID": message_id, "Content-Language": language, "Auto-Submitted": "auto-generated"},
    )
    mail.encoding = _seven_bit()
    mail.attach_alternative(html, "text/html")
    return Envelope(sender=return_to or from_email, recipient=to_email, message=mail.message().as_bytes(), mail=mail)


_gateway: MailGateway = SmtpGateway()


def gateway() -> MailGateway:
    """The gateway in use."""
    return _gateway


def greet() -> None:
    """Ask the mail server of the settings whether it answers. Raises TryLater."""
    SmtpGateway().greet()
