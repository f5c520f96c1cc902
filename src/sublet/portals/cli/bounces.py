"""`sublet bounces`: takes mail that did not arrive, by SMTP or LMTP from the operator's mail server."""

from __future__ import annotations

import argparse
import logging
import time

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP

from sublet.foundation.loading import load

#: A message that is larger is refused for good: ours are small, and a report holds one of ours at the most.
LARGEST = 10 * 1024 * 1024
#: A report comes back to one address.
MOST_RECIPIENTS = 20
_log = logging.getLogger(__name__)


def run(arguments: argparse.Namespace) -> int:
    """Listen until Ctrl-C."""
    load()
    from django.conf import settings

    where = settings.SUBLET.text("SUBLET_BOUNCE_BIND")
    controllers = [listening(where, Controller)]
    by_lmtp = settings.SUBLET.text("SUBLET_BOUNCE_LMTP")
    if by_lmtp:
        controllers.append(listening(by_lmtp, LmtpController))
        where = f"{where}, and by LMTP at {by_lmtp}"
    for controller in controllers:
        controller.start()
    print(f"Taking mail that did not arrive at {where}. Ctrl-C ends it.", flush=True)
    try:
        while True:
            time.sleep(3600)
    finally:
        for controller in controllers:
            controller.stop()


def listening(where: str, kind: type[Controller]) -> Controller:
    """A server for that address, not started."""
    host, _colon, port = where.rpartition(":")
    receiver = Receiver(by_lmtp=kind is LmtpController)
    return kind(receiver, hostname=host.strip("[]"), port=int(port), ident="mail", data_size_limit=LARGEST)


class LmtpController(Controller):
    """The same by LMTP (RFC 2033), in which each recipient has an answer of its own."""

    def factory(self) -> LMTP:
        """A server for one connection."""
        return LMTP(self.handler, **self.SMTP_kwargs)


class Receiver:
    """What the server does with each message: only return paths of ours exist, and what is confirmed is in the database."""

    def __init__(self, *, by_lmtp: bool = False) -> None:
        self.by_lmtp = by_lmtp

    async def handle_RCPT(
        self, server: object, session: object, envelope: object, address: str, options: object
    ) -> str:
        from sublet.messaging.bounces import mail_of

        if mail_of(address) is None:
            return "550 5.1.1 no such mailbox"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:  # type: ignore[attr-defined]  # of aiosmtpd, which has no types
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)  # type: ignore[attr-defined]  # as above
        return "250 OK"

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        from asgiref.sync import sync_to_async

        content: bytes = envelope.content  # type: ignore[attr-defined]  # as above
        answers = []
        for address in envelope.rcpt_tos:  # type: ignore[attr-defined]  # as above
            try:
                await sync_to_async(_keep, thread_sensitive=False)(address, content)
            except Closed:
                answers.append("451 4.3.2 not now")
            except Exception:
                # Whatever it is passes: aiosmtpd would refuse the report for good, and tell the stranger why.
                _log.exception("A message that came back could not be kept; the mail server is asked to come again.")
                answers.append("451 4.3.0 not now")
            else:
                answers.append("250 taken")
        if self.by_lmtp:
            return "\r\n".join(answers)
        return next((answer for answer in answers if answer != "250 taken"), "250 taken")


class Closed(Exception):
    """Maintenance is on: what is kept now could be lost in it, while the mail server that brings it keeps it for days."""


def _keep(address: str, content: bytes) -> None:
    from django.db import close_old_connections

    from sublet.accounts.queries import installation_actor
    from sublet.foundation.actor import CLI
    from sublet.foundation.clock import now
    from sublet.foundation.maintenance import maintenance_now
    from sublet.foundation.scope import platform_scope
    from sublet.messaging.returned import accept

    close_old_connections()
    try:
        if maintenance_now() is not None:
            raise Closed
        with platform_scope("mail that came back"):
            accept(address=address, raw=content, actor=installation_actor(name="Mail", via=CLI), at=now())
    finally:
        close_old_connections()
