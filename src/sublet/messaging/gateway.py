"""Handing mail to a server by SMTP. Knows when an answer is missing: that is a state of its own, not a failure."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

TIMEOUT_SECONDS = 20


class TryLater(Exception):
    """The server cannot be reached or says "not now"; nothing was handed over."""


class Refused(Exception):
    """The server said no for good; nothing was handed over."""


class Unknown(Exception):
    """The connection ended after the message went out and before the answer came."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message as it goes out: addresses and bytes."""

    sender: str
    recipient: str
    message: bytes


class MailGateway(Protocol):
    """Where mail goes."""

    def hand_over(self, envelope: Envelope, *, before_content: Callable[[], None]) -> str:
        """Send one message; returns the server's answer. Calls `before_content` when the recipient has been accepted and
        before the first byte of the message goes out. Raises TryLater, Refused or Unknown."""
        ...


class SmtpGateway:
    """The mail server of the settings."""

    def hand_over(self, envelope: Envelope, *, before_content: Callable[[], None]) -> str:
        smtp = self._connect()
        try:
            self._expect(smtp.mail(envelope.sender), 250)
            self._expect(smtp.rcpt(envelope.recipient), 250, 251)
            self._expect(smtp.docmd("DATA"), 354)
        except (OSError, smtplib.SMTPException) as fault:
            smtp.close()
            raise TryLater(str(fault)) from fault
        except (TryLater, Refused):
            smtp.close()
            raise
        before_content()
        try:
            smtp.send(_dotted(envelope.message))
            answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as fault:
            smtp.close()
            raise Unknown(str(fault)) from fault
        self._expect(answer, 250)
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()  # the message is with the server already; a rude good-bye changes nothing
        return answer[1].decode("utf-8", "replace")[:500]

    @staticmethod
    def _connect() -> smtplib.SMTP:
        table = settings.SUBLET
        host, port = table.text("SUBLET_SMTP_HOST"), table.integer("SUBLET_SMTP_PORT")
        tls = table.text("SUBLET_SMTP_TLS")
        name = table.text("SUBLET_MAIL_FROM").rpartition("@")[2]
        try:
            if tls == "tls":
                context = ssl.create_default_context()
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, name, timeout=TIMEOUT_SECONDS, context=context)
            else:
                smtp = smtplib.SMTP(host, port, name, timeout=TIMEOUT_SECONDS)
                if tls == "starttls":
                    smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if table.text("SUBLET_SMTP_USER"):
                smtp.login(table.text("SUBLET_SMTP_USER"), table.text("SUBLET_SMTP_PASSWORD"))
        except (OSError, smtplib.SMTPException) as fault:
            raise TryLater(str(fault)) from fault
        return smtp

    @staticmethod
    def _expect(answer: tuple[int, bytes], *good: int) -> None:
        code, words = answer
        if code in good:
            return
        text = f"{code} {words.decode('utf-8', 'replace')}"[:500]
        raise (Refused if 500 <= code < 600 else TryLater)(text)


def _dotted(message: bytes) -> bytes:
    """The message with lines ended by CRLF, leading dots doubled and the closing dot (RFC 5321 4.5.2)."""
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines and lines[-1] == b"":
        lines.pop()
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"


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
) -> Envelope:
    """The message's bytes, by Django's own mail classes, which refuse line breaks in headers."""
    from email.utils import formataddr

    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=formataddr((from_name, from_email)),
        to=[formataddr((to_name, to_email)) if to_name else to_email],
        reply_to=[reply_to] if reply_to else None,
        headers={"Message-ID": message_id, "Content-Language": language, "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(html, "text/html")
    return Envelope(sender=from_email, recipient=to_email, message=mail.message().as_bytes())


_gateway: MailGateway = SmtpGateway()


def gateway() -> MailGateway:
    """The gateway in use."""
    return _gateway
