"""What an account comes to by the end of the month: reckoned as the billing run will, from what is agreed and used by now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sublet.accounts.models import Account
from sublet.billing.models import RevenueMonth
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.queries.facts import facts_of
from sublet.billing.queries.invoices import RECEIVED, InvoicePage, invoices_of, require_view
from sublet.billing.queries.sides import books_with, charged_elsewhere, sides_of, stood_elsewhere
from sublet.core.charging import ADJUSTMENT, SHORTFALL, USES
from sublet.core.lifecycle import CLOSED, PROSPECT
from sublet.core.margin import wholesale_of
from sublet.core.money import CurrenciesDiffer
from sublet.core.periods import plus_months, start_of_day
from sublet.core.pricing import WrongPrice
from sublet.core.rights import CLIENT, DIRECT, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.scope import platform_scope
from sublet.pricing.queries.books import agreed_with

#: What is due in the instant in which its time is over: at the month's beginning that of the month before.
_IN_ARREARS: Final = (*USES, SHORTFALL, ADJUSTMENT)


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """What becomes due in the running month by what is agreed and used now, by currency in minor units, before tax.

    `retail` is what the client is asked, `wholesale` what the vendor asks for it less the discount, `pays` what the account
    itself is billed for here. `ends`: when the month ends. `unknown`: it cannot be reckoned (a price is wrong).
    """

    ends: datetime
    retail: Mapping[str, int] = field(default_factory=dict)
    wholesale: Mapping[str, int] = field(default_factory=dict)
    pays: Mapping[str, int] = field(default_factory=dict)
    unknown: bool = False


def own_estimate(actor: Actor, *, at: datetime) -> MonthEnd:
    """What the acting client or direct account will be billed for: `pays` alone, nothing of the other side. Raises Forbidden."""
    require_view(actor)
    if actor.account_kind not in (CLIENT, DIRECT):
        raise NotFound
    account = Account.objects.get(id=actor.account_id)
    told = month_end_of(account, at)
    return MonthEnd(told.ends, pays=told.pays, unknown=told.unknown)


def own_invoices(
    actor: Actor, *, state: str = "", cursor: str = "", at: datetime
) -> tuple[InvoicePage, MonthEnd | None]:
    """A page of the invoices that the account gets; with the first one what the month will come to. Raises Forbidden."""
    page = invoices_of(actor, side=RECEIVED, state=state, cursor=cursor)
    return page, None if cursor or state else own_estimate(actor, at=at)


def month_end_of(account: Account, at: datetime) -> MonthEnd:
    """Both sides of one account, for whoever may read both: the caller has looked. About thirty statements."""
    first = at.astimezone(ZoneInfo(account.timezone)).date().replace(day=1)
    begins, ends = (start_of_day(day, account.timezone) for day in (first, plus_months(first, 1)))
    if account.state in (PROSPECT, CLOSED):
        return MonthEnd(ends)
    # A little beyond the end: what was used is due in the instant in which the month is over.
    until = ends + timedelta(microseconds=1)
    with platform_scope("what one account will be charged is reckoned from both books; each is told its own side"):
        vendor = Account.objects.only("id").get(kind=VENDOR).id
        reckoned = facts_of([account], since=begins, until=until)[account.id]
        try:
            due = [
                (account, reckoned, one, books_with(account, one, vendor))
                for one in reckoned.due(since=begins, until=until)
                if (begins < one.due <= ends if one.kind in _IN_ARREARS else one.due < ends)
            ]
        except (WrongPrice, CurrenciesDiffer):
            return MonthEnd(ends, unknown=True)
        # What is of the reseller that the account has left, or of a time in which it stood alone, is told to nobody else. Also to
        # one to which it has come back: of what was due before, one side alone is reckoned here, and looks like a loss.
        sides = [
            side
            for side in sides_of(due, vendor)
            if (
                not (stood_elsewhere(account, side.charge) or charged_elsewhere(account, side.charge))
                if account.kind == CLIENT
                else side.book == WHOLESALE and side.debtor == account.id
            )
        ]
        sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for side in sides:
            sums[side.book][side.currency] += side.minor
            if side.billed and side.debtor == account.id:
                sums["pays"][side.currency] += side.minor
        wholesale = dict(sums[WHOLESALE])
        reseller = account.parent_id if account.kind == CLIENT else None
        if reseller is not None and wholesale:
            agreed, volumes = agreed_with([reseller], at=at), volumes_of(reseller, first)
            wholesale = {
                currency: wholesale_of(minor, agreed.discount(reseller, at, volumes.get(currency, 0)))
                for currency, minor in wholesale.items()
            }
    return MonthEnd(ends, _told(sums[RETAIL]), _told(wholesale), _told(sums["pays"]))


def volumes_of(reseller: int, month: date) -> dict[str, int]:
    """What the reseller's accounts come to together, by currency: tiers go by it. Of the newest month that is kept."""
    rows = RevenueMonth.objects.filter(debtor_id=reseller, book=WHOLESALE, month__lte=month)
    return dict(rows.order_by("month").values_list("currency", "list_minor"))


def _told(sums: Mapping[str, int]) -> dict[str, int]:
    return {currency: max(minor, 0) for currency, minor in sorted(sums.items())}
