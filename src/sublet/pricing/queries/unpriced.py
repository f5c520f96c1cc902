"""Plans and add-ons that cost nothing for want of a price in the currency of who is charged: of one account, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import Names, Plan
from sublet.core.pricebook import PLAN, Thing
from sublet.core.pricelists import list_currency_of
from sublet.core.rights import CLIENT, DIRECT, RESELLER
from sublet.core.unpriced import TIME, unasked, unlisted
from sublet.entitlements.models import EntitlementSource
from sublet.foundation.actor import Actor
from sublet.pricing.queries.books import books_of, lists_in_force


@dataclass(frozen=True, slots=True)
class Unpriced:
    """What of a plan or an add-on has no price in the `currency` of who is charged: what it costs for time (`whole`), and for these
    meters (`keys`, and what they are called)."""

    currency: str
    whole: bool
    keys: tuple[str, ...]
    meters: tuple[Names, ...]


def unpriced_plan(actor: Actor, account_id: int, plan: Plan | None, *, at: datetime) -> Unpriced | None:
    """`unpriced_things` of one plan. None: nothing is missing, or the actor sees no prices."""
    if plan is None:
        return None
    thing = (PLAN, plan.key, plan.version)
    return unpriced_things(actor, account_id, [thing], at=at).get(thing)


def unpriced_things(actor: Actor, account_id: int, things: Sequence[Thing], *, at: datetime) -> dict[Thing, Unpriced]:
    """Of a client what its reseller asks nothing for, of a direct account what the vendor does, by what holds at `at`.

    Empty where the actor sees no prices (``billing:view``). Of what has no price in any currency nothing is missing: it is free
    on purpose. As many statements for many things as for one, none for none. For callers that hold the account by a scope.
    """
    if not things or not actor.may("billing:view"):
        return {}
    book = books_of([account_id], at=at).get(account_id)
    if book is None:
        return {}
    named = {item.meter.key: item.meter.name for item in offer().every_meter}
    found = {}
    for thing in things:
        if actor.account_kind == RESELLER:
            currency, missing = book.currency, unasked(book, thing, at)
        else:
            currency = book.list_currency
            missing = unlisted(book.lists, thing, currency) if book.reseller is None else ()
        if missing:
            keys = tuple(each for each in missing if each != TIME)
            found[thing] = Unpriced(currency, TIME in missing, keys, tuple(named[each] for each in keys))
    return found


def accounts_unpriced(*, at: datetime) -> int:
    """How many open accounts have a plan at that moment of which the vendor asks something, and nothing in the currency that it
    charges for them. One statement. For the vendor, who reads no account by it."""
    lists, present = lists_in_force(), offer()
    # unscoped: for the vendor, over all accounts; a number alone leaves here
    sources = EntitlementSource.unscoped.filter(starts_at__lte=at, kind="plan").exclude(account__state=CLOSED)
    sources = sources.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at))
    sources = sources.filter(Q(account__kind=DIRECT) | Q(account__kind=CLIENT, account__parent__kind=RESELLER))
    rows = sources.order_by().values_list(
        "key", "version", "account__kind", "account__currency", "account__parent__currency"
    )
    number = 0
    for key, version, kind, own, above, count in rows.annotate(number=Count("account_id", distinct=True)):
        pays_in = above if kind == CLIENT else own
        currency = list_currency_of(lists, pays_in, present.currency or pays_in)
        number += count if unlisted(lists, (PLAN, key, version), currency) else 0
    return number


__all__ = ["Unpriced", "accounts_unpriced", "unpriced_plan", "unpriced_things"]
