"""Where an account stood before: who claims, and who owes, what became due while it stood there.

What is used is charged when its meter's period is over, and can have been due long before: when its plan was given up for
another one. Whoever stood above the account then claims it at retail, at its own prices, and owes it at wholesale. An account
that stood alone owes it itself, and nobody claims it at retail.

Pure. Law (tests/core/test_places.py): of each instant there is one place at most, and of an instant before the account came where
it stands exactly the one that it had not left yet.
"""

from __future__ import annotations

from collections.abc import Iterable
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
