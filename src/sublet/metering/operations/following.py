"""What follows when usage was counted: the jobs that apps above have asked for, one for many events of an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sublet.foundation.actor import Actor
from sublet.foundation.jobs import enqueue_many

#: Usage of so many seconds is looked at together.
TOGETHER = 2
#: A transaction may take so much longer: a job that began before it would not see what it counted.
_LATER = timedelta(seconds=1)
_followers: list[str] = []


def register_follower(kind: str) -> None:
    """Told once by an app when the apps are ready: the job of that kind is to run for each account whose usage changed.

    Its handler takes the context alone; the account is the job's.
    """
    if kind not in _followers:
        _followers.append(kind)


def follow_usage(account_ids: Sequence[int], *, actor: Actor, at: datetime) -> None:
    """Put the jobs into the queue, in the caller's transaction: one statement for each kind."""
    slot = int(at.timestamp()) // TOGETHER
    run_at = datetime.fromtimestamp((slot + 1) * TOGETHER, UTC) + _LATER
    for kind in _followers:
        enqueue_many(kind, account_ids=account_ids, actor=actor, at=at, key=f"usage {slot}", run_at=run_at)
