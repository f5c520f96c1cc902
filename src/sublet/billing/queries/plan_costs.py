"""What a change of plan would be charged, before it is confirmed: reckoned by what the billing run reckons with.

The agreement is the one that the operation would write (`ChangePreview.agreement`), the charges are those of `facts_of`. Told is what
there would be with it and would not be without it, up to the instant in which it begins to hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sublet.accounts.models import Account
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.queries.estimates import volumes_of
from sublet.billing.queries.facts import facts_of
from sublet.billing.queries.invoices import may_view
from sublet.billing.queries.sides import Side, books_with, sides_of
from sublet.core.discounts import off_the_total
from sublet.core.lifecycle import CLOSED, PROSPECT
from sublet.core.money import CurrenciesDiffer
from sublet.core.pricing import WrongPrice
from sublet.core.rights import CLIENT, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.scope import platform_scope
from sublet.pricing.queries.books import agreed_with
from sublet.subscriptions.queries import ChangePreview

VIEW: Final = "billing:view"
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class CostLine:
    """One charge, or (`credit`) what is given back of one, for those days. Minor units before tax; None: nothing on that side.

    `retail`: what the client is asked, `wholesale`: what is owed to the vendor less the discount.
    """

    kind: str
    item: str
    first_day: date
    last_day: date
    credit: bool
    retail: tuple[int, str] | None
    wholesale: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class ChangeCost:
    """What a change is charged in the instant in which it holds. `retail` and `wholesale`: the sums, by currency. `unknown`: it
    cannot be reckoned (a price is wrong)."""

    lines: Sequence[CostLine] = ()
    retail: Mapping[str, int] = field(default_factory=dict)
    wholesale: Mapping[str, int] = field(default_factory=dict)
    unknown: bool = False


def cost_of_change(actor: Actor, account_id: int, preview: ChangePreview, *, at: datetime) -> ChangeCost | None:
    """What it would cost: both sides to the reseller of the client, its own to the account itself and to the vendor that charges it.

    None where the actor sees no prices (``billing:view``), or nothing is charged to such an account. About sixty statements. For
    callers that hold the account by a scope.
    """
    own = actor.account_id == account_id
    if not (may_view(actor) if own else actor.may(VIEW)):
        return None
    account = Account.objects.get(id=account_id)
    if account.state in (PROSPECT, CLOSED):
        return None
    reseller = account.parent_id if account.kind == CLIENT else None
    if not own and actor.account_id != account.parent_id:
        return None  # what a reseller asks of its clients is its own
    until = preview.effective + _INSTANT
    with platform_scope("what one account would be charged is reckoned from both books; each is told its own side"):
        vendor = Account.objects.only("id").get(kind=VENDOR).id
        try:
            without = {
                one.key for one in facts_of([account], since=at, until=until)[account.id].due(since=at, until=until)
            }
            reckoned = facts_of([account], since=at, until=until, agreed={account.id: preview.agreement})[account.id]
            new = [one for one in reckoned.due(since=at, until=until) if one.key not in without]
        except (WrongPrice, CurrenciesDiffer):
            return ChangeCost(unknown=True)
        sides = sides_of([(account, reckoned, one, books_with(account, one, vendor)) for one in new], vendor)
        # What another reseller gives back of before a move is between the client and that one.
        above = account.parent_id
        retail = [side for side in sides if side.book == RETAIL and (side.billed if own else side.owner == above)]
        wholesale = [side for side in sides if side.book == WHOLESALE and side.debtor in (above, account.id)]
        less: dict[str, int] = {}
        if reseller is not None and wholesale and not own:
            agreed, volumes = agreed_with([reseller], at=at), volumes_of(reseller, preview.effective.date())
            for currency in {side.currency for side in wholesale}:
                there = [side for side in wholesale if side.currency == currency]
                percent = agreed.discount(reseller, preview.effective, volumes.get(currency, 0))
                shares = off_the_total([side.minor for side in there], percent)
                less |= {f"{currency}:{side.charge.key}": share for side, share in zip(there, shares, strict=True)}
    if own and account.kind == CLIENT:
        wholesale = []  # what its reseller owes is the reseller's
    return _told(retail, wholesale, less)


def _told(retail: Sequence[Side], wholesale: Sequence[Side], less: Mapping[str, int]) -> ChangeCost:
    asked = {side.charge.key: (side.minor, side.currency) for side in retail}
    owed = {
        side.charge.key: (side.minor - less.get(f"{side.currency}:{side.charge.key}", 0), side.currency)
        for side in wholesale
    }
    charges = {side.charge.key: side.charge for side in (*wholesale, *retail)}
    ordered = sorted(charges.values(), key=lambda one: (not one.credits, one.first_day, one.key))
    lines = [
        CostLine(
            one.kind, one.item, one.first_day, one.last_day, bool(one.credits), asked.get(one.key), owed.get(one.key)
        )
        for one in ordered
    ]
    return ChangeCost(lines, _sums(asked), _sums(owed))


def _sums(amounts: Mapping[str, tuple[int, str]]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for minor, currency in amounts.values():
        found[currency] += minor
    return dict(sorted(found.items()))
