"""The discount that is usual, from when on: what every reseller gets with which nothing else was agreed.

Pure. Law (tests/pricing/test_usual_discount.py): at each instant the discount is what was agreed then, or else what was usual then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sublet.core.pricebook import USUAL_DISCOUNT, WholesaleTerms


@dataclass(frozen=True, slots=True)
class UsualSince:
    """What the vendor gives every reseller with which nothing else was agreed, from `since` on."""

    since: datetime
    percent: Decimal


def as_usual(said: Sequence[WholesaleTerms], usual: Sequence[UsualSince]) -> tuple[WholesaleTerms, ...]:
    """What was agreed over time, with what was usual then: a later usual discount changes nothing that held before it, and nothing
    for whom another one was agreed. Both in the order of time."""
    if not usual:
        return tuple(said)
    found: list[WholesaleTerms] = []
    for cut in sorted({*(each.since for each in said), *(each.since for each in usual)}):
        held = next((each for each in reversed(said) if each.since <= cut), None)
        then = next((each.percent for each in reversed(usual) if each.since <= cut), USUAL_DISCOUNT)
        percent, tiers = (None, ()) if held is None else (held.percent, held.tiers)
        last = found[-1] if found else None
        if percent is not None and last is not None and held is not None and held.since < cut:
            continue  # a new usual one is nothing to who has agreed on another
        found.append(WholesaleTerms(cut, percent, tiers, then))
    return tuple(found)
