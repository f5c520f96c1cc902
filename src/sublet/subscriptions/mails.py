"""What the mails of this app are (`messaging.kinds`)."""

from __future__ import annotations

from sublet.core.senders import ACCOUNT
from sublet.messaging.kinds import MailKind

_ABOUT_ACCOUNT = MailKind(ACCOUNT)

MAILS = {"trial-ended": _ABOUT_ACCOUNT, "trial-ending": _ABOUT_ACCOUNT, "trial-started": _ABOUT_ACCOUNT}
