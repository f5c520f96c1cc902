"""Reading the queue: for the vendor's page, for whoever waits for a job, for `sublet doctor` and /readyz."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from sublet.core.peopledata import without_addresses
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs.models import ACTIVE, Job, Schedule, State, Worker
from sublet.foundation.jobs.registry import KINDS, PLANS
from sublet.foundation.keyset import newest_first

#: A worker says that it lives every 5 seconds; after this long without it counts as gone.
SILENCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as it is shown. The payload is not part of it: it may hold what only the account should read."""

    id: str
    kind: str
    state: str
    state_label: str
    account_id: int | None
    actor_name: str
    request_id: str
    attempts: int
    max_attempts: int
    progress_done: int | None
    progress_total: int | None
    progress_note: str
    result: Any
    last_error: str
    worker: str
    created_at: datetime
    run_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state not in ACTIVE


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of jobs; `next_cursor` is empty on the last one, `previous_cursor` on the first."""

    rows: Sequence[JobRow]
    next_cursor: str
    previous_cursor: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One declared schedule."""

    name: str
    rule: str
    enabled: bool
    next_at: datetime
    last_slot: datetime | None
    last_enqueued: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One worker process that is alive."""

    name: str
    pid: int
    host: str
    threads: int
    version: str
    started_at: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class QueueState:
    """How the queue does.

    `oldest_due` is since when the longest-waiting due job could have run; `unknown_kinds` are the kinds of jobs in the
    queue that this version has no handler for.
    """

    waiting: int
    due: int
    running: int
    dead: int
    oldest_due: datetime | None
    unknown_kinds: Sequence[str]


def is_over(job_id: str) -> bool:
    """Whether nothing more will come of a job by itself: it has ended, however, or is gone. For whoever waits for its effect."""
    # unscoped: one job, of whoever asks
    return not Job.unscoped.filter(id=job_id, state__in=ACTIVE).exists()


def _row(job: Job) -> JobRow:
    return JobRow(
        id=str(job.id),
        kind=job.kind,
        state=job.state,
        state_label=str(State(job.state).label),
        account_id=job.account_id,
        actor_name=str(job.actor.get("name", "")),
        request_id=job.request_id,
        attempts=job.attempts,
        max_attempts=job.max_attempts,
        progress_done=job.progress_done,
        progress_total=job.progress_total,
        progress_note=job.progress_note,
        result=job.result,
        last_error=job.last_error,
        worker=job.worker,
        created_at=job.created_at,
        run_at=job.run_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def _page(jobs: QuerySet[Job], *, cursor: str, size: int) -> JobPage:
    found, newer, older = newest_first(jobs, cursor=cursor, size=size)
    return JobPage(rows=[_row(job) for job in found], next_cursor=older, previous_cursor=newer)


def dead_jobs(*, cursor: str = "", size: int = 50) -> JobPage:
    """The dead letters of the installation, newest first. For the vendor: the caller has checked ``jobs:view``."""
    return _page(Job.unscoped.filter(state=State.DEAD), cursor=cursor, size=size)  # unscoped: the vendor sees all


def jobs(
    reader: Actor, *, state: str = "", kind: str = "", account_id: int | None = None, cursor: str = "", size: int = 50
) -> JobPage:
    """The jobs of the installation, newest first, narrowed as asked. For the vendor, as `dead_jobs`; without the addresses of
    people, which a mail server's answer names too, for whoever may not list people."""
    found = Job.unscoped.all()  # unscoped: the vendor sees all
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    if account_id is not None:
        found = found.filter(account_id=account_id)
    page = _page(found, cursor=cursor, size=size)
    return page if reader.lists_people else replace(page, rows=[_without_people(row) for row in page.rows])


def _without_people(row: JobRow) -> JobRow:
    error, told = without_addresses(row.last_error), without_addresses(row.progress_note)
    return replace(row, actor_name=without_addresses(row.actor_name), last_error=error, progress_note=told)


def job_of(actor: Actor, job_id: str) -> JobRow:
    """One job: any for the vendor, else one of the actor's own account. Raises NotFound, for a stranger's as well."""
    try:
        wanted = uuid.UUID(job_id)
    except ValueError:
        raise NotFound from None
    found = Job.unscoped.filter(id=wanted)  # unscoped: narrowed in the next line
    if actor.account_kind != "vendor":
        found = found.filter(account_id=actor.account_id)
    job = found.first()
    if job is None:
        raise NotFound
    return _row(job)


def active_keys(kind: str, keys: Collection[str]) -> set[str]:
    """Those of `keys` under which a job of that kind waits or runs, for whatever account."""
    # unscoped: the queue belongs to the installation
    rows = Job.unscoped.filter(kind=kind, key__in=keys, state__in=ACTIVE)
    return set(rows.values_list("key", flat=True))


def queue_state(*, at: datetime) -> QueueState:
    """How the queue does at `at`, in three statements."""
    active = Job.unscoped.filter(state__in=ACTIVE)  # unscoped: counts only, no row leaves
    ready = Q(state=State.READY)
    due = ready & Q(run_at__lte=at)
    facts = active.aggregate(
        waiting=Count("id", filter=ready),
        due=Count("id", filter=due),
        running=Count("id", filter=Q(state=State.RUNNING)),
        oldest_due=Min("run_at", filter=due),
    )
    dead = Job.unscoped.filter(state=State.DEAD).count()  # unscoped: as above
    unknown = active.exclude(kind__in=KINDS).values_list("kind", flat=True).order_by("kind").distinct()
    return QueueState(**facts, dead=dead, unknown_kinds=list(unknown))


def live_workers(*, at: datetime) -> list[WorkerRow]:
    """The workers that gave a sign of life within the last 30 seconds, the newest first."""
    alive = Worker.unscoped.filter(stopped_at__isnull=True, last_seen__gt=at - SILENCE)  # unscoped: the installation's
    return [
        WorkerRow(
            name=worker.name,
            pid=worker.pid,
            host=worker.host,
            threads=worker.threads,
            version=worker.version,
            started_at=worker.started_at,
            last_seen=worker.last_seen,
        )
        for worker in alive.order_by("-started_at", "name")
    ]


def last_heartbeat() -> datetime | None:
    """When a worker that has not ended last gave a sign of life; None when there is no such worker."""
    seen: datetime | None = Worker.unscoped.filter(  # unscoped: the installation's
        stopped_at__isnull=True
    ).aggregate(seen=Max("last_seen"))["seen"]
    return seen


def schedules() -> list[ScheduleRow]:
    """The schedules that this version declares and a worker has seen, by name."""
    rows = Schedule.unscoped.filter(name__in=PLANS).order_by("name")  # unscoped: schedules belong to the installation
    return [
        ScheduleRow(
            name=row.name,
            rule=row.rule,
            enabled=row.enabled,
            next_at=row.next_at,
            last_slot=row.last_slot,
            last_enqueued=row.last_enqueued,
        )
        for row in rows
    ]
