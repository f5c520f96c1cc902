"""When the period ends that is paid for a plan, or for an add-on, where it is longer than a month: told to `subscriptions`, below.

The client's own period is meant, at the price that its reseller asks. Where nothing is asked of it, that which the reseller owes the
vendor for; and of a direct account that of the list price. ADR 0033.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sublet.accounts.models import Account
from sublet.billing.queries.alongside import free_of, idle_of, outside
from sublet.billing.queries.facts import Asked, plans_held
from sublet.clientsettings.queries import prices_over_time
from sublet.core.advance import moves_of
from sublet.core.bases import by_basis
from sublet.core.charging import ADD_ONS, BASE, Beside, Charge, Facts, Span, charges
from sublet.core.lifecycle import CLOSED, PROSPECT
from sublet.core.money import CurrenciesDiffer
from sublet.core.pricebook import ADD_ON, PLAN, Thing
from sublet.core.pricing import WrongPrice
from sublet.core.proration import LONGEST_INTERVAL, MONTH, MONTHS, start_on
from sublet.foundation.scope import platform_scope
from sublet.metering.queries import lines_of_ids
from sublet.pricing.models import RetailPriceSet
from sublet.pricing.queries.books import books_of, lists_in_force
from sublet.subscriptions.queries import said_of
from sublet.subscriptions.queries.held import Held

_INSTANT: Final = timedelta(microseconds=1)
_LONGER: Final = tuple(each for each in MONTHS if each != MONTH)


def paid_until(held: Sequence[Held], at: datetime, add_on: str = "") -> dict[int, datetime]:
    """Of each account when the period ends that is paid for its plan, or for its add-on of that reference, and runs at `at`.

    Left out are those of which nothing is paid in advance then, or nothing is asked by a longer interval than the month: none or one
    statement where there is no reseller, three where it asks nothing longer; else eighteen, however many accounts there are. For
    callers that hold the accounts.
    """
    things = {now.account_id: thing for now in held if (thing := _thing(now, at, add_on)) is not None}
    if not things:
        return {}
    with platform_scope("what one account is charged is reckoned from both books; the end of the period alone is told"):
        # unscoped: the caller holds them
        known = Account.unscoped.filter(id__in=things).exclude(state__in=(PROSPECT, CLOSED))
        accounts = {each.id: each for each in known}
        longer = _asked_longer(accounts.values(), things, at)
        there = [now for now in held if now.account_id in longer]
        if not there:
            return {}
        ids = [now.account_id for now in there]
        books, lines, said = books_of(ids, at=at), lines_of_ids(ids), said_of(ids)
    found = {}
    for now in there:
        idle, line = idle_of(accounts[now.account_id]), lines[now.account_id].anchors
        facts = Facts(
            line=by_basis(line, said.bases(now, partial(start_on, line))),
            prices=Asked(books[now.account_id]),
            plans=() if add_on else tuple(plans_held(now, None)),
            beside=outside(_beside(now, add_on), idle),
            free=free_of(now, idle),
        )
        ends = _end(facts, things[now.account_id], add_on, at)
        if ends is not None:
            found[now.account_id] = ends
    return found


def _thing(now: Held, at: datetime, add_on: str) -> Thing | None:
    """What is paid for; None where nothing is held then."""
    if not add_on:
        key, version = now.agreement.phase_at(at).held
        return (PLAN, key, version) if key else None
    row = next((row for row in now.add_ons if row.ref == add_on), None)
    return None if row is None else (ADD_ON, row.key, row.version)


def _beside(now: Held, add_on: str) -> list[Beside]:
    """The add-on alone, as if nobody had decided yet when it ends."""
    return [
        Beside(row.ref, row.key, row.version, tuple(Span(*span) for span in now.spans_of(row)), row.count)
        for row in now.add_ons
        if row.ref == add_on
    ]


def _asked_longer(accounts: Iterable[Account], things: Mapping[int, Thing], at: datetime) -> set[int]:
    """Those of whom it may be that something longer than a month is paid for."""
    below = {each.id: each.parent_id for each in accounts if each.kind == "client" and each.parent_id is not None}
    found = {each.id for each in accounts if _listed_longer(things[each.id])}
    if set(below) <= found:
        return found
    # unscoped: as above; rows of whoever is above each
    rows = RetailPriceSet.unscoped.filter(
        account_id__in=set(below.values()), kind__in=(PLAN, ADD_ON), interval__in=_LONGER, since__lte=at
    )
    resellers = set(rows.values_list("account_id", flat=True))
    own = prices_over_time(below, at=at)
    return found | {
        account_id
        for account_id, above in below.items()
        if above in resellers
        or any(price is not None and price.interval in _LONGER for _since, price in own.get(account_id, ()))
    }


def _listed_longer(thing: Thing) -> bool:
    """Whether the thing is to be had by a longer interval alone, in some currency: where it has a price by the month, that is charged."""
    intervals: dict[str, set[str]] = {}
    for price in lists_in_force().of(thing):
        if not price.is_usage:
            intervals.setdefault(price.currency, set()).add(price.interval)
    return any(MONTH not in each and each & set(_LONGER) for each in intervals.values())


def _end(facts: Facts, thing: Thing, add_on: str, at: datetime) -> datetime | None:
    _kind, key, version = thing
    kind, stem = (ADD_ONS, f"add_on:{add_on}:") if add_on else (BASE, f"base:plan.{key}.{version}:")
    try:
        due = [
            one
            for one in charges(facts, since=at - LONGEST_INTERVAL, until=at + _INSTANT)
            if one.kind == kind and one.key.startswith(stem) and not one.credits and one.start <= at < one.end
        ]
    except (WrongPrice, CurrenciesDiffer):
        return None
    asked: list[Charge] = [one for one in due if one.retail_minor is not None] or due
    if not asked:
        return None
    ends = max(asked, key=lambda one: one.due).end
    # Where another basis is decided for an earlier day, what is paid is credited from then on.
    return min([ends, *(move for move in moves_of(facts) if move > at)])


__all__ = ["paid_until"]
