"""What charges are reckoned from, for many accounts in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

from sublet.accounts.models import Account
from sublet.billing.queries.alongside import (
    LONGEST_ITEM,
    agreed_late,
    before_gone,
    commitments_of,
    contracts_of,
    free_of,
    idle_of,
    outside,
    services_of,
    settings_of,
)
from sublet.billing.queries.sold import Known, Stood, sold_of
from sublet.billing.queries.stood import stood_of
from sublet.billing.queries.used import used_by
from sublet.catalog.queries import offer
from sublet.core.bases import by_basis
from sublet.core.charging import (
    BEGINNING,
    SERVICE,
    Beside,
    Charge,
    Commitment,
    Facts,
    OneOff,
    PlanHeld,
    Span,
    Usage,
    charges,
    shortfalls,
)
from sublet.core.included import Granted
from sublet.core.lifecycle import CLOSED
from sublet.core.offer import Offer
from sublet.core.places import place_at
from sublet.core.pricebook import ADD_ON, Book, Retail
from sublet.core.pricing import Price
from sublet.core.proration import LONGEST_INTERVAL, start_on
from sublet.core.subscription import Agreement
from sublet.entitlements.queries.granted import granted_of
from sublet.metering.queries import lines_of_ids
from sublet.pricing.queries.books import books_of
from sublet.subscriptions.queries import said_of
from sublet.subscriptions.queries.held import Held, held_many

ONCE: Final = "once"


@dataclass(frozen=True, slots=True)
class Asked:
    """The book's prices by the interval by which they were said: a yearly price is asked for a year ahead, not by twelfths."""

    book: Book

    def list_price(self, kind: str, key: str, version: int, interval: str, at: datetime) -> Price | None:
        """What the vendor asks, in the period that begins at `at`."""
        return self.book.list_price(kind, key, version, interval, at)

    def retail(self, kind: str, key: str, version: int, interval: str, at: datetime) -> Retail | None:
        """What the reseller asks; None: nothing, or by another interval."""
        found = self.book.retail(kind, key, version, interval, at)
        return found if found is None or found.agreed.interval == interval else None


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The facts of one account, and of each charge for usage the total that it will have been reckoned from.

    `late`: contracts that were agreed after the last run, and may have begun before it. `promised`: the same facts with the
    commitments and the use of all their periods; None: there is none. `stood`: where the account stood before.
    """

    facts: Facts
    book: Book
    totals: Mapping[str, int] = field(default_factory=dict)  # ``overage:<meter>:<period>`` → steps
    late: frozenset[str] = frozenset()
    promised: Facts | None = None
    stood: tuple[Stood, ...] = ()

    def book_of(self, charge: Charge) -> Book:
        """The prices of whoever claims it at retail."""
        if not charge.claimed_by:
            return self.book
        place = place_at((each.place for each in self.stood), charge.due)
        return next((each.book for each in self.stood if each.place == place), self.book)

    def due(self, *, since: datetime, until: datetime) -> Iterator[Charge]:
        """What is due from `since` up to and not including `until`, and of contracts that were agreed late what was due before.

        Raises WrongPrice, CurrenciesDiffer.
        """
        yield from charges(self.facts, since=since, until=until)
        begun = [one for one in self.facts.beside if one.kind == SERVICE and one.ref in self.late]
        first = min((span.starts for one in begun for span in one.spans), default=since)
        if first < since:
            alone = Facts(self.facts.line, self.facts.prices, beside=tuple(begun), basis=self.facts.basis)
            yield from charges(alone, since=first, until=min(since, until))
        if self.promised is not None:
            yield from shortfalls(self.promised, since=since, until=until)
            new = tuple(one for one in self.promised.commitments if one.ref in self.late)
            yield from shortfalls(replace(self.promised, commitments=new), since=BEGINNING, until=min(since, until))


def facts_of(
    accounts: Sequence[Account],
    *,
    since: datetime,
    until: datetime,
    agreed: Mapping[int, Agreement] | None = None,
) -> dict[int, Reckoned]:
    """Of each of those accounts, in the scope in force. Twenty-nine statements at most, however many there are;
    five more where somebody has promised a sum, seven where something is paid for that stands; where somebody has moved one, and
    twelve for each place that something may still be told of.

    Of a closed account everything ends when it was closed. Of the times in which one was closed before, or a demonstration, nothing
    is ever charged: what goes on after them begins anew. `agreed`: of these accounts what would be agreed about their plans, for
    whoever asks what that would cost.
    """
    ids = [each.id for each in accounts]
    present = offer()
    books = books_of(ids, at=until)
    lines = lines_of_ids(ids)
    words = settings_of(ids, present)
    late = agreed_late(ids, since=since, until=until)
    held = [replace(now, agreement=(agreed or {}).get(now.account_id, now.agreement)) for now in held_many(accounts)]
    placed = {each.id: each.placed_at for each in accounts}
    said = said_of(ids)
    gone = {each.id: each.state_since for each in accounts if each.state == CLOSED}
    idle = {each.id: idle_of(each) for each in accounts}
    stood = stood_of(accounts, since=since, at=until)
    asked = {each.id: (books[each.id], *(one.book for one in stood.get(each.id, ()))) for each in accounts}
    services = {
        account.id: services_of(
            now,
            account.kind,
            asked[account.id],
            words.get(account.id, ()),
            gone.get(account.id),
            idle[account.id],
        )
        for account, now in zip(accounts, held, strict=True)
    }
    charged = {
        now.account_id: by_basis(
            lines[now.account_id].anchors, said.bases(now, partial(start_on, lines[now.account_id].anchors))
        )
        for now in held
    }
    granted = _granted(ids, present)
    known = [
        Known(
            now, lines[now.account_id], books[now.account_id], charged[now.account_id], gone.get(now.account_id),
            sold_of(
                now, lines[now.account_id].anchors, asked[now.account_id], gone.get(now.account_id), services[now.account_id],
                idle[now.account_id],
            ),
            stood.get(now.account_id, ()), placed[now.account_id], idle[now.account_id],
            granted.get(now.account_id, {}),
        )
        for now in held
    ]  # fmt: skip
    used = used_by(known, present, since=since, until=until)
    promises = {now.held.account_id: commitments_of(now.line, now.book, now.gone, now.idle) for now in known}
    over_all = _use_promised_of(known, promises, late, present, since=since, until=until)
    found = {}
    for account, now in zip(accounts, held, strict=True):
        line, book, ended = lines[account.id], books[account.id], gone.get(account.id)
        usage, steps = used.get(account.id, ((), {}))
        beside = [
            Beside(row.ref, row.key, row.version, tuple(Span(*span) for span in now.spans_of(row)), row.count)
            for row in now.add_ons
        ]
        beside += services[account.id]
        beside += contracts_of(line, book)
        facts = Facts(
            line=charged[account.id],  # what meters count in periods keeps its own
            prices=Asked(book),
            plans=tuple(plans_held(now, ended)),
            beside=outside(before_gone(beside, ended), idle[account.id]),
            free=free_of(now, idle[account.id]),
            usage=usage,
            one_offs=tuple(
                one
                for one in _one_offs(now, book)
                if (ended is None or one.at < ended)
                and not any(
                    each.starts <= one.at and (each.ends is None or one.at < each.ends) for each in idle[account.id]
                )
            ),
        )
        promised = None
        if promises[account.id]:
            promised = replace(facts, commitments=promises[account.id], usage=over_all.get(account.id, ()))
        found[account.id] = Reckoned(
            facts, book, steps, frozenset(late.get(account.id, ())), promised, stood.get(account.id, ())
        )
    return found


def _granted(ids: Sequence[int], present: Offer) -> dict[int, dict[str, Granted]]:
    """Account → meter → what was said of its limit and given once, of meters of which what goes beyond a limit is charged."""
    keys = {limit.meter for item in present.every_plan for limit in item.plan.limits if limit.overage}
    found: dict[int, dict[str, Granted]] = {}
    for (account_id, meter), granted in granted_of(ids, keys).items():
        found.setdefault(account_id, {})[meter] = granted
    return found


def _use_promised_of(
    known: Sequence[Known],
    promises: Mapping[int, Sequence[Commitment]],
    late: Mapping[int, set[str]],
    present: Offer,
    *,
    since: datetime,
    until: datetime,
) -> dict[int, tuple[Usage, ...]]:
    """Of who has promised a sum the use of each period that may end in the window; without it too much would be missing."""
    there = [one for one in known if promises[one.held.account_id]]
    if not there:
        return {}
    new = [
        promise.starts
        for account_id, found in promises.items()
        for promise in found
        if promise.ref in late.get(account_id, ())
    ]
    used = used_by(there, present, since=min([since - LONGEST_INTERVAL, *new]), until=until)
    return {account_id: usage for account_id, (usage, _steps) in used.items()}


def plans_held(now: Held, gone: datetime | None) -> Iterator[PlanHeld]:
    """The plans that were taken, while they did not rest."""
    for phase in now.agreement.phases():
        if not phase.held[0] or (gone is not None and gone <= phase.starts):
            continue
        ends = phase.ends if gone is None else gone if phase.ends is None else min(phase.ends, gone)
        yield PlanHeld(phase.starts, ends, *phase.held)


def _one_offs(now: Held, book: Book) -> Iterator[OneOff]:
    """Add-ons that are paid once (set-up), and what the reseller sold beside."""
    for row in now.add_ons:
        asked = book.list_price(ADD_ON, row.key, row.version, ONCE)
        retail = book.retail(ADD_ON, row.key, row.version, ONCE, row.starts_at)
        if asked is not None or retail is not None:
            price = None if retail is None else retail.price
            yield OneOff(row.ref, row.key, row.starts_at, asked, price, row.count)
    for sold in book.sold:
        yield OneOff(sold.ref, sold.name[:LONGEST_ITEM], sold.at, None, sold.price, sold.quantity)
