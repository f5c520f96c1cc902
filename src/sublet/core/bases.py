"""By which periods an account is charged from when on: by the anniversaries of its plan, or by the calendar.

The vendor says it of a plan, or leaves it to who sells the plan; who sells it chooses for one account. Of both there comes one
*basis* at each instant, the same for the wholesale and the retail book. Charging knows no bases: `by_basis` puts the calendar's
own anchor into the line of anchors while an account is charged by it, so that another basis is what another anchor is. What was
paid by the old periods is credited from the day of the change on, and that day belongs to the new ones.

Meters keep their own periods: `by_basis` is for charging alone, or who changes to and fro would have what is included twice.

Pure. Laws (tests/core/test_bases.py):

* charged by the calendar from ever, an account has the charges of `Facts.basis` calendar;
* however often the basis changes, each day is paid once: the charges less the credits tile time;
* a change credits what an upgrade on that day credits, and charges what the plan costs that is first taken then;
* what is said later changes no basis of an instant before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sublet.core.periods import Since
from sublet.core.proration import ANNIVERSARY, BASES, CALENDAR
from sublet.core.subscription import Phase

#: The vendor leaves it to who sells the plan.
EITHER: Final = "either"
RULES: Final = (EITHER, *BASES)
#: Months, quarters and years of the calendar all begin on its anniversaries.
CALENDAR_ANCHOR: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class BasisSince:
    """From `since` on the account is charged by `basis`."""

    since: datetime
    basis: str


@dataclass(frozen=True, slots=True)
class BasisRule:
    """From the beginning of `first_day`, where an account is, `basis` holds for whoever is on the plan; or ``either``."""

    plan: str
    first_day: date
    basis: str


def rule_at(rules: Sequence[BasisRule], plan: str, day: date) -> str:
    """What the vendor says of the plan on that day; of two for one day the later in the order given."""
    said = sorted(
        (each for each in rules if each.plan == plan and each.first_day <= day), key=lambda each: each.first_day
    )
    return said[-1].basis if said else EITHER


def bases_of(
    phases: Sequence[Phase],
    chosen: Sequence[BasisSince],
    rules: Sequence[BasisRule],
    begins: Callable[[date], datetime],
) -> tuple[BasisSince, ...]:
    """The bases of an account in the order of time; before the first, and where there is none, the anniversary.

    `chosen` and `rules` in the order in which they were decided: of two for the same instant the later holds. `begins`: the
    first instant of a day where the account was then. While no plan is taken, what the vendor says of the one before goes on:
    add-ons that outlive a plan are not credited and charged anew for its end.
    """
    if not chosen and not rules:
        return ()
    by_plan = {
        plan: _in_order([BasisSince(begins(rule.first_day), rule.basis) for rule in rules if rule.plan == plan])
        for plan in {rule.plan for rule in rules}
    }
    said = _in_order(chosen)
    plans = _plans(phases)
    cuts = {since for since, _plan in plans}
    cuts.update(each.since for each in said)
    cuts.update(each.since for there in by_plan.values() for each in there)
    found: list[BasisSince] = []
    before = ANNIVERSARY
    for cut in sorted(cuts):
        plan = next((plan for since, plan in reversed(plans) if since <= cut), "")
        basis = _at(by_plan.get(plan, ()), cut, EITHER)
        if basis == EITHER:
            basis = _at(said, cut, ANNIVERSARY)
        if basis != before:
            found.append(BasisSince(cut, basis))
            before = basis
    return tuple(found)


def basis_at(bases: Sequence[BasisSince], moment: datetime) -> str:
    """The basis of that instant."""
    return _at(bases, moment, ANNIVERSARY)


def is_chosen(chosen: Sequence[BasisSince], basis: str, effective: datetime, at: datetime) -> bool:
    """Whether that choice for `effective`, made at `at`, would say nothing new. `chosen` in the order of their decision: what of it
    lies ahead waits, and a new choice takes its place."""
    waiting = [each for each in chosen if each.since > at]
    if waiting:
        return len(waiting) == 1 and waiting[0] == BasisSince(effective, basis)
    return _at(_in_order(chosen), effective, ANNIVERSARY) == basis


def by_basis(line: Sequence[Since], bases: Sequence[BasisSince]) -> tuple[Since, ...]:
    """The line of anchors (`periods.Since`) that the account is charged by; zones stay as they are.

    While the calendar counts, anchors of a plan that is taken anew move nothing; when the anniversary comes back it is that of
    the anchor that holds by then.
    """
    if not bases:
        return tuple(line)
    first = line[0].since
    starts = [each.since for each in line]
    cuts = sorted({*starts, *(each.since for each in bases if each.since > first)})
    found: list[Since] = []
    for cut in cuts:
        here = line[bisect_right(starts, cut) - 1].anchor
        anchor = replace(here, day=CALENDAR_ANCHOR) if basis_at(bases, cut) == CALENDAR else here
        if not found or found[-1].anchor != anchor:
            found.append(Since(cut, anchor))
    return tuple(found)


def deciding(phases: Sequence[Phase], moment: datetime) -> str:
    """The plan whose rule counts at that moment; empty before one was ever taken."""
    return next((plan for since, plan in reversed(_plans(phases)) if since <= moment), "")


def _plans(phases: Sequence[Phase]) -> list[tuple[datetime, str]]:
    """Since when which plan decides; one that rests, or has ended without another, goes on deciding."""
    found: list[tuple[datetime, str]] = []
    for phase in phases:
        if phase.plan and (not found or found[-1][1] != phase.plan):
            found.append((phase.starts, phase.plan))
    return found


def _in_order(said: Sequence[BasisSince]) -> tuple[BasisSince, ...]:
    return tuple(sorted(said, key=lambda each: each.since))


def _at(said: Sequence[BasisSince], moment: datetime, otherwise: str) -> str:
    place = bisect_right([each.since for each in said], moment)
    return said[place - 1].basis if place else otherwise
