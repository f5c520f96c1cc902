"""What the vendor sees of the queue and does about it; what others see."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.core.rights import Rights, all_rights
from sublet.core.schedule import next_slot
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.jobs import PLATFORM, JobContext, enqueue, job, queries, run_due_jobs
from sublet.foundation.jobs.chores import BATCH
from sublet.foundation.jobs.models import Job, Schedule, Worker
from sublet.foundation.jobs.operations import discard_job, retry_job, switch_schedule
from sublet.foundation.jobs.registry import KINDS, PLANS
from sublet.foundation.jobs.schedules import fire_due, sync_schedules
from sublet.foundation.journal.models import JournalEntry

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
VERA = Actor(
    user_id=1,
    name="Vera",
    account_id=1,
    account_ref="acc_vera",
    account_kind="vendor",
    account_name="The vendor",
    rights=all_rights("vendor"),
)
ROSA = replace(
    VERA,
    user_id=3,
    name="Rosa",
    account_id=7,
    account_ref="acc_rosa",
    account_kind="reseller",
    rights=all_rights("reseller"),
)
LOOKER = replace(VERA, rights=Rights.of({"jobs": "view"}))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    before, plans = dict(KINDS), dict(PLANS)

    @job("test.fails", max_attempts=1)
    def fails(context: JobContext) -> None:
        raise RuntimeError("no")

    @job("test.works")
    def works(context: JobContext) -> None:
        pass

    yield
    KINDS.clear()
    KINDS.update(before)
    PLANS.clear()
    PLANS.update(plans)


def put(kind: str = "test.fails", *, key: str | None = None, account_id: int = 7) -> str:
    return enqueue(kind, account_id=account_id, actor=ROSA, at=AT, key=key)


def dead(*, key: str | None = None) -> str:
    job_id = put(key=key)
    run_due_jobs(at=AT)
    return job_id


def state(job_id: str) -> str:
    return Job.unscoped.get(id=uuid.UUID(job_id)).state


def entries() -> list[tuple[str, int, dict[str, str]]]:
    return list(JournalEntry.unscoped.order_by("id").values_list("event", "account_id", "data"))


def test_a_dead_job_that_is_retried_has_all_its_attempts_again() -> None:
    job_id = dead()
    error = Job.unscoped.get().last_error
    retry_job(job_id=job_id, actor=VERA, at=AT + timedelta(days=1), reason="the mail server is back")
    row = Job.unscoped.get()
    assert (row.state, row.attempts, row.run_at, row.finished_at) == ("ready", 0, AT + timedelta(days=1), None)
    assert entries() == [("job.retried", 1, {"job": job_id, "kind": "test.fails", "error": error})]
    assert run_due_jobs(at=AT + timedelta(days=1)) == 1
    assert state(job_id) == "dead"


def test_a_dead_job_that_is_discarded_leaves_the_list() -> None:
    job_id = dead()
    discard_job(job_id=job_id, actor=VERA, at=AT)
    assert state(job_id) == "discarded"
    assert queries.dead_jobs().rows == []
    assert [(event, data["job"]) for event, _account, data in entries()] == [("job.discarded", job_id)]


@pytest.mark.parametrize("operation", [retry_job, discard_job])
def test_only_dead_jobs_are_retried_or_discarded(operation: object) -> None:
    assert callable(operation)
    waiting = put()
    with pytest.raises(Refusal) as refusal:
        operation(job_id=waiting, actor=VERA, at=AT)
    assert refusal.value.code == "not-dead"
    assert (state(waiting), entries()) == ("ready", [])


@pytest.mark.parametrize("operation", [retry_job, discard_job])
@pytest.mark.parametrize("actor", [ROSA, LOOKER])
def test_who_may_not_manage_jobs_changes_nothing(operation: object, actor: Actor) -> None:
    assert callable(operation)
    job_id = dead()
    with pytest.raises(Forbidden):
        operation(job_id=job_id, actor=actor, at=AT)
    assert (state(job_id), entries()) == ("dead", [])


@pytest.mark.parametrize("operation", [retry_job, discard_job])
@pytest.mark.parametrize("unknown", ["rubbish", "", "\x00", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_job_is_not_found(operation: object, unknown: str) -> None:
    assert callable(operation)
    with pytest.raises(NotFound):
        operation(job_id=unknown, actor=VERA, at=AT)


def test_a_retry_gives_way_to_the_same_work_that_is_already_waiting() -> None:
    job_id = dead(key="k")
    put(key="k")
    with pytest.raises(Refusal) as refusal:
        retry_job(job_id=job_id, actor=VERA, at=AT)
    assert refusal.value.code == "already-waiting"
    assert (state(job_id), entries()) == ("dead", [])


def test_a_schedule_is_switched_off_and_on_again() -> None:
    sync_schedules(at=AT)
    name = "foundation.purge_jobs"
    switch_schedule(name=name, enabled=False, actor=VERA, at=AT)
    switch_schedule(name=name, enabled=False, actor=VERA, at=AT)
    later = AT + timedelta(days=5)
    fire_due(at=later)
    assert not Job.unscoped.filter(schedule=name).exists()
    switch_schedule(name=name, enabled=True, actor=VERA, at=later)
    assert Schedule.unscoped.get(name=name).next_at == next_slot(PLANS[name].rule, later)
    assert [event for event, _account, _data in entries()] == ["schedule.switched_off", "schedule.switched_on"]
    with pytest.raises(NotFound):
        switch_schedule(name="test.unheard", enabled=True, actor=VERA, at=AT)
    with pytest.raises(Forbidden):
        switch_schedule(name=name, enabled=False, actor=ROSA, at=AT)


# Reading


def test_dead_letters_are_listed_newest_first_and_by_page() -> None:
    ids = [dead() for _ in range(3)]
    put()
    first = queries.dead_jobs(size=2)
    second = queries.dead_jobs(size=2, cursor=first.next_cursor)
    assert sorted(row.id for row in (*first.rows, *second.rows)) == sorted(ids)
    assert [len(first.rows), len(second.rows), second.next_cursor] == [2, 1, ""]
    assert queries.dead_jobs(size=9, cursor="rubbish").rows == [*first.rows, *second.rows]
    [row] = second.rows
    assert (row.kind, row.account_id, row.actor_name, row.is_finished) == ("test.fails", 7, "Rosa", True)
    assert row.last_error.startswith("RuntimeError: no (test_jobs_operations.py:")


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_jobs_is_one_statement(count: int) -> None:
    for _ in range(count):
        put()
    with CaptureQueriesContext(connection) as statements:
        assert len(queries.jobs(VERA, state="ready", kind="test.fails", account_id=7).rows) == count
    assert len(statements) == 1


def test_a_job_is_seen_by_its_account_and_by_the_vendor_only() -> None:
    mine, strange, platform = put(), put(account_id=8), enqueue("test.works", account_id=PLATFORM, actor=VERA, at=AT)
    assert queries.job_of(ROSA, mine).id == mine
    assert queries.job_of(VERA, strange).id == strange
    for hidden in (strange, platform, str(uuid.uuid4()), "rubbish"):
        with pytest.raises(NotFound):
            queries.job_of(ROSA, hidden)


def test_the_queue_tells_how_it_does() -> None:
    dead()
    put()
    enqueue("test.works", account_id=7, actor=ROSA, at=AT, run_at=AT + timedelta(hours=1))
    del KINDS["test.fails"]
    found = queries.queue_state(at=AT + timedelta(minutes=1))
    assert found == queries.QueueState(waiting=2, due=1, running=0, dead=1, oldest_due=AT, unknown_kinds=["test.fails"])


def test_a_worker_counts_as_alive_for_thirty_seconds() -> None:
    facts = {"pid": 1, "host": "h", "threads": 2, "version": "1", "started_at": AT}
    Worker.unscoped.create(name="alive", last_seen=AT, **facts)
    Worker.unscoped.create(name="ended", last_seen=AT, stopped_at=AT, **facts)
    assert [worker.name for worker in queries.live_workers(at=AT + timedelta(seconds=29))] == ["alive"]
    assert queries.live_workers(at=AT + timedelta(seconds=31)) == []
    assert queries.last_heartbeat() == AT
    Worker.unscoped.update(stopped_at=AT)
    assert queries.last_heartbeat() is None


def test_schedules_are_listed_by_name() -> None:
    sync_schedules(at=AT)
    assert "foundation.purge_jobs" in [row.name for row in queries.schedules()]
    assert [row.name for row in queries.schedules()] == sorted(PLANS)


# Housekeeping


def test_what_ended_thirty_days_ago_is_purged_and_dead_jobs_stay() -> None:
    gone = [put("test.works") for _ in range(BATCH + 2)]
    run_due_jobs(at=AT)
    discarded, kept = dead(), dead()
    discard_job(job_id=discarded, actor=VERA, at=AT)
    young = put("test.works")
    run_due_jobs(at=AT + timedelta(days=1))
    purge = enqueue("foundation.purge_jobs", account_id=PLATFORM, actor=VERA, at=AT)
    assert run_due_jobs(at=AT + timedelta(days=30, seconds=1)) == 1
    assert {str(job_id) for job_id in Job.unscoped.values_list("id", flat=True)} == {kept, young, purge}
    assert Job.unscoped.get(id=uuid.UUID(purge)).progress_done == len(gone) + 1
