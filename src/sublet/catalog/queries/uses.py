"""How many accounts use what is on offer.

Who uses a plan or a meter is known above the catalog. Those apps tell it through `tell_uses`, once, when they start; what
none of them tells is worked out from what is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db.models import Count, Q

from sublet.accounts.models import Account
from sublet.catalog.queries.in_force import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.offer import Item, Offer, item_of_plan, uses_by_plans
from sublet.core.rights import CLIENT, DIRECT

#: What an app tells: entries in use at a moment → how many accounts use each, in a number of statements that does not
#: grow with the accounts. An entry that nobody uses may be left out.
Teller = Callable[[datetime], Mapping[Item, int]]

_tellers: dict[str, Teller] = {}
_plans_told_by: set[str] = set()


def tell_uses(app: str, teller: Teller, *, plans: bool = False) -> None:
    """Let the app of that name say what is used; for its `AppConfig.ready`. The last one of a name holds.

    `plans`: it knows the plan of every account. Then nothing is concluded from when accounts were born.
    """
    _tellers[app] = teller
    if plans:
        _plans_told_by.add(app)
    else:
        _plans_told_by.discard(app)


def stop_telling(app: str) -> None:
    """Take that back. For tests."""
    _tellers.pop(app, None)
    _plans_told_by.discard(app)


def uses(at: datetime) -> Mapping[Item, int]:
    """Every entry of the offer that is used → by how many accounts at least: what several apps tell may be the same
    accounts, so the largest number holds. For the vendor, over all accounts.
    """
    present = offer()
    told: dict[Item, int] = {} if _plans_told_by else _by_birth(present)
    for teller in _tellers.values():
        _raise(told, teller(at))
    _raise(told, uses_by_plans(present, told))
    return {item: count for item, count in told.items() if count}


def _raise(told: dict[Item, int], more: Mapping[Item, int]) -> None:
    for item, count in more.items():
        told[item] = max(told.get(item, 0), count)


def _by_birth(present: Offer) -> dict[Item, int]:
    """Until somebody takes a plan, every account is on the one on which it began: one statement for all of them."""
    spans = present.starting_spans()
    counts = {
        f"of_{number}": Count(
            "id",
            filter=Q(
                **({"created_at__gte": span.since} if span.since else {}),
                **({"created_at__lt": span.until} if span.until else {}),
            ),
        )
        for number, span in enumerate(spans)
    }
    if not counts:
        return {}
    # unscoped: for the vendor, over all accounts; numbers alone leave here
    living = Account.unscoped.filter(kind__in=(CLIENT, DIRECT)).exclude(state=CLOSED)
    found = living.aggregate(**counts)
    told: dict[Item, int] = {}
    for number, span in enumerate(spans):
        if span.plan is not None:
            item = item_of_plan(span.plan)
            told[item] = told.get(item, 0) + found[f"of_{number}"]
    return told
