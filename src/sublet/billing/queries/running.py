"""The period that an account pays for and that runs now, with the prices that it pays, for its own people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from sublet.accounts.models import Account
from sublet.billing.queries.facts import facts_of
from sublet.billing.queries.invoices import may_view
from sublet.billing.queries.sides import books_with, sides_of
from sublet.core.charging import ADD_ONS, BASE, Beside, Charge, Span, charges
from sublet.core.charging import SERVICE as SERVICE_CHARGE
from sublet.core.lifecycle import CLOSED, PROSPECT
from sublet.core.money import CurrenciesDiffer
from sublet.core.pricebook import ADD_ON, LIST_SIDE, PLAN, RETAIL_SIDE, SERVICE, Book
from sublet.core.pricing import Price, WrongPrice
from sublet.core.proration import LONGEST_INTERVAL, MONTHS
from sublet.core.rights import CLIENT, DIRECT, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.scope import platform_scope
from sublet.pricing.queries.letters import told_of
from sublet.subscriptions.queries import held
from sublet.subscriptions.queries.held import Held

#: What is paid for time, and of what the price is.
KINDS: Final = {BASE: PLAN, ADD_ONS: ADD_ON, SERVICE_CHARGE: SERVICE}
_INSTANT: Final = timedelta(microseconds=1)
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """What the account pays for its plan, an add-on, a managed service, or a contract (`key` is its name then). `less`: in percent, what a
    promotion takes off now. `coming`: the prices about which it was written to, with the day from which on each holds."""

    kind: str
    key: str
    price: Price
    less: Decimal
    coming: tuple[tuple[date, Price], ...] = ()


@dataclass(frozen=True, slots=True)
class RunningPeriod:
    """From `first_day` to `last_day` inclusive, in the account's calendar. `next_day`: when another one begins; None: none does.

    `prices`: of what it pays here, and of nothing else; those of its own side.
    """

    first_day: date
    last_day: date
    next_day: date | None
    prices: tuple[OwnPrice, ...] = field(default=(), compare=False)


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
        taken = replace(reckoned.facts, usage=(), one_offs=(), commitments=())
        try:
            due = [
                (account, reckoned, one, books_with(account, one, vendor))
                for one in charges(taken, since=at - LONGEST_INTERVAL, until=until)
                if one.kind in KINDS and not one.credits and one.start <= at < one.end
            ]
        except (WrongPrice, CurrenciesDiffer):
            return None
        own = [side for side in sides_of(due, vendor) if side.billed and side.debtor == account.id]
        # Of its plan; where that costs nothing, of what it pays beside.
        asked = [side.charge for side in own if side.charge.kind == BASE] or [side.charge for side in own]
        if not asked:
            return None
        # What was given up within the period was paid for, and is given back by a charge of its own.
        on = {(SERVICE, one.key) for one in taken.beside if any(_runs(each, at) for each in one.spans)}
        paid = {thing for side in own if (thing := _thing(side.charge))[0] != SERVICE or thing in on}
        prices = (*_prices(account, now, reckoned.book, paid, at), *_agreed(taken.beside, paid))
    last = max(asked, key=lambda charge: charge.due)
    goes_on = now.agreement.phase_at(last.end).held[0]
    return RunningPeriod(last.first_day, last.last_day, last.last_day + _A_DAY if goes_on else None, prices)


def _runs(span: Span, at: datetime) -> bool:
    return span.starts <= at and (span.ends is None or at < span.ends)


def _thing(charge: Charge) -> tuple[str, str]:
    return KINDS[charge.kind], charge.item


def _agreed(beside: Iterable[Beside], paid: Set[tuple[str, str]]) -> Iterator[OwnPrice]:
    """Contracts with a price of their own."""
    for one in beside:
        if one.price is not None and (SERVICE, one.key) in paid:
            yield OwnPrice(SERVICE, one.key, one.price, Decimal(0))


def _prices(account: Account, now: Held, book: Book, paid: Set[tuple[str, str]], at: datetime) -> Iterator[OwnPrice]:
    """By what each thing that it pays is asked for, and what it was told of later days."""
    told = told_of(account.id, at.astimezone(ZoneInfo(account.timezone)).date())
    key, version = now.agreement.phase_at(at).held
    things = [(PLAN, key, version)]
    things += [(ADD_ON, row.key, row.version) for row in now.add_ons]
    things += [(SERVICE, key, 0) for kind, key in sorted(paid) if kind == SERVICE]
    for kind, key, version in dict.fromkeys(things):
        if (kind, key) not in paid:
            continue
        for interval in MONTHS:
            price = _asked(account, book, kind, key, version, interval, at)
            if price is None or price.is_usage:
                continue
            promotion = book.promotion(kind, key, at, RETAIL_SIDE if account.kind == CLIENT else LIST_SIDE)
            days = [day for what, name, each, day in told if (what, name, each) == (kind, key, interval)]
            coming = []
            for day in dict.fromkeys(days):
                noon = datetime.combine(day, time(12), ZoneInfo(account.timezone))
                later = _asked(account, book, kind, key, version, interval, noon)
                if later is not None:
                    coming.append((day, later))
            yield OwnPrice(kind, key, price, promotion.percent if promotion is not None else Decimal(0), tuple(coming))
            break  # it is charged by the first interval that has a price


def _asked(
    account: Account, book: Book, kind: str, key: str, version: int, interval: str, moment: datetime
) -> Price | None:
    """Its own side's price by that interval: what it is charged by."""
    if account.kind != CLIENT:
        return book.list_price(kind, key, version, interval, moment)
    found = book.retail(kind, key, version, interval, moment)
    return found.price if found is not None and found.agreed.interval == interval else None
