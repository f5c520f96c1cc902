"""What the mails of this app are (`messaging.kinds`)."""

from __future__ import annotations

from sublet.core.tree import MOVES
from sublet.messaging.kinds import MailKind
from sublet.messaging.worded import Value

WHATS = ("asked", "agreed", "declined", "taken-back", "lapsed", "stopped", "done")


def _example(what: str, kind: str) -> dict[str, Value]:
    return {
        "what": what,
        "kind": kind,
        "name": "Ada Adams",
        "who": "Rosa Ricci",
        "account": "Bella Napoli",
        "target": "Studio Rosa" if kind not in {"detach", "revert", "adopt"} else "",
        "reason": "",
        "days": 14,
        "url": "https://app.example/moves/",
    }


#: Of every kind and word of it: what nobody tries is what breaks.
MAILS = {"move": MailKind(examples=tuple(_example(what, kind) for what in WHATS for kind in MOVES))}
