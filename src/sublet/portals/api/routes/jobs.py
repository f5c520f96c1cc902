"""Jobs, dead letters, schedules and workers; and, for everybody, the jobs that they have begun."""

from __future__ import annotations

from ninja import Query

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountName
from sublet.core.rights import VENDOR
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import operations, queries
from sublet.foundation.jobs.queries import JobRow, ScheduleRow
from sublet.portals.api.declare import ABOVE, ApiRequest, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.common import NO_REASON, OptionalReasonIn
from sublet.portals.api.schemas.platform import (
    Job,
    JobPage,
    JobProgress,
    JobsAsked,
    Queue,
    Schedule,
    ScheduleIn,
    ScheduleList,
    Worker,
)

routes = Routes("Jobs", "Work of the machine: how far it is, what failed.")
ONLY = (VENDOR,)


def _jobs(*rows: JobRow) -> list[Job]:
    names = account_queries.names_of_accounts(row.account_id for row in rows if row.account_id is not None)
    return [_job(row, names.get(row.account_id or 0)) for row in rows]


def _job(row: JobRow, about: AccountName | None) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        state=row.state,
        account=about.ref if about else None,
        account_name=about.name if about else "",
        actor=row.actor_name,
        request_id=row.request_id,
        attempts=row.attempts,
        max_attempts=row.max_attempts,
        progress_done=row.progress_done,
        progress_total=row.progress_total,
        progress_note=row.progress_note,
        result=row.result,
        last_error=row.last_error,
        worker=row.worker,
        created_at=row.created_at,
        run_at=row.run_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _schedule(row: ScheduleRow) -> Schedule:
    return Schedule(
        name=row.name,
        rule=row.rule,
        enabled=row.enabled,
        next_at=row.next_at,
        last_slot=row.last_slot,
        last_enqueued=row.last_enqueued,
    )


@routes.get("/progress/{job}", needs="", kinds=ABOVE, answer=JobProgress)
def get_progress(request: ApiRequest, job: str) -> JobProgress:
    """Show how far a job is that was begun in the key's account, such as a change of many clients."""
    row = queries.job_of(request.actor, job)
    return JobProgress(
        id=row.id,
        kind=row.kind,
        state=row.state,
        progress_done=row.progress_done,
        progress_total=row.progress_total,
        result=row.result,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


@routes.get("/jobs", needs="jobs:view", kinds=ONLY, answer=JobPage)
def list_jobs(request: ApiRequest, asked: Query[JobsAsked]) -> JobPage:
    """List the jobs of the installation, newest first. With `state=dead`: the dead letters."""
    cursors = Cursors("jobs", request.actor, asked.state, asked.kind, asked.account)
    page = queries.jobs(
        request.actor,
        state=asked.state,
        kind=asked.kind,
        account_id=account_queries.account_id_of(request.actor, asked.account) if asked.account else None,
        cursor=cursors.place(asked),
        size=asked.limit,
    )
    return JobPage(
        items=_jobs(*page.rows),
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.get("/jobs/{job}", needs="jobs:view", kinds=ONLY, answer=Job)
def get_job(request: ApiRequest, job: str) -> Job:
    """Show a job."""
    return _jobs(queries.job_of(request.actor, job))[0]


@routes.post("/jobs/{job}/retry", needs="jobs:manage", kinds=ONLY, answer=Job, refusals=[operations.CannotRetryJob])
def retry_job(request: ApiRequest, job: str, body: OptionalReasonIn = NO_REASON) -> Job:
    """Put a dead job back into the queue, with all its attempts."""
    operations.retry_job(job_id=job, reason=body.reason, actor=request.actor, at=request.at)
    return _jobs(queries.job_of(request.actor, job))[0]


@routes.post("/jobs/{job}/discard", needs="jobs:manage", kinds=ONLY, answer=Job, refusals=[operations.CannotDiscardJob])
def discard_job(request: ApiRequest, job: str, body: OptionalReasonIn = NO_REASON) -> Job:
    """Take a dead job off the list of dead letters."""
    operations.discard_job(job_id=job, reason=body.reason, actor=request.actor, at=request.at)
    return _jobs(queries.job_of(request.actor, job))[0]


@routes.get("/schedules", needs="jobs:view", kinds=ONLY, answer=ScheduleList)
def list_schedules(request: ApiRequest) -> ScheduleList:
    """List the jobs that come round by themselves."""
    return ScheduleList(items=[_schedule(row) for row in queries.schedules()])


@routes.patch("/schedules/{schedule}", needs="jobs:manage", kinds=ONLY, answer=Schedule)
def switch_schedule(request: ApiRequest, schedule: str, body: ScheduleIn) -> Schedule:
    """Switch a schedule on or off. On, it begins with its next turn."""
    operations.switch_schedule(name=schedule, enabled=body.enabled, actor=request.actor, at=request.at)
    found = next((row for row in queries.schedules() if row.name == schedule), None)
    if found is None:
        raise NotFound
    return _schedule(found)


@routes.get("/queue", needs="jobs:view", kinds=ONLY, answer=Queue)
def get_queue(request: ApiRequest) -> Queue:
    """Show how the queue does, and which workers are alive."""
    seen = queries.queue_state(at=request.at)
    return Queue(
        waiting=seen.waiting,
        due=seen.due,
        running=seen.running,
        dead=seen.dead,
        oldest_due=seen.oldest_due,
        unknown_kinds=list(seen.unknown_kinds),
        workers=[
            Worker(
                name=each.name,
                host=each.host,
                threads=each.threads,
                version=each.version,
                started_at=each.started_at,
                last_seen=each.last_seen,
            )
            for each in queries.live_workers(at=request.at)
        ],
    )
