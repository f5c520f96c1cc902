"""What follows when usage was counted: the jobs that apps above have asked for, one for many events of an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.db import transaction

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


@dataclass(slots=True)
class _Lately:
    """For which accounts this process has put the jobs of a slot in, which wait until then by its own clock."""

    slot: int = -1
    until: float = 0.0
    account_ids: set[int] = field(default_factory=set)

    def waits(self, slot: int) -> set[int]:
        """Whose jobs of that slot still wait, so that putting them in again would change nothing."""
        return self.account_ids if slot == self.slot and monotonic() < self.until else set()

    def note(self, slot: int, until: float, account_ids: Sequence[int]) -> None:
        """They are kept."""
        if slot != self.slot:
            self.slot, self.until, self.account_ids = slot, until, set()
        self.until = min(self.until, until)
        self.account_ids.update(account_ids)


_lately = _Lately()
#: The clock may have been read so much before the caller says it was.
_SLACK = 0.5


def follow_usage(account_ids: Sequence[int], *, actor: Actor, at: datetime, read_at: float | None = None) -> None:
    """Put the jobs into the queue, in the caller's transaction: one statement for each kind.

    `read_at`: where `at` is the present, what `monotonic` said as it was read. Jobs that this process has put in a moment ago and
    that cannot have begun are then not put in again: a busy account would cost a row a request, thrown away each time. For one
    thread of a process.
    """
    slot = int(at.timestamp()) // TOGETHER
    run_at = datetime.fromtimestamp((slot + 1) * TOGETHER, UTC) + _LATER
    wanted = account_ids
    if read_at is not None:
        waits = _lately.waits(slot)
        wanted = [each for each in account_ids if each not in waits]
        if not wanted:
            return
    for kind in _followers:
        enqueue_many(kind, account_ids=wanted, actor=actor, at=at, key=f"usage {slot}", run_at=run_at)
    if read_at is not None:
        until = read_at + (run_at - at).total_seconds() - _SLACK
        transaction.on_commit(lambda: _lately.note(slot, until, wanted))
