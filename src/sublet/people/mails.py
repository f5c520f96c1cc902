"""What the mails of this app are (`messaging.kinds`)."""

from __future__ import annotations

from sublet.core.senders import PRODUCT
from sublet.messaging.kinds import MailKind
from sublet.messaging.worded import STAFF

_ABOUT_ACCOUNT = MailKind()
_FOR_SAFETY = MailKind(for_safety=True)
_ABOUT_PRODUCT = MailKind(PRODUCT)

MAILS = {
    "access-answered": _ABOUT_ACCOUNT,
    "access-asked": _ABOUT_ACCOUNT,
    "company-log-in-linked": _FOR_SAFETY,
    "directory-moved": _ABOUT_ACCOUNT,
    "email-change-asked": _FOR_SAFETY,
    "email-changed": _FOR_SAFETY,
    "email-confirm": _FOR_SAFETY,
    "email-taken": _FOR_SAFETY,
    "grant": _ABOUT_ACCOUNT,
    "host-certificate": MailKind(
        audience=STAFF,
        examples=tuple(
            {"person": "Ada Adams", "host": "app.example", "why": why, "ends": "2026-03-02"}
            for why in ("ends", "ended", "none")
        ),
    ),
    "host-failing": _ABOUT_ACCOUNT,
    "host-stopped": _ABOUT_ACCOUNT,
    "invitation-known": _ABOUT_ACCOUNT,
    "invitation-known-staff": _ABOUT_ACCOUNT,
    "invitation-new": _ABOUT_ACCOUNT,
    "invitation-new-staff": _ABOUT_ACCOUNT,
    "log-in-code": _FOR_SAFETY,
    "mailed-code": _FOR_SAFETY,
    "new-device": _FOR_SAFETY,
    "password-changed": _FOR_SAFETY,
    "password-reset": _FOR_SAFETY,
    "recovery-code-used": _FOR_SAFETY,
    "second-factor-added": _FOR_SAFETY,
    "second-factor-removed": _FOR_SAFETY,
    "sender-lost": _ABOUT_ACCOUNT,
    "sign-up": _ABOUT_ACCOUNT,
    "sign-up-known": _FOR_SAFETY,
    "visit-begun": _FOR_SAFETY,
    "webhook-failing": _ABOUT_PRODUCT,
    "webhook-gone": _ABOUT_PRODUCT,
}
