"""What every write leaves behind: dated sources for the entitlements, two columns for lists, a job for what comes by itself."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sublet.accounts.models import Account
from sublet.accounts.operations.plans_shown import show_plan
from sublet.accounts.queries import installation_actor
from sublet.core.manifest import AddOn, Plan
from sublet.entitlements.operations import replace_sources
from sublet.foundation.actor import JOB, SCHEDULE, Actor
from sublet.foundation.jobs import enqueue
from sublet.foundation.scope import platform_scope
from sublet.metering.operations import set_anchor
from sublet.subscriptions.operations.sources import sources_of
from sublet.subscriptions.queries.held import Held, held_of
from sublet.subscriptions.queries.periods import anchor_day

DUE = "subscriptions.note_due"


def told(account: Account, thing: Plan | AddOn | None) -> dict[str, Any]:
    """The fields that all events of this app have."""
    if thing is None:
        return {"ref": account.ref, "name": account.name, "key": "", "version": 0, "names": {}}
    return {
        "ref": account.ref,
        "name": account.name,
        "key": thing.key,
        "version": thing.version,
        "names": {key: value for key, value in asdict(thing.name).items() if value},
    }


def written(account: Account, *, actor: Actor, at: datetime, begun: datetime | None = None) -> Held:
    """Carry over what is now stored, within the caller's transaction; the agreement as it is now.

    `begun`: a plan holds since then. Where none did before, the periods of meters that follow the subscription begin anew.
    """
    now = held_of(account.id, account.created_at)
    if begun is not None and now.agreement.taken_since(begun) == begun:
        day = anchor_day(now, account.timezone, begun)
        if day is not None:
            set_anchor(account_id=account.id, day=day, zone=account.timezone, since=begun, actor=actor, at=at)
    replace_sources(account_id=account.id, sources=sources_of(now), actor=actor, at=at)
    show_plan(account, plan=now.agreement.phase_at(at).plan, trial_until=now.trial.ends_at if now.trial else None)
    wake(now, at=at)
    return now


def wake(now: Held, *, at: datetime) -> None:
    """Put in the job for the next thing that comes by itself. What is put in twice is there once."""
    waiting = [row.effective_at for row in now.changes if row.dropped_at is None and row.told_at is None]
    if now.trial is not None and now.trial.next_at is not None:
        waiting.append(now.trial.next_at)
    if not waiting:
        return
    following = min(waiting)
    with platform_scope("what comes by itself is done by the installation"):
        schedule = installation_actor(name=SCHEDULE, via=JOB)
    enqueue(
        DUE,
        account_id=now.account_id,
        actor=schedule,
        at=at,
        run_at=max(following, at),
        key=f"due:{following.isoformat()}",
    )
