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
from sublet.billing.models import DunningCase, WriteOff
from sublet.core import dunning as law
from sublet.core.dunning import effect
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.subscriptions.operations import pause, resume_locked
from sublet.subscriptions.queries.held import held

PAUSED, READ_ONLY, ALREADY, MOVED = "paused", "read-only", "already", "moved"
#: What came of it where the account is held up now.
HELD: Final = (PAUSED, READ_ONLY, ALREADY)


def hold(case: DunningCase, *, debtor_ref: str, creditor: Account, actor: Actor, at: datetime) -> str:
    """Let the debtor's plan rest; what came of it. In the caller's transaction, which stores the case.

    ``paused``, ``read-only`` (a reseller), ``already`` (it rests anyhow), ``moved`` (it stands below another), or why not.
    """
    debtor = locked(debtor_ref)
    taken = effect(is_reseller=debtor.kind == RESELLER, stands_below=debtor.parent_id == creditor.id)
    if taken == law.FULL:
        return MOVED
    if taken == law.READ_ONLY:
        limit_reseller(debtor, actor=actor, at=at)
        return READ_ONLY
    try:
        began = pause(ref=debtor.ref, actor=_acting(creditor, actor), at=at)
    except Refusal as refusal:
        if refusal.code != "paused":
            return refusal.code
        began = False
    # Who was resumed by hand meanwhile is paused anew; who rests because of another invoice rests because of both.
    case.paused_at = at if began else _our_pause(case, debtor, at)
    return PAUSED if case.paused_at is not None else ALREADY


def release(case: DunningCase, *, debtor: Account, actor: Actor, at: datetime) -> bool:
    """Let it go on, unless another invoice holds the locked debtor up; whether it goes on now. The caller stores the case.

    Undone is what was done, whatever the debtor has become since: a reseller that was limited may be none any more, an account
    whose plan rests may be one.
    """
    case.holds = False
    if _others(case).filter(holds=True).exists():
        return False  # the last one finds this case's pause by its `paused_at`, which stays
    freed = free_reseller(debtor, actor=actor, at=at)
    if debtor.parent_id is None or _our_pause(case, debtor, at) is None:
        return freed  # where somebody has changed the pause since, what they decided stays
    try:
        # Whoever stands above it now: the account may have moved, and its plan rests all the same.
        above = Account.objects.get(id=debtor.parent_id)
        return resume_locked(debtor, actor=_acting(above, actor), at=at) or freed
    except Refusal:
        return freed


def resumes(case: DunningCase) -> bool:
    """Whether what rests because of an invoice that was written off goes on: so it was decided last."""
    rows = WriteOff.objects.filter(invoice_id=case.invoice_id).order_by("-id")
    return rows.values_list("resumes", flat=True).first() is not False


def leave(case: DunningCase, *, debtor: Account, actor: Actor, at: datetime) -> bool:
    """Hold the locked debtor up no more, and leave its pause to people: they end it. A reseller that can only read is free, unless
    another invoice holds it up, since nobody could free it by hand; whether it is. The caller stores the case.
    """
    case.holds, case.paused_at = False, None
    return not _others(case).filter(holds=True).exists() and free_reseller(debtor, actor=actor, at=at)


def _our_pause(case: DunningCase, debtor: Account, at: datetime) -> datetime | None:
    """When the pause of the locked debtor began, if an invoice made it, be it this one or one that is paid by now; else None."""
    phase = held(debtor).agreement.phase_at(at)
    if not phase.paused:
        return None
    known = {case.paused_at, *_others(case).filter(paused_at__isnull=False).values_list("paused_at", flat=True)}
    return phase.starts if phase.starts in known else None


def _others(case: DunningCase) -> QuerySet[DunningCase]:
    rows: QuerySet[DunningCase] = DunningCase.objects.filter(debtor_id=case.debtor_id)
    return rows.exclude(id=case.id)


def _acting(creditor: Account, actor: Actor) -> Actor:
    return actor if creditor.kind == VENDOR else acting_for_reseller(actor, creditor.ref)
