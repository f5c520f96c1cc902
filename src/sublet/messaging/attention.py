"""Mails that somebody should look at: for the vendor's first page and for `sublet doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from sublet.messaging.models import OutboxMail


@dataclass(frozen=True, slots=True)
class MailTrouble:
    """How many mails were refused, and of how many nobody knows whether they arrived."""

    refused: int
    unknown: int


def mail_trouble() -> MailTrouble:
    """Those within the scope in force: two statements, each from the index by state."""
    mails = OutboxMail.objects.order_by()
    return MailTrouble(
        refused=mails.filter(state=OutboxMail.State.FAILED).count(),
        unknown=mails.filter(state=OutboxMail.State.UNKNOWN).count(),
    )
