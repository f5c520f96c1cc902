"""What an agreement gives, as dated sources for the entitlements: nothing has to happen for one to begin or end."""

from __future__ import annotations

from collections import Counter

from sublet.core.entitled import ADD_ON, PLAN, TRIAL
from sublet.entitlements.operations import SourceFacts
from sublet.subscriptions.queries.held import Held


def sources_of(now: Held) -> tuple[SourceFacts, ...]:
    """Every phase of a plan that was taken, the trial, and add-ons while they count; past and coming ones alike.

    The plan of the birth is no source: it counts where there is none. Of a trial the plan is named that offers it,
    and what it opens, in the version that was agreed.
    """
    found = [
        SourceFacts(kind=PLAN, key=phase.held[0], version=phase.held[1], starts_at=phase.starts, ends_at=phase.ends)
        for phase in now.agreement.phases()
        if phase.held[0]
    ]
    if now.trial is not None:
        trial = now.trial
        found.append(
            SourceFacts(
                kind=TRIAL,
                key=trial.plan,
                version=trial.version,
                starts_at=trial.started_at,
                ends_at=trial.ends_at,
                opens=trial.opens,
                opens_version=trial.opens_version,
            )
        )
    # Two that were taken in the same instant are one source of both: otherwise one of them would be lost.
    counts: Counter[SourceFacts] = Counter()
    for row in now.add_ons:
        for begins, ends in now.spans_of(row):
            counts[SourceFacts(ADD_ON, row.key, row.version, begins, ends)] += row.count
    found += [
        SourceFacts(one.kind, one.key, one.version, one.starts_at, one.ends_at, count) for one, count in counts.items()
    ]
    return tuple(found)
