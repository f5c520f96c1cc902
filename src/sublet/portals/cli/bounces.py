"""`sublet bounces`: takes mail that did not arrive, by SMTP from the operator's mail server."""

from __future__ import annotations

import argparse
import logging
import time

import django

#: A message that is larger is refused for good: ours are small, and a report holds one of ours at the most.
LARGEST = 10 * 1024 * 1024
#: A report comes back to one address.
MOST_RECIPIENTS = 20
_log = logging.getLogger(__name__)


def run(arguments: argparse.Namespace) -> int:
    """Listen until Ctrl-C."""
    django.setup()
    from aiosmtpd.controller import Controller
    from django.conf import settings

    host, _colon, port = settings.SUBLET.text("SUBLET_BOUNCE_BIND").rpartition(":")
    controller = Controller(
        Receiver(), hostname=host.strip("[]"), port=int(port), ident="mail", data_size_limit=LARGEST
    )
    controller.start()
    print(f"Taking mail that did not arrive at {host}:{port}. Ctrl-C ends it.", flush=True)
    try:
        while True:
            time.sleep(3600)
    finally:
        controller.stop()


class Receiver:
    """What the server does with each message: only return paths of ours exist, and what is confirmed is in the database."""

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
        try:
            for address in envelope.rcpt_tos:  # type: ignore[attr-defined]  # as above
                await sync_to_async(_keep, thread_sensitive=False)(address, content)
        except Exception:
            # Whatever it is passes: aiosmtpd would refuse the report for good, and tell the stranger why.
            _log.exception("A message that came back could not be kept; the mail server is asked to come again.")
            return "451 4.3.0 not now"
        return "250 taken"


def _keep(address: str, content: bytes) -> None:
    from django.db import close_old_connections

    from sublet.accounts.queries import installation_actor
    from sublet.foundation.actor import CLI
    from sublet.foundation.clock import now
    from sublet.foundation.scope import platform_scope
    from sublet.messaging.returned import accept

    close_old_connections()
    try:
        with platform_scope("mail that came back"):
            accept(address=address, raw=content, actor=installation_actor(name="Mail", via=CLI), at=now())
    finally:
        close_old_connections()
