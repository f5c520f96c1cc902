"""How much of a meter is free before what goes beyond it is charged, on either side: what the plan gives, and what was said and given.

The vendor asks for what goes beyond what it granted itself; the reseller for what goes beyond that and what it granted on top. A limit of
the reseller's below that of the plan is a brake: who has paid for the plan is asked for nothing that it includes. ADR 0034.

Pure. Laws (tests/core/test_included.py): at retail never less is free than at wholesale; what the reseller says or gives changes nothing
at wholesale; without words and units given, both are what the plan gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sublet.core.entitled import RESELLER, VENDOR


@dataclass(frozen=True, slots=True)
class Said:
    """A limit in units (None: none) that somebody of that `layer` says, from `since` up to and not including `until`. `giver`: who."""

    layer: str
    giver: int
    units: int | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Once:
    """Units given once; `by_vendor`: else by a reseller."""

    units: int
    by_vendor: bool
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Granted:
    """Of one account and meter what was said of it, what the vendor said of those who said it (`held`), and what was given once."""

    said: tuple[Said, ...] = ()
    held: tuple[tuple[int, Said], ...] = ()  # (reseller, word)
    once: tuple[Once, ...] = ()


NOTHING = Granted()


def included(plan: int | None, granted: Granted, moment: datetime) -> tuple[int | None, int | None]:
    """What is free at wholesale and how much more at retail, in units, by what holds at `moment`; None: all.

    `plan`: what the plan gives with its add-ons then.
    """
    base = plan
    for word in _holding(granted.said, VENDOR, moment):
        base = word.units
    if base is None:
        return None, 0
    widened: int | None = base
    for word in _holding(granted.said, RESELLER, moment):
        held = _holding((one for whose, one in granted.held if whose == word.giver), VENDOR, moment)
        if held:
            widened = _widened(base, word.units, held[-1].units)
    there = [one for one in granted.once if one.since <= moment and (one.until is None or moment < one.until)]
    ours = base + sum(one.units for one in there if one.by_vendor)
    theirs = None if widened is None else widened + sum(one.units for one in there)
    return ours, None if theirs is None else theirs - ours


def _holding(said: Iterable[Said], layer: str, moment: datetime) -> list[Said]:
    return [
        one for one in said if one.layer == layer and one.since <= moment and (one.until is None or moment < one.until)
    ]


def _widened(base: int, wanted: int | None, held: int | None) -> int | None:
    """As far as the reseller holds so much itself."""
    reached = wanted if held is None else held if wanted is None else min(wanted, held)
    return None if reached is None else max(base, reached)
