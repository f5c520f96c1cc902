"""What was kept for billing of a client stays with the reseller that it leaves; where two resellers become one, it is agreed anew
with the one that stays."""

from __future__ import annotations

from datetime import datetime

from sublet.accounts.operations.leavers import Leaving
from sublet.clientsettings.models import AgreedTerm
from sublet.foundation.actor import Actor


def carry_terms_at_leaving(leaving: Leaving, _actor: Actor, at: datetime) -> None:
    """Part of `accounts.operations.leavers`: in the caller's transaction and scope.

    Of a merge: what holds goes on from that instant, and what is agreed for later comes then. Templates stay behind: the one
    that stays has its own.
    """
    if leaving.joins_id is None:
        return
    # unscoped: rows of the reseller that is over, about its own clients
    rows = AgreedTerm.unscoped.filter(
        account_id=leaving.former_id, client_id__in=list(leaving.account_ids), dropped_at__isnull=True
    )
    holds: dict[tuple[int, str], AgreedTerm] = {}
    carried: list[AgreedTerm] = []
    for row in rows.order_by("since", "id"):
        if row.since <= at:
            holds[row.client_id, row.field] = row
        else:
            carried.append(row)
    for row in holds.values():
        row.since = at
    for row in (*holds.values(), *carried):
        row.pk, row.account_id = None, leaving.joins_id
        row.save(force_insert=True)
