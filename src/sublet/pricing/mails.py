"""What the mails of this app are (`messaging.kinds`)."""

from __future__ import annotations

from sublet.core.senders import ACCOUNT
from sublet.messaging.kinds import MailKind

MAILS = {"price-change": MailKind(ACCOUNT, from_above=True)}
