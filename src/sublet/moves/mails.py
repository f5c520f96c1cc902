"""What the mails of this app are (`messaging.kinds`)."""

from __future__ import annotations

from sublet.messaging.kinds import MailKind

MAILS = {"move": MailKind()}
