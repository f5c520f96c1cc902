"""What an agreement gives, as dated sources for the entitlements: nothing has to happen for one to begin or end."""

from __future__ import annotations

from sublet.subscriptions.queries.held import Held
from sublet.subscriptions.standin import SourceFacts


def sources_of(now: Held) -> tuple[SourceFacts, ...]:
    """Every phase of a plan that was taken, the trial, and add-ons while they count; past and coming ones alike.

    The plan of the birth is no source: it counts where there is none.
    """
    found = [
        SourceFacts(kind="plan", key=phase.held[0], version=phase.held[1], starts_at=phase.starts, ends_at=phase.ends)
        for phase in now.agreement.phases()
        if phase.held[0]
    ]
    if now.trial is not None:
        trial = now.trial
        found.append(
            SourceFacts(
                kind="trial",
                key=trial.plan,
                version=trial.version,
                starts_at=trial.started_at,
                ends_at=trial.ends_at,
            )
        )
    for row in now.add_ons:
        found += [
            SourceFacts(
                kind="add_on", key=row.key, version=row.version, count=row.count, starts_at=begins, ends_at=ends
            )
            for begins, ends in now.spans_of(row)
        ]
    return tuple(found)
