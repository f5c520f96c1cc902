"""Mails that somebody should look at: for the vendor's first page and for `sublet doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from sublet.messaging.models import OutboxMail


@dataclass(frozen=True, slots=True)
class MailTrouble:
    """How many mails were refused, and of how many nobody knows whether they arrived."""

    refused: int
    unknown: int


def mail_trouble() -> MailTrouble:
    """Those within the scope in force: one statement, from the index by state."""
    rows = OutboxMail.objects.filter(state__in=(OutboxMail.State.FAILED, OutboxMail.State.UNKNOWN)).order_by()
    counts = dict(rows.values_list("state").annotate(number=Count("id")))
    return MailTrouble(refused=counts.get("failed", 0), unknown=counts.get("unknown", 0))
