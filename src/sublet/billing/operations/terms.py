"""Deciding how accounts are billed: how often, on which day, and who collects."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.operations.places import locked
from sublet.billing.events import TermsSet
from sublet.billing.models import BillingTerms
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.terms import BASES, COLLECTORS, INTERVALS, OWN, starting_terms
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref

RIGHT: Final = "billing:manage"


class CannotSetBillingTerms(Refusal):
    """Why an account is billed as before."""

    SENTENCES: ClassVar = {
        "wrong-interval": _("One is billed by the month, the quarter or the year."),
        "wrong-basis": _("One is billed by the calendar or by the anniversary."),
        "wrong-collector": _("There is nobody of that kind who could collect."),
        "past": _("That day is over. Terms hold from today or a later day on."),
        "closed": _("This account is closed."),
    }


def set_billing_terms(
    *,
    ref: str = "",
    interval: str,
    basis: str,
    collected_by: str,
    automatic: bool,
    actor: Actor,
    at: datetime,
    since: datetime | None = None,
) -> bool:
    """Say how the account `ref` (empty: all of whom nothing else is said) is billed in the actor's own book.

    From `since` on (None: now), in place of what was decided for later. False when it is so already, and stays so.
    Raises Forbidden (``billing:manage``), NotFound, CannotSetBillingTerms.
    """
    _checked(interval, basis, collected_by, actor)
    since = at if since is None else since
    if since < at:
        raise CannotSetBillingTerms("past", field="since")
    with transaction.atomic():
        own = locked(actor.account_ref)
        client = _debtor(ref, actor) if ref else None
        book = WHOLESALE if own.kind == VENDOR else RETAIL
        said = BillingTerms.objects.filter(account_id=own.id, client=client, dropped_at__isnull=True)
        before = said.filter(since__lte=since).order_by("-since", "-id").first() or starting_terms(book)
        wanted = (interval, basis, collected_by, automatic)
        same = (
            before.interval,
            before.basis,
            before.collected_by,
            before.automatic,
        ) == wanted and before.pk is not None
        if same and not said.filter(since__gt=since).exists():
            return False
        # What was decided for later gives way, as with all that is dated here.
        said.filter(since__gte=since).update(dropped_at=at)
        BillingTerms(
            account=own, client=client, book=book, interval=interval, basis=basis, collected_by=collected_by,
            automatic=automatic, since=since, decided_at=at, decided_by=actor.name,
        ).save()  # fmt: skip
        whom = client if client is not None else own
        event = TermsSet(
            ref="" if client is None else client.ref, name=whom.name, interval=interval, basis=basis,
            collected_by=collected_by, automatic=automatic, since=since.isoformat(),
        )  # fmt: skip
        record(event, account_id=own.id, actor=actor, at=at)
    return True


def _checked(interval: str, basis: str, collected_by: str, actor: Actor) -> None:
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require(RIGHT)
    if actor.reach is not None:
        raise Forbidden(RIGHT)
    if interval not in INTERVALS:
        raise CannotSetBillingTerms("wrong-interval", field="interval")
    if basis not in BASES:
        raise CannotSetBillingTerms("wrong-basis", field="basis")
    known = (OWN,) if actor.account_kind == VENDOR else COLLECTORS
    if collected_by not in known:
        raise CannotSetBillingTerms("wrong-collector", field="collected_by")


def _debtor(ref: str, actor: Actor) -> Account:
    account = locked(ref) if looks_like_ref(ref, "acc") else None
    if account is None or account.parent_id != actor.account_id:
        raise NotFound
    if account.state == CLOSED:
        raise CannotSetBillingTerms("closed")
    return account
