"""What the mails of this app are (`messaging.kinds`)."""

from __future__ import annotations

from sublet.messaging.kinds import MailKind
from sublet.messaging.worded import STAFF, Value


def _example(accounts: int) -> dict[str, Value]:
    return {
        "person": "Ada Adams",
        "account": "Bella Napoli",
        "accounts": accounts,
        "lines": tuple(f"Bella Napoli {number}: {number}." for number in range(accounts)),
        "more": accounts - 1,
    }


MAILS = {"scan-found": MailKind(audience=STAFF, examples=(_example(1), _example(2)))}
