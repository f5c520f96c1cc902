"""What rests because an invoice is not paid: the debtor's plan; of a reseller what its own people may change.

One pause for all invoices of an account: it begins with the first and ends with the last. A pause that somebody else has made
is left alone, at both ends. A reseller's clients are never touched.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from sublet.accounts.models import Account
from sublet.accounts.operations.places import locked
from sublet.accounts.operations.read_only import free_reseller, limit_reseller
from sublet.accounts.queries import acting_for_reseller
from sublet.billing.models import DunningCase
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.subscriptions.operations import pause, resume
from sublet.subscriptions.queries.held import held

PAUSED, READ_ONLY, ALREADY, MOVED = "paused", "read-only", "already", "moved"
#: What came of it where the account is held up now.
HELD: Final = (PAUSED, READ_ONLY, ALREADY)


def hold(case: DunningCase, *, debtor_ref: str, creditor: Account, actor: Actor, at: datetime) -> str:
    """Let the debtor's plan rest; what came of it. In the caller's transaction, which stores the case.

    ``paused``, ``read-only`` (a reseller), ``already`` (it rests anyhow), ``moved`` (it stands below another), or why not.
    """
    debtor = locked(debtor_ref)
    if debtor.kind == RESELLER:
        limit_reseller(debtor, actor=actor, at=at)
        return READ_ONLY
    if debtor.parent_id != creditor.id:
        return MOVED
    other = _others(case).filter(holds=True, paused_at__isnull=False).first()
    if other is not None:
        case.paused_at = other.paused_at
        return PAUSED
    try:
        began = pause(ref=debtor.ref, actor=_acting(creditor, actor), at=at)
    except Refusal as refusal:
        return ALREADY if refusal.code == "paused" else refusal.code
    case.paused_at = at if began else None
    return PAUSED if began else ALREADY


def release(case: DunningCase, *, debtor: Account, actor: Actor, at: datetime) -> bool:
    """Let it go on, unless another invoice holds the locked debtor up; whether it goes on now. The caller stores the case."""
    began = case.paused_at
    case.holds, case.paused_at = False, None
    if _others(case).filter(holds=True).exists():
        return False
    if debtor.kind == RESELLER:
        return free_reseller(debtor, actor=actor, at=at)
    if began is None or debtor.parent_id is None:
        return False
    phase = held(debtor).agreement.phase_at(at)
    if not phase.paused or phase.starts != began:
        return False  # somebody has changed it since, and what they decided stays
    try:
        # Whoever stands above it now: the account may have moved, and its plan rests all the same.
        above = Account.objects.get(id=debtor.parent_id)
        return resume(ref=debtor.ref, actor=_acting(above, actor), at=at)
    except Refusal:
        return False


def _others(case: DunningCase) -> QuerySet[DunningCase]:
    rows: QuerySet[DunningCase] = DunningCase.objects.filter(debtor_id=case.debtor_id)
    return rows.exclude(id=case.id)


def _acting(creditor: Account, actor: Actor) -> Actor:
    return actor if creditor.kind == VENDOR else acting_for_reseller(actor, creditor.ref)
