"""Where an account stood before: who claims, and who owes, what became due while it stood there.

What is used is charged when its meter's period is over, and can have been due long before: when its plan was given up for
another one. Whoever stood above the account then claims it at retail, at its own prices, and owes it at wholesale. An account
that stood alone owes it itself, and nobody claims it at retail.

Where two resellers became one, whoever stays comes after whoever went: it asks for what that one could still ask for, and owes what
that one still owes (`heir`). The ledger goes on saying under whom it became due, since that says at which prices.

Pure. Laws (tests/core/test_places.py): of each instant there is one place at most, and of an instant before the account came where
it stands exactly the one that it had not left yet. Everybody has one heir, who has none but itself; in whatever order merges become
known it is the same one, and nothing that is claimed or owed is lost or doubled by asking for the heir.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Below the account `above`, from `since` (None: from its birth) up to and not including `until`, in these groups of it at last.

    `above` is the account itself where it stood alone.
    """

    above: int
    since: datetime | None
    until: datetime
    groups: tuple[str, ...] = ()


def place_at(places: Iterable[Place], moment: datetime) -> Place | None:
    """Where it stood then; None: where it stands now, or nobody knows. Given in any order."""
    held = (each for each in places if moment < each.until and (each.since is None or each.since <= moment))
    return min(held, key=lambda each: each.until, default=None)


class NobodyIsLeft(ValueError):
    """Merges that go round: somebody would come after itself."""


def heir(successors: Mapping[int, int], who: int) -> int:
    """Who stands for `who` now. `successors`: who went in a merge → who stayed. Itself where it never went. Raises NobodyIsLeft."""
    found, seen = who, {who}
    while found in successors:
        found = successors[found]
        if found in seen:
            raise NobodyIsLeft(who)
        seen.add(found)
    return found


def heirs(successors: Mapping[int, int]) -> dict[int, int]:
    """Everybody who went → who stands for it now. Raises NobodyIsLeft."""
    return {gone: heir(successors, gone) for gone in successors}
