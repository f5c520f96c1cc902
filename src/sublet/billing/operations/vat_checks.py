"""Asking the register whether a VAT id was given to somebody: put in with what is saved, asked by a job, kept as a row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from sublet.accounts.models import Account
from sublet.billing import vat_register
from sublet.billing.issuer_events import VatIdChecked
from sublet.billing.models import Issuer, Recipient, VatCheck
from sublet.billing.models.issuers import CLEAR
from sublet.core.taxids import in_register
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.foundation.unscoped import past_scope

#: So long an answer holds without being asked for again.
HOLDS: Final = timedelta(days=30)
_BATCH: Final = 500


class RegisterSilent(OSError):
    """The register did not answer: the job comes again."""


def ask_about(account: Account, vat_id: str, *, actor: Actor, at: datetime) -> VatCheck | None:
    """See to it that the register is asked, in the caller's transaction, whose account is locked. None where nobody can be.

    A clear answer that still holds, and a question that is on its way, are not asked again.
    """
    if not vat_id or not in_register(vat_id) or vat_register.register() is None:
        return None
    # unscoped: of the locked account
    known = VatCheck.unscoped.filter(account_id=account.id, vat_id=vat_id).order_by("-asked_at", "-id").first()
    if _suffices(known, at):
        return known
    check = VatCheck(account_id=account.id, vat_id=vat_id, asked_at=at)
    check.save(force_insert=True)
    enqueue("billing.check_vat_id", account_id=account.id, actor=actor, at=at, payload={"check": check.ref})
    return check


def _suffices(newest: VatCheck | None, at: datetime) -> bool:
    """Whether nothing need be asked beside that newest question: it is on its way, or was answered clearly not long ago."""
    if newest is None or newest.answered_at is None:
        return newest is not None
    return newest.state in CLEAR and at - newest.answered_at < HOLDS


def ask(*, ref: str, last: bool, actor: Actor, at: datetime) -> VatCheck | None:
    """Ask, outside any transaction, and keep the answer. `last`: no answer is kept as one, too.

    Raises RegisterSilent. None when it was answered already.
    """
    check = VatCheck.objects.select_related("account").filter(ref=ref, state=VatCheck.State.ASKED).first()
    register = vat_register.register()
    if check is None:
        return None
    answer = vat_register.Answer(vat_register.UNKNOWN)
    if register is not None:
        answer = register.ask(check.vat_id, requester=_requester(check.account))
    if answer.state == vat_register.UNKNOWN and not last and register is not None:
        raise RegisterSilent(check.vat_id[:2])
    with transaction.atomic():
        kept = VatCheck.objects.select_for_update().filter(id=check.id, state=VatCheck.State.ASKED).first()
        if kept is None:
            return None
        kept.state, kept.answered_at = VatCheck.State(answer.state), at
        kept.name, kept.address, kept.proof = answer.name, answer.address, answer.proof
        kept.save(update_fields=["state", "answered_at", "name", "address", "proof"])
        told = VatIdChecked(ref=check.account.ref, name=check.account.name, answer=answer.state)
        record(told, account_id=kept.account_id, parent_id=check.account.parent_id, actor=actor, at=at)
    return kept


def renew(*, actor: Actor, at: datetime) -> int:
    """Ask again about every number that is in use and whose answer no longer holds. Returns how many were put in."""
    if vat_register.register() is None:
        return 0
    asked, after = 0, 0
    with past_scope("looks at the numbers of all accounts"):
        while True:
            # unscoped: as above; each account is locked before anything is written
            rows = Recipient.unscoped.exclude(vat_id="").filter(account_id__gt=after).order_by("account_id")
            batch = list(rows.values_list("account_id", "vat_id")[:_BATCH])
            if not batch:
                return asked
            after = batch[-1][0]
            # unscoped: as above
            checks = VatCheck.unscoped.filter(account_id__in=[account_id for account_id, _vat_id in batch])
            newest = {(row.account_id, row.vat_id): row for row in checks.order_by("asked_at", "id")}
            for account_id, vat_id in batch:
                if not in_register(vat_id) or _suffices(newest.get((account_id, vat_id)), at):
                    continue
                with transaction.atomic():
                    # unscoped: as above
                    account = Account.unscoped.select_for_update().get(id=account_id)
                    asked += ask_about(account, vat_id, actor=actor, at=at) is not None


def _requester(account: Account) -> str:
    """The VAT id of who sells to that account, when the register knows its kind: then the answer is a proof."""
    if account.parent_id is None:
        return ""
    with past_scope("of who sells to an account, its own number is told to the register"):
        # unscoped: as above
        found = Issuer.unscoped.filter(account_id=account.parent_id).order_by("-version").first()
    return found.vat_id if found is not None and in_register(found.vat_id) else ""
