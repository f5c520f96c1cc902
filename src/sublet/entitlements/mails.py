"""What the mails of this app are (`messaging.kinds`)."""

from __future__ import annotations

from sublet.messaging.kinds import MailKind
from sublet.messaging.worded import STAFF, Value


def _digest(clients: int) -> dict[str, Value]:
    return {
        "person": "Ada Adams",
        "client": "Bella Napoli",
        "clients": clients,
        "lines": tuple(f"Bella Napoli {number}: {number}." for number in range(clients)),
        "more": clients - 1,
    }


MAILS = {
    "limit": MailKind(from_above=True),
    "limit-refused-client": MailKind(),
    "limits-digest": MailKind(audience=STAFF, examples=(_digest(1), _digest(2))),
}
