"""The demo's mail server: takes every mail, keeps it as a file, delivers nothing."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class _Keeper:
    """Writes each message to a file of its own, named so that a listing is in the order of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.numbers = itertools.count(sum(1 for _ in folder.glob("*.eml")) + 1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        data = content if isinstance(content, bytes) else content.encode()
        to = "-".join("".join(c if c.isalnum() or c in "@.-" else "_" for c in rcpt) for rcpt in envelope.rcpt_tos)
        target = self.folder / f"{next(self.numbers):05d} {to[:80]}.eml"
        spare = target.with_suffix(".new")
        spare.write_bytes(data)
        os.replace(spare, target)
        return "250 kept"


def start_mailbox(folder: Path, port: int) -> Controller:
    """Start the server on loopback, in a thread of this process. `stop()` ends it."""
    controller = Controller(_Keeper(folder), hostname="127.0.0.1", port=port, ident="mailbox")
    controller.start()
    return controller
