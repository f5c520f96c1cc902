"""The notice that a reseller and its client have agreed in their contracts, for what else the two agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sublet.accounts.models import Account
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.models import AgreedContract
from sublet.pricing.queries.books import contract_from


@dataclass(frozen=True, slots=True)
class NoticeAgreed:
    """So many `days` of notice, by the contract of that name."""

    contract: str
    days: int


def notice_agreed(actor: Actor, *, client_ref: str, at: datetime) -> NoticeAgreed | None:
    """The longest notice that a contract between that client and its reseller asks for today; None where none does.

    For either of the two, whatever they may see of prices: none is told. Raises NotFound.
    """
    client = None
    if looks_like_ref(client_ref, "acc"):
        client = Account.objects.filter(ref=client_ref, kind=CLIENT).first()
    if client is None or not actor.reaches(client.id):
        raise NotFound
    today = at.astimezone(ZoneInfo(client.timezone)).date()
    # unscoped: the row is the reseller's, and the client is the other party to it
    rows = AgreedContract.unscoped.filter(
        account_id=client.parent_id or 0,
        client_id=client.id,
        renew_months__gt=0,  # what does not renew ends by itself, without notice
        notice_days__gt=0,
        ended_at__isnull=True,
    )
    found = max(
        (row for row in rows if contract_from(row).runs_on(today)),
        key=lambda row: (row.notice_days, row.id),
        default=None,
    )
    return None if found is None else NoticeAgreed(found.name, found.notice_days)
