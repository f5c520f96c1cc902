"""The vendor agrees a discount with one of its resellers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.operations.places import locked
from sublet.core.clientsettings import MOST_AMOUNT
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import CURRENCIES
from sublet.core.pricebook import USUAL_DISCOUNT, Tier, tiers_fault, written
from sublet.core.proration import MONTH, MONTHS
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.pricing.events import UsualDiscountChanged, WholesaleCommitmentChanged, WholesaleTermsChanged
from sublet.pricing.models import WholesaleAgreed, WholesaleCommitment
from sublet.pricing.operations.common import MANAGE, begins, kept_percent, say

MOST_TIERS = 20


class CannotChangeWholesale(Refusal):
    """Why a discount stays as it is."""

    SENTENCES: ClassVar = {
        "past": _("That day is over. A discount holds from today or a later day on."),
        "too-far": _("Choose a day within the next five years."),
        "percent": _("A discount is between 0 and 100 percent."),
        "tiers": _("Each tier begins at a higher volume than the one before it, and above nothing."),
        "too-many": _("There are at most 20 tiers."),
        "closed": _("This account is closed."),
    }


def change_wholesale_terms(
    *,
    ref: str,
    percent: Decimal | None,
    tiers: Sequence[Tier] = (),
    since: datetime | None = None,
    note: str = "",
    actor: Actor,
    at: datetime,
) -> bool:
    """Agree a discount with a reseller (the vendor's ``billing:manage``); False when it is so already.

    `percent` None: as usual; `tiers` hold from a volume of one invoice on, for all of it. `note`: why, for both to read. Raises
    NotFound, Forbidden, CannotChangeWholesale.
    """
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require(MANAGE)
    off = None if percent is None else kept_percent(percent)
    with transaction.atomic():
        account = locked(ref)
        if account.kind != RESELLER:
            raise NotFound
        if account.state == CLOSED:
            raise CannotChangeWholesale("closed")
        if len(tiers) > MOST_TIERS:
            raise CannotChangeWholesale("too-many", field="tiers")
        if (code := tiers_fault(off, tiers)) is not None:
            raise CannotChangeWholesale(code, field=code)
        start = begins(since, at, CannotChangeWholesale)
        kept = [[each.volume, written(each.percent)] for each in tiers]
        said = {"percent": off, "tiers": kept, "note": note[:500]}
        if not say(WholesaleAgreed, {"account_id": account.id}, said, since=start, actor=actor, at=at):
            return False
        record(
            WholesaleTermsChanged(
                ref=account.ref,
                name=account.name,
                percent="" if off is None else written(off),
                tiers=kept,
                since=start.isoformat(),
            ),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
    return True


def change_usual_discount(
    *, percent: Decimal, since: datetime | None = None, note: str = "", actor: Actor, at: datetime
) -> bool:
    """Say what every reseller gets with which nothing else was agreed (the vendor's ``billing:manage``, of all of them); False when
    it is so already. What became due before stays as it was. Raises NotFound, Forbidden, CannotChangeWholesale.
    """
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require_for_all(MANAGE)
    off = kept_percent(percent)
    if tiers_fault(off, ()) is not None:
        raise CannotChangeWholesale("percent", field="percent")
    with transaction.atomic():
        own = locked(actor.account_ref)  # two who say it at once follow one another
        start = begins(since, at, CannotChangeWholesale)
        about = {"account_id": own.id, "usual": True}
        if not WholesaleAgreed.objects.filter(**about, dropped_at__isnull=True).exists() and off == USUAL_DISCOUNT:
            return False  # nobody has said anything else yet
        said = {"percent": off, "tiers": [], "note": note[:500]}
        if not say(WholesaleAgreed, about, said, since=start, actor=actor, at=at):
            return False
        record(
            UsualDiscountChanged(percent=written(off), since=start.isoformat()), account_id=own.id, actor=actor, at=at
        )
    return True


class CannotChangeCommitment(Refusal):
    """Why what a reseller spends at least stays as it is."""

    SENTENCES: ClassVar = {
        "past": _("That day is over. A commitment holds from today or a later day on."),
        "too-far": _("Choose a day within the next five years."),
        "amount": _("A commitment is a sum above zero."),
        "currency": _("There is no such currency."),
        "interval": _("A commitment is by the month, the quarter or the year."),
        "closed": _("This account is closed."),
    }


def change_wholesale_commitment(
    *,
    ref: str,
    amount: int | None,
    currency: str,
    interval: str = MONTH,
    since: datetime | None = None,
    note: str = "",
    actor: Actor,
    at: datetime,
) -> bool:
    """Agree what a reseller spends at least in each calendar month, quarter or year (the vendor's ``billing:manage``).

    `amount` in minor units at list prices, over all of its clients; None: nothing any more. What is missing is a line of its own on
    its invoice. `note`: why, for both to read. False when it is so already. Raises NotFound, Forbidden, CannotChangeCommitment.
    """
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require(MANAGE)
    if amount is not None and not 0 < amount <= MOST_AMOUNT:
        raise CannotChangeCommitment("amount", field="amount")
    if currency not in CURRENCIES:
        raise CannotChangeCommitment("currency", field="currency")
    if interval not in MONTHS:
        raise CannotChangeCommitment("interval", field="interval")
    with transaction.atomic():
        account = locked(ref)
        if account.kind != RESELLER:
            raise NotFound
        if account.state == CLOSED:
            raise CannotChangeCommitment("closed")
        start = begins(since, at, CannotChangeCommitment)
        there = WholesaleCommitment.objects.filter(account_id=account.id, dropped_at__isnull=True)
        if amount is None and not there.filter(minor__isnull=False).exists():
            return False
        said = {"minor": amount, "currency": currency, "interval": interval, "note": note[:500]}
        if not say(WholesaleCommitment, {"account_id": account.id}, said, since=start, actor=actor, at=at):
            return False
        told = WholesaleCommitmentChanged(
            ref=account.ref, name=account.name, taken_back=amount is None, since=start.isoformat()
        )
        record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
    return True
