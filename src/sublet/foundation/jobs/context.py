"""What a handler is given: who it acts for, and how it reports progress and completion."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from sublet.foundation import clock
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import queue

#: After so much work a job steps back, and for so long: longer than SQLite waits between two looks at its lock (a tenth of
#: a second), so that everybody who waits to write has looked once. Both are seconds.
WORKS, STEPS_BACK = 1.0, 0.15


class JobLost(Exception):
    """The job belongs to another worker now: the lease ran out, or the time limit did. The handler just ends."""


class GiveUp(Exception):
    """Raised by a handler when trying again cannot help: the job goes to the dead letters at once, with this text."""


@dataclass(slots=True)
class JobContext:
    """One attempt at one job.

    `account_id` is the account whose scope is entered, None for a platform-wide job; `actor` is who enqueued it, acting
    through a job; `at` is the UTC instant at which this attempt began; `attempt` counts from 1; `fence` is the number
    under which this attempt writes.
    """

    job_id: str
    account_id: int | None
    actor: Actor
    at: datetime
    attempt: int
    fence: int
    worker: str
    now: Callable[[], datetime] = field(default=clock.now, repr=False)
    completing: bool = field(default=False, repr=False)
    completed: bool = field(default=False, repr=False)
    lost: bool = field(default=False, repr=False)
    stepped_back: float = field(default_factory=time.monotonic, repr=False)

    @property
    def claim(self) -> queue.Claim:
        """Under which job, worker and fence this attempt writes."""
        return queue.Claim(uuid.UUID(self.job_id), self.worker, self.fence)

    def progress(self, *, done: int | None = None, total: int | None = None, note: str = "") -> None:
        """Store how far the job is, at once, or with the transaction that the caller has open.

        Raises JobLost when the job has been taken over: a long handler calls this between its steps and so ends soon.
        """
        written = not self.lost and queue.report(
            self.claim, done=done, total=total, note=note, at=self.now(), completing=self.completing
        )
        if not written:
            self.lost = True
            raise JobLost(self.job_id)
        if connection.vendor == "sqlite":
            transaction.on_commit(self._step_back)

    def _step_back(self) -> None:
        """Let others write. SQLite has one writer and no queue for it: between the batches of a long job, one transaction
        after the other, whoever looks for the lock never finds it free, and for minutes nobody could log in."""
        if time.monotonic() - self.stepped_back > WORKS:
            time.sleep(STEPS_BACK)
            self.stepped_back = time.monotonic()

    @contextmanager
    def complete_in(self) -> Iterator[None]:
        """A transaction in which the handler's effect and the job's "done" commit together.

        Either both are kept or neither is, whenever the process dies: this makes an effect in the database happen
        exactly once. Raises JobLost, before anything is written, when the job has been taken over; RuntimeError inside
        another transaction or the second time. What must not happen inside: waiting for the network.
        """
        if self.completed or self.completing:
            raise RuntimeError("a job is completed once")
        with transaction.atomic(durable=True):
            # First, not last: on PostgreSQL it locks the row, so that nobody takes the job over in the meantime.
            self.completing = True
            try:
                if self.lost or not queue.finish(self.claim, at=self.now()):
                    self.lost = True
                    raise JobLost(self.job_id)
                yield
            except BaseException:
                self.completing = False
                raise
        self.completed = True
        self.completing = False
