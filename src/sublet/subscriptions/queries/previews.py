"""What a change of plan would change, before it is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sublet.core.manifest import Plan
from sublet.core.periods import start_of_day
from sublet.core.plandiff import Line, compare
from sublet.core.subscription import Decision, Unlawful
from sublet.foundation.actor import Actor
from sublet.subscriptions.queries.held import Held
from sublet.subscriptions.queries.periods import period_end
from sublet.subscriptions.queries.subscriptions import (
    AddOnRow,
    ChangePreview,
    facts_for,
    held_for,
    view_of,
)


def preview_change(
    actor: Actor, ref: str, *, plan: str, when: str = "now", day: date | None = None, at: datetime
) -> ChangePreview | None:
    """What taking a plan (empty: ending the one that was taken) at once, at the end of the period, or from a day on would change.

    None where no such moment or plan is there: the operation says why. Raises NotFound, Forbidden.
    """
    facts = facts_for(actor, ref)
    now = held_for(actor, facts)
    after = now.offer.plan(plan) if plan else now.starting
    effective = at
    if when == "period":
        ends = period_end(now, facts.timezone, at)
        if ends is None:
            return None
        effective = ends
    elif when == "day":
        if day is None:
            return None
        effective = start_of_day(day, facts.timezone)
    if plan and after is None:
        return None
    try:
        decision = (
            now.agreement.take(plan, after.version, effective=effective, at=at, ref="")
            if plan and after is not None
            else now.agreement.end(effective=effective, at=at, ref="")
        )
    except Unlawful:
        return None
    view = view_of(facts, now, actor, at)
    left = now.agreement.with_decision(Decision(drop=decision.drop))
    before = now.plan_of(left.phase_at(effective))
    gone = {turn.ref for turn in decision.drop}
    return ChangePreview(
        before=before,
        after=after,
        effective=effective,
        lines=lines_between(now, before, after),
        resting=_resting(view.add_ons, after),
        dropped=[row for row in view.waiting if row.ref in gone],
        nothing=decision.is_empty,
        agreement=now.agreement.with_decision(decision),
    )


def lines_between(now: Held, before: Plan | None, after: Plan | None) -> tuple[Line, ...]:
    """What is gained and lost from one plan to the other."""
    return compare(before, after, now.offer.features.values(), [item.meter for item in now.offer.meters.values()])


def _resting(rows: Sequence[AddOnRow], after: Plan | None) -> list[AddOnRow]:
    return [
        row
        for row in rows
        if row.counts
        and row.add_on is not None
        and row.add_on.plans
        and (after is None or after.key not in row.add_on.plans)
    ]
