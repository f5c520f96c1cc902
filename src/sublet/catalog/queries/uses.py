"""How many accounts use what is on offer.

Who uses a plan or a meter is known above the catalog. Those apps tell it through `tell_uses`, once, when they start; what
none of them tells is worked out from what is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sublet.catalog.queries.in_force import offer
from sublet.core.offer import Item, uses_by_plans

#: What an app tells: entries in use at a moment → how many accounts use each, in a number of statements that does not
#: grow with the accounts. An entry that nobody uses may be left out.
Teller = Callable[[datetime], Mapping[Item, int]]

_tellers: dict[str, Teller] = {}


def tell_uses(app: str, teller: Teller) -> None:
    """Let the app of that name say what is used; for its `AppConfig.ready`. The last one of a name holds."""
    _tellers[app] = teller


def uses(at: datetime) -> Mapping[Item, int]:
    """Every entry of the offer that is used → by how many accounts at least: what several apps tell may be the same
    accounts, so the largest number holds. For the vendor, over all accounts.
    """
    present = offer()
    told: dict[Item, int] = {}
    for teller in _tellers.values():
        _raise(told, teller(at))
    _raise(told, uses_by_plans(present, told))
    return {item: count for item, count in told.items() if count}


def _raise(told: dict[Item, int], more: Mapping[Item, int]) -> None:
    for item, count in more.items():
        told[item] = max(told.get(item, 0), count)
