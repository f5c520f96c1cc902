"""Invariants: what must be true whatever was done. Each app declares its own; they are looked at each night and on demand.

The database's constraints hold most of what can be said of one row. What is left needs several tables, or could only break
by a fault or by somebody's hand; it is found here, in production, before anybody suffers from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from sublet.foundation.invariants.models import InvariantState

#: So many places are kept and shown; the number tells of the rest.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Broken:
    """A place at which an invariant does not hold: the account, and what is wrong in words of the machine room."""

    account_id: int | None
    words: str


Look = Callable[[datetime], Iterable[Broken]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """`broken` is the sentence for people when it does not hold; `look` finds the places."""

    name: str
    broken: str | Promise
    look: Look


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one invariant."""

    name: str
    sentence: str | Promise
    checked_at: datetime
    broken_since: datetime | None
    number: int
    places: Sequence[Broken]


INVARIANTS: dict[str, Invariant] = {}


def invariant(name: str, *, broken: str | Promise) -> Callable[[Look], Look]:
    """Register ``look(at) -> Iterable[Broken]`` under a name that nothing else has. It runs in a platform scope."""

    def register(look: Look) -> Look:
        if name in INVARIANTS and INVARIANTS[name].look.__qualname__ != look.__qualname__:
            raise ValueError(f"two invariants are called {name}")
        INVARIANTS[name] = Invariant(name, broken, look)
        return look

    return register


def check_invariants(*, at: datetime) -> list[Standing]:
    """Look at every invariant now and keep what was found. A look that fails counts as broken: nobody knows then."""
    found = []
    before = {row.name: row for row in InvariantState.unscoped.all()}  # unscoped: the installation's own
    for each in INVARIANTS.values():
        try:
            broken = list(each.look(at))
        except Exception as fault:
            broken = [Broken(None, f"the look failed: {type(fault).__name__}: {fault}")]
        known = before.get(each.name)
        since = (known.broken_since if known else None) or at
        # unscoped: as above
        InvariantState.unscoped.update_or_create(
            name=each.name,
            defaults={
                "checked_at": at,
                "broken_since": since if broken else None,
                "number": len(broken),
                "places": [[one.account_id, one.words[:300]] for one in broken[:SHOWN]],
            },
        )
        found.append(Standing(each.name, each.broken, at, since if broken else None, len(broken), broken[:SHOWN]))
    return found


def standings() -> list[Standing]:
    """What the last look found, of each invariant that this version knows. One statement."""
    known = InvariantState.unscoped.filter(name__in=list(INVARIANTS))  # unscoped: the installation's own
    rows = known.order_by("name")
    return [
        Standing(
            row.name,
            INVARIANTS[row.name].broken,
            row.checked_at,
            row.broken_since,
            row.number,
            [Broken(account_id, words) for account_id, words in row.places],
        )
        for row in rows
    ]
