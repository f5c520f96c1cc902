"""A real mail server for tests, in this process: keeps what it accepts, and misbehaves when told to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP as PARSED

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sublet.demo.ports import free_port
from sublet.messaging.lines import LINES


@dataclass
class Kept:
    """A message as it arrived."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The message, parsed by the modern rules."""
        found: Message = message_from_bytes(self.content, policy=PARSED)
        assert isinstance(found, EmailMessage)
        return found

    def part(self, kind: str) -> str:
        """The text of the part ``text/<kind>``."""
        for part in self.message.walk():
            if part.get_content_type() == f"text/{kind}":
                assert isinstance(part, EmailMessage)
                return str(part.get_content())
        raise AssertionError(f"there is no part text/{kind}")


@dataclass
class MailServer:
    """`kept` is what was accepted. `answers` are given, in order, instead of taking: ``("rcpt", "550 no")``.

    ``("data", …)`` answers after the message; with ``cut`` the message is kept and the line goes dead without an answer,
    with ``drop`` the line goes dead in the middle of the message. `pause` is how many seconds it thinks about a message:
    half of them before it keeps it, half of them before it says so.
    """

    port: int
    kept: list[Kept] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    pause: float = 0.0

    def _next(self, step: str) -> str:
        if self.answers and self.answers[0][0] == step:
            return self.answers.pop(0)[1]
        return ""

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self._next("mail") or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._next("rcpt")
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.pause / 2)
        answer = self._next("data")
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        if not answer or answer == "cut":
            self.kept.append(Kept(str(envelope.mail_from), envelope.rcpt_tos[0], content))
        await asyncio.sleep(self.pause / 2)
        if answer == "cut":
            _abort(server)
            return "250 never seen"
        return answer or f"250 kept as {len(self.kept)}"


def _abort(server: SMTP) -> None:
    """Let the line go dead."""
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


class _Server(SMTP):
    """Answers DATA itself with a refusal when told to; EHLO names are written down."""

    async def smtp_EHLO(self, hostname: str) -> None:
        self.event_handler.lines.append(hostname)
        await super().smtp_EHLO(hostname)

    async def smtp_DATA(self, arg: str) -> None:
        answer = self.event_handler._next("before-data")
        if answer == "drop":
            await self.push("354 go on")
            _abort(self)
        elif answer:
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, data_size_limit=10_000_000)


@contextmanager
def mail_server(port: int = 0) -> Iterator[MailServer]:
    """Within: a server on 127.0.0.1."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    server = MailServer(port=port or free_port())
    controller = _Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        LINES.close()
        controller.stop()
