"""Plans that cost nothing because they have no price in the currency of who is charged: of one account, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import Names, Plan
from sublet.core.pricebook import PLAN
from sublet.core.pricelists import list_currency_of
from sublet.core.rights import CLIENT, DIRECT, RESELLER
from sublet.core.unpriced import TIME, unasked, unlisted
from sublet.entitlements.models import EntitlementSource
from sublet.foundation.actor import Actor
from sublet.pricing.queries.books import books_of, lists_in_force


@dataclass(frozen=True, slots=True)
class Unpriced:
    """What of a plan has no price in the `currency` of who is charged: what it costs for time (`whole`), and for these meters."""

    currency: str
    whole: bool
    meters: tuple[Names, ...]


def unpriced_plan(actor: Actor, account_id: int, plan: Plan | None, *, at: datetime) -> Unpriced | None:
    """Of a client what its reseller asks nothing for, of a direct account what the vendor does, by what holds at `at`.

    None: nothing, or the actor sees no prices (``billing:view``). For callers that hold the account by a scope.
    """
    if plan is None or not actor.may("billing:view"):
        return None
    book = books_of([account_id], at=at).get(account_id)
    if book is None:
        return None
    thing = (PLAN, plan.key, plan.version)
    if actor.account_kind == RESELLER:
        currency, missing = book.currency, unasked(book, thing, at)
    else:
        currency = book.list_currency
        missing = unlisted(book.lists, thing, currency) if book.reseller is None else ()
    if not missing:
        return None
    named = {item.meter.key: item.meter.name for item in offer().every_meter}
    return Unpriced(currency, TIME in missing, tuple(named[each] for each in missing if each != TIME))


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


__all__ = ["Unpriced", "accounts_unpriced", "unpriced_plan"]
