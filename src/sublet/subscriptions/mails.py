"""What the mails of this app are (`messaging.kinds`)."""

from __future__ import annotations

from sublet.core.senders import ACCOUNT
from sublet.messaging.kinds import MailKind

_AGREED = MailKind(ACCOUNT, from_above=True)

MAILS = {"basis-ruled": _AGREED, "trial-ended": _AGREED, "trial-ending": _AGREED, "trial-started": _AGREED}
