"""The period of its plan that an account pays for and that runs now, for its own people: days alone, no amount of either side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from sublet.accounts.models import Account
from sublet.billing.queries.facts import facts_of
from sublet.billing.queries.invoices import may_view
from sublet.billing.queries.sides import books_with, sides_of
from sublet.core.charging import BASE, charges
from sublet.core.lifecycle import CLOSED, PROSPECT
from sublet.core.money import CurrenciesDiffer
from sublet.core.pricing import WrongPrice
from sublet.core.proration import LONGEST_INTERVAL
from sublet.core.rights import CLIENT, DIRECT, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.scope import platform_scope
from sublet.subscriptions.queries import held

_INSTANT: Final = timedelta(microseconds=1)
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RunningPeriod:
    """From `first_day` to `last_day` inclusive, in the account's calendar. `next_day`: when another one begins; None: none does."""

    first_day: date
    last_day: date
    next_day: date | None


def running_period(actor: Actor, *, at: datetime) -> RunningPeriod | None:
    """What the acting client or direct account pays for now. None: nothing here, or the actor sees no invoices. About thirty
    statements."""
    if actor.account_kind not in (CLIENT, DIRECT) or not may_view(actor):
        return None
    account = Account.objects.get(id=actor.account_id)
    if account.state in (PROSPECT, CLOSED):
        return None
    now = held(account)
    if not now.agreement.phase_at(at).held[0]:
        return None
    with platform_scope("what one account is charged is reckoned from both books; it is told the days of its own side"):
        vendor = Account.objects.only("id").get(kind=VENDOR).id
        until = at + _INSTANT
        reckoned = facts_of([account], since=at, until=until)[account.id]
        plan_alone = replace(reckoned.facts, beside=(), usage=(), one_offs=(), commitments=())
        try:
            due = [
                (account, reckoned, one, books_with(account, one, vendor))
                for one in charges(plan_alone, since=at - LONGEST_INTERVAL, until=until)
                if one.kind == BASE and not one.credits and one.start <= at < one.end
            ]
        except (WrongPrice, CurrenciesDiffer):
            return None
        asked = [side.charge for side in sides_of(due, vendor) if side.billed and side.debtor == account.id]
    if not asked:
        return None
    last = max(asked, key=lambda charge: charge.due)
    goes_on = now.agreement.phase_at(last.end).held[0]
    return RunningPeriod(last.first_day, last.last_day, last.last_day + _A_DAY if goes_on else None)
