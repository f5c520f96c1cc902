"""Reading the list of those who are not written to any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.keyset import newest_first
from sublet.messaging.bounce_operations import lists_kept_by, require_list
from sublet.messaging.models import Suppression
from sublet.messaging.worded import template_names


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """An address. `reason`: bounced, complained, by-hand or opted-out; `everywhere`: for every brand of the installation; `kind`:
    what the one kind of mail is called that it gets no more, empty for all."""

    ref: str
    email: str
    reason: str
    everywhere: bool
    answer: str
    account_ref: str
    account_name: str
    created_at: datetime
    kind: str = ""


@dataclass(frozen=True, slots=True)
class SuppressionPage:
    """A page, newest first."""

    rows: Sequence[SuppressionRow]
    next_cursor: str
    previous_cursor: str


def suppressions(actor: Actor, *, email: str = "", cursor: str = "", size: int = 50) -> SuppressionPage:
    """The actor's list and its clients' own (``journal:view`` and the people below); the vendor's is its own and what holds
    for everybody.

    `email` is how an address begins. Raises Forbidden.
    """
    require_list(actor)
    rows = Suppression.objects.select_related("account")
    rows = rows.filter(
        Q(account_id=actor.account_id) | Q(everywhere=True) if actor.account_kind == VENDOR else lists_kept_by(actor)
    )
    if email:
        rows = rows.filter(email__startswith=email.strip().lower())
    found, newer, older = newest_first(rows, cursor=cursor, size=size)
    names = template_names()
    return SuppressionPage(
        rows=tuple(
            SuppressionRow(
                row.ref,
                row.email,
                row.reason,
                row.everywhere,
                row.answer,
                row.account.ref,
                row.account.name,
                row.created_at,
                names.get(row.template, row.template),
            )
            for row in found
        ),
        next_cursor=older,
        previous_cursor=newer,
    )
