"""What the mails of this app are (`messaging.kinds`)."""

from __future__ import annotations

from sublet.messaging.kinds import MailKind

MAILS = {"limit": MailKind(from_above=True), "limit-refused-client": MailKind(), "limits-digest": MailKind(bulk=True)}
