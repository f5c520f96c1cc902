"""The queue, job by job: putting in, claiming, failing, finishing, what a handler sees and what it leaves behind."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from sublet.core.rights import all_rights
from sublet.foundation import scope
from sublet.foundation.actor import Actor, Impersonator
from sublet.foundation.jobs import PLATFORM, GiveUp, JobContext, JobLost, UnknownJob, enqueue, job, queue, run_due_jobs
from sublet.foundation.jobs.failures import describe
from sublet.foundation.jobs.models import Job
from sublet.foundation.jobs.registry import KINDS, PLANS
from sublet.foundation.jobs.runner import Outcome, execute, prepared
from sublet.foundation.unscoped import past_scope

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROSA = Actor(
    user_id=3,
    name="Rosa",
    account_id=7,
    account_ref="acc_rosa",
    account_kind="reseller",
    account_name="Rosa's",
    rights=all_rights("reseller"),
    request_id="req-1",
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """Kinds that a test registers are gone after it."""
    before, plans = dict(KINDS), dict(PLANS)
    yield
    KINDS.clear()
    KINDS.update(before)
    PLANS.clear()
    PLANS.update(plans)


@pytest.fixture
def seen() -> list[Any]:
    """What the jobs of `note` were given."""
    calls: list[Any] = []

    @job("test.note", max_attempts=3, lease=30)
    def note(context: JobContext, *, word: str = "") -> None:
        calls.append((word, context))

    return calls


def put(kind: str = "test.note", *, at: datetime = AT, account_id: Any = 7, actor: Actor = ROSA, **facts: Any) -> str:
    return enqueue(kind, account_id=account_id, actor=actor, at=at, **facts)


def row(job_id: str) -> Job:
    return Job.unscoped.get(id=uuid.UUID(job_id))


def claim(*, at: datetime = AT, worker: str = "w1", takeover: bool = True) -> Job:
    found = queue.claim(worker=worker, kinds=sorted(KINDS), at=at, takeover=takeover)
    assert found is not None
    return found


def nothing_due(*, at: datetime = AT, takeover: bool = True) -> bool:
    return queue.claim(worker="w9", kinds=sorted(KINDS), at=at, takeover=takeover) is None


def held(found: Job) -> queue.Claim:
    return queue.Claim(found.id, found.worker, found.fence)


# Putting in


def test_a_job_is_stored_with_all_it_needs_in_one_statement(seen: list[Any]) -> None:
    with CaptureQueriesContext(connection) as statements:
        job_id = put(payload={"word": "a"})
    assert len(statements) == 1
    stored = row(job_id)
    assert uuid.UUID(job_id).version == 7
    assert (stored.kind, stored.state, stored.payload, stored.account_id) == ("test.note", "ready", {"word": "a"}, 7)
    assert (stored.run_at, stored.attempts, stored.max_attempts, stored.lease) == (AT, 0, 3, 30)
    assert Actor.from_job(stored.actor) == replace(ROSA, via="job")
    assert stored.request_id == "req-1"


def test_a_job_goes_with_its_transaction(seen: list[Any]) -> None:
    with transaction.atomic():
        put()
        transaction.set_rollback(True)
    assert Job.unscoped.count() == 0
    assert run_due_jobs(at=AT) == 0


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"kind": "test.unheard"}, UnknownJob),
        ({"account_id": None}, TypeError),
        ({"account_id": "7"}, TypeError),
        ({"account_id": True}, TypeError),
        ({"actor": None}, TypeError),
        ({"payload": {"wrod": "a"}}, TypeError),
        ({"payload": {"word": object()}}, TypeError),
        ({"payload": {"word": float("nan")}}, ValueError),
        ({"payload": {"word": "x" * 70_000}}, ValueError),
        ({"key": "x" * 201}, ValueError),
        ({"at": datetime(2026, 3, 1)}, ValueError),
    ],
)
def test_what_could_not_run_is_refused_at_once(seen: list[Any], facts: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        put(**facts)
    assert Job.unscoped.count() == 0


def test_account_and_actor_must_be_named(seen: list[Any]) -> None:
    with pytest.raises(TypeError, match="account_id"):
        enqueue("test.note", actor=ROSA, at=AT)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="actor"):
        enqueue("test.note", account_id=7, at=AT)  # type: ignore[call-arg]


def test_two_handlers_cannot_share_a_name(seen: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"two jobs are called test\.note"):
        job("test.note")(lambda context: None)


# Keys


def test_a_key_returns_the_job_that_waits_or_runs(seen: list[Any]) -> None:
    first = put(key="invitation:3")
    assert put(key="invitation:3", at=AT + timedelta(hours=1)) == first
    claim()
    assert put(key="invitation:3") == first
    assert Job.unscoped.count() == 1


def test_a_key_is_free_again_when_its_job_has_ended(seen: list[Any]) -> None:
    first = put(key="invitation:3")
    assert run_due_jobs(at=AT) == 1
    second = put(key="invitation:3")
    assert second != first
    assert [row(first).state, row(second).state] == ["done", "ready"]


def test_a_key_belongs_to_its_account_and_its_kind(seen: list[Any]) -> None:
    job("test.other")(lambda context: None)
    ids = {put(key="k"), put(key="k", account_id=8), put(key="k", account_id=PLATFORM), put("test.other", key="k")}
    assert len(ids) == 4
    assert put(key="k", account_id=PLATFORM) in ids


def test_the_database_itself_keeps_a_key_single(seen: list[Any]) -> None:
    for account_id in (7, PLATFORM):
        stored = row(put(key="k", account_id=account_id))
        stored.id = uuid.uuid4()
        with pytest.raises(IntegrityError), transaction.atomic():
            with past_scope("the job of another process"):
                stored.save(force_insert=True)


def test_a_keyed_job_costs_two_statements_and_a_transaction(seen: list[Any]) -> None:
    with CaptureQueriesContext(connection) as statements:
        put(key="k")
    assert [entry["sql"].split()[0] for entry in statements] == ["INSERT", "SELECT"]


# Claiming


def test_jobs_are_claimed_by_priority_and_then_by_time(seen: list[Any]) -> None:
    late = put(at=AT + timedelta(seconds=2))
    early = put(at=AT)
    urgent = put(at=AT + timedelta(seconds=3), priority=-10)
    order = [str(claim(at=AT + timedelta(minutes=1)).id) for _ in range(3)]
    assert order == [urgent, early, late]


def test_claiming_is_one_statement_along_the_index(seen: list[Any]) -> None:
    put()
    with CaptureQueriesContext(connection) as statements:
        found = claim()
    assert len(statements) == 1
    assert (found.state, found.attempts, found.fence, found.worker) == ("running", 1, 1, "w1")
    assert found.lease_until == AT + timedelta(seconds=30)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + statements[0]["sql"])
            plan = [line[3] for line in cursor.fetchall()]
        assert plan[-1] == "SCAN jobs USING INDEX jobs_wait_in_order"  # in its order: nothing is sorted


def test_a_job_does_not_start_before_its_time(seen: list[Any]) -> None:
    job_id = put(run_at=AT + timedelta(hours=1))
    assert nothing_due(at=AT + timedelta(minutes=59))
    assert str(claim(at=AT + timedelta(hours=1)).id) == job_id


def test_only_known_kinds_are_claimed(seen: list[Any]) -> None:
    put()
    assert queue.claim(worker="w1", kinds=["test.other"], at=AT) is None
    assert queue.claim(worker="w1", kinds=[], at=AT) is None


def test_a_lease_that_ran_out_can_be_taken_over_once(seen: list[Any]) -> None:
    put()
    claim(worker="killed")
    assert nothing_due(at=AT + timedelta(seconds=29))
    assert nothing_due(at=AT + timedelta(seconds=31), takeover=False)
    again = claim(worker="w2", at=AT + timedelta(seconds=31))
    assert (again.attempts, again.fence, again.losses, again.worker) == (2, 2, 1, "w2")
    assert again.last_error == queue.LOST
    assert nothing_due(at=AT + timedelta(seconds=31))


def test_a_renewed_lease_is_not_taken_over(seen: list[Any]) -> None:
    put()
    mine = claim()
    assert queue.renew(held(mine), at=AT + timedelta(seconds=20))
    assert nothing_due(at=AT + timedelta(seconds=49))
    assert row(str(mine.id)).lease_until == AT + timedelta(seconds=50)


def test_the_old_worker_can_neither_renew_nor_report_nor_fail_nor_finish(seen: list[Any]) -> None:
    put()
    old = claim(worker="same name")
    new = claim(worker="same name", at=AT + timedelta(minutes=1))
    later = AT + timedelta(minutes=1)
    assert not queue.renew(held(old), at=later)
    assert not queue.report(held(old), done=1, total=2, note="", at=later)
    assert not queue.fail(old, held(old), error="late", at=later)
    assert not queue.give_back(old, held(old), at=later)
    assert not queue.finish(held(old), at=later)
    stored = row(str(new.id))
    assert (stored.state, stored.fence, stored.progress_done, stored.finished_at) == ("running", 2, None, None)
    assert queue.finish(held(new), at=later)
    assert not queue.finish(held(new), at=later)


def test_the_cap_is_kept_by_the_claim_itself(seen: list[Any]) -> None:
    job_id = put()
    at = AT
    for attempt in range(1, 4):
        assert claim(at=at).attempts == attempt
        at += timedelta(minutes=1)
    last = claim(at=at)
    assert (last.state, last.attempts, last.lease_until) == ("dead", 3, None)
    assert nothing_due(at=at + timedelta(days=1))
    stored = row(job_id)
    assert (stored.state, stored.finished_at, stored.last_error) == ("dead", at, queue.LOST)
    assert run_due_jobs(at=at + timedelta(days=1)) == 0
    assert seen == []


# Running


def test_a_handler_gets_account_actor_instant_and_attempt(seen: list[Any]) -> None:
    job_id = put(payload={"word": "hello"})
    assert run_due_jobs(at=AT + timedelta(minutes=5)) == 1
    [(word, context)] = seen
    assert word == "hello"
    assert (context.job_id, context.account_id, context.attempt, context.fence) == (job_id, 7, 1, 1)
    assert context.at == AT + timedelta(minutes=5)
    assert context.actor == replace(ROSA, via="job")


def test_an_impersonator_is_still_named_in_the_job() -> None:
    found: list[Actor] = []
    job("test.who")(lambda context: found.append(context.actor))
    visitor = Impersonator(user_id=1, name="Vera", account_id=1, impersonation_ref="imp_x", mode="client")
    put("test.who", actor=replace(ROSA, impersonator=visitor, reach=frozenset({9, 8})))
    run_due_jobs(at=AT)
    assert found == [replace(ROSA, impersonator=visitor, reach=frozenset({8, 9}), via="job")]


def test_failures_wait_longer_each_time_and_end_dead() -> None:
    @job("test.fails", max_attempts=3)
    def fails(context: JobContext) -> None:
        raise RuntimeError(f"attempt {context.attempt}")

    job_id, at, waits = put("test.fails"), AT, []
    for _ in range(2):
        assert run_due_jobs(at=at) == 1
        stored = row(job_id)
        assert (stored.state, stored.lease_until) == ("ready", None)
        waits.append(stored.run_at - at)
        assert run_due_jobs(at=stored.run_at - timedelta(microseconds=1)) == 0
        at = stored.run_at
    assert timedelta(seconds=5) <= waits[0] <= timedelta(seconds=10) <= waits[1] <= timedelta(seconds=20)
    assert run_due_jobs(at=at) == 1
    stored = row(job_id)
    assert (stored.state, stored.attempts, stored.finished_at) == ("dead", 3, at)
    assert stored.last_error.startswith("RuntimeError: attempt 3 (test_jobs.py:")
    assert run_due_jobs(at=at + timedelta(days=9)) == 0


def test_giving_up_ends_dead_at_once() -> None:
    @job("test.gives_up", max_attempts=8)
    def gives_up(context: JobContext) -> None:
        raise GiveUp("The address does not exist.")

    job_id = put("test.gives_up")
    run_due_jobs(at=AT)
    stored = row(job_id)
    assert (stored.state, stored.attempts, stored.last_error) == ("dead", 1, "The address does not exist.")


def test_success_clears_the_error_and_keeps_what_was_returned() -> None:
    @job("test.second_time", max_attempts=8)
    def second_time(context: JobContext) -> dict[str, int]:
        if context.attempt == 1:
            raise RuntimeError
        return {"created": 187}

    job_id = put("test.second_time")
    run_due_jobs(at=AT)
    run_due_jobs(at=AT + timedelta(minutes=1))
    stored = row(job_id)
    assert (stored.state, stored.attempts, stored.last_error) == ("done", 2, "")
    assert (stored.result, stored.finished_at) == ({"created": 187}, AT + timedelta(minutes=1))


def test_a_job_without_an_actor_never_reaches_its_handler(seen: list[Any]) -> None:
    job_id = put()
    Job.unscoped.filter(id=job_id).update(actor={})
    assert run_due_jobs(at=AT) == 1
    assert row(job_id).state == "dead"
    assert seen == []


# Scope and other context


def scope_seen_by(handler: Callable[[], Any] | None = None, **facts: Any) -> list[Any]:
    found: list[Any] = []

    @job("test.scope", max_attempts=1)
    def look(context: JobContext) -> None:
        found.append((scope.current().account_id, scope.current().reach))
        if handler is not None:
            handler()

    put("test.scope", **facts)
    run_due_jobs(at=AT)
    return found


def test_a_job_runs_in_the_scope_of_its_account() -> None:
    assert scope_seen_by(account_id=7) == [(7, None)]
    assert scope_seen_by(account_id=12) == [(12, None)]
    assert scope_seen_by(account_id=PLATFORM) == [(None, None)]


def test_an_actor_that_is_confined_stays_confined() -> None:
    assert scope_seen_by(actor=replace(ROSA, reach=frozenset({8}))) == [(7, frozenset({8}))]


@pytest.mark.parametrize("ends", ["well", "badly", "out of turn"])
def test_nothing_of_a_job_is_left_for_the_next(ends: str) -> None:
    @job("test.litters", max_attempts=1)
    def litters(context: JobContext) -> None:
        translation.activate("it")
        scope._current.set(scope.Scope(account_id=99))
        if ends == "badly":
            raise RuntimeError
        if ends == "out of turn":
            raise JobLost

    before = translation.get_language()
    put("test.litters", at=AT - timedelta(hours=1))
    assert scope_seen_by(account_id=8) == [(8, None)]
    assert scope.current_or_none() is None
    assert translation.get_language() == before


def test_a_job_does_not_see_the_scope_of_whoever_runs_it() -> None:
    with scope.account_scope(55):
        assert scope_seen_by(account_id=8) == [(8, None)]
        assert scope.current().account_id == 55


# Progress and completion


def test_progress_is_stored_as_it_is_made() -> None:
    stored: list[tuple[Any, ...]] = []

    @job("test.progress")
    def progress(context: JobContext) -> None:
        for done in (1, 2):
            context.progress(done=done, total=2, note=f"row {done}")
            now = row(context.job_id)
            stored.append((now.state, now.progress_done, now.progress_total, now.progress_note))

    put("test.progress")
    run_due_jobs(at=AT)
    assert stored == [("running", 1, 2, "row 1"), ("running", 2, 2, "row 2")]


def test_a_handler_learns_from_its_report_that_it_lost_the_job() -> None:
    reached: list[str] = []

    @job("test.loses", lease=30)
    def loses(context: JobContext) -> None:
        claim(worker="other", at=AT + timedelta(minutes=1))
        reached.append("before")
        context.progress(done=1)
        reached.append("after")

    job_id = put("test.loses")
    found = claim()
    context = prepared(found, at=AT, now=lambda: AT)
    assert context is not None
    assert execute(found, context) == Outcome.LOST
    assert reached == ["before"]
    stored = row(job_id)
    assert (stored.state, stored.worker, stored.fence, stored.progress_done) == ("running", "other", 2, None)


def test_effect_and_done_are_kept_together(seen: list[Any]) -> None:
    inside: list[str] = []

    @job("test.effect", max_attempts=2)
    def effect(context: JobContext) -> None:
        with context.complete_in():
            put(payload={"word": "effect"}, run_at=AT + timedelta(days=1))
            context.progress(done=1, total=1)
            inside.append(row(context.job_id).state)
            if context.attempt == 1:
                raise RuntimeError

    job_id = put("test.effect")
    run_due_jobs(at=AT)
    assert (row(job_id).state, Job.unscoped.count()) == ("ready", 1)  # the effect went with the failure
    run_due_jobs(at=AT + timedelta(minutes=1))
    assert (row(job_id).state, Job.unscoped.count()) == ("done", 2)
    assert (row(job_id).progress_done, inside) == (1, ["done", "done"])


def test_a_job_that_was_lost_completes_nothing() -> None:
    @job("test.late", lease=30)
    def late(context: JobContext) -> None:
        claim(worker="other", at=AT + timedelta(minutes=1))
        with context.complete_in():
            pytest.fail("the effect of a lost job")

    job_id = put("test.late")
    assert run_due_jobs(at=AT, limit=1) == 1
    assert (row(job_id).state, row(job_id).worker) == ("running", "other")


def test_a_failure_after_completion_does_not_undo_it() -> None:
    @job("test.afterwards")
    def afterwards(context: JobContext) -> None:
        with context.complete_in():
            pass
        raise RuntimeError

    job_id = put("test.afterwards")
    run_due_jobs(at=AT)
    assert (row(job_id).state, row(job_id).last_error) == ("done", "")


def test_a_job_completes_once() -> None:
    @job("test.twice", max_attempts=1)
    def twice(context: JobContext) -> None:
        with context.complete_in(), pytest.raises(RuntimeError), context.complete_in():
            pass
        with pytest.raises(RuntimeError), context.complete_in():
            pass

    job_id = put("test.twice")
    run_due_jobs(at=AT)
    assert row(job_id).state == "done"


# A clock that jumps


def test_after_a_jump_forward_a_renewed_lease_holds(seen: list[Any]) -> None:
    put()
    mine = claim()
    jumped = AT + timedelta(days=1)
    assert nothing_due(at=jumped, takeover=False)  # the worker waits until the living have renewed
    assert queue.renew(held(mine), at=jumped)
    assert nothing_due(at=jumped + timedelta(seconds=1))


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_after_a_jump_back_nothing_waits_for_the_clock_to_catch_up(seen: list[Any], back: timedelta) -> None:
    @job("test.fails")
    def fails(context: JobContext) -> None:
        raise RuntimeError

    lost = put()
    assert str(claim(worker="killed").id) == lost
    retried = put("test.fails")
    run_due_jobs(at=AT)
    assert (row(retried).attempts, row(retried).state) == (1, "ready")
    fresh = put()
    assert {str(claim(at=AT - back).id) for _ in range(3)} == {lost, retried, fresh}
    assert nothing_due(at=AT - back)


def test_after_a_jump_back_a_wanted_time_is_still_waited_for(seen: list[Any]) -> None:
    put(run_at=AT + timedelta(hours=2))
    assert nothing_due(at=AT - timedelta(days=1))
    assert nothing_due(at=AT + timedelta(hours=1))


# Errors as text


@pytest.mark.parametrize(
    ("message", "stored"),
    [
        ("login failed: password=hunter2 for x", "login failed: password=[hidden] for x"),
        ('{"api_key": "abc", "user": "u"}', '{"api_key": [hidden], "user": "u"}'),
        ("Authorization: Bearer abcdef123456", "Authorization: [hidden] [hidden]"),
        ("postgresql://me:secret@db/name", "postgresql://[hidden]@db/name"),
        ("550 no such user carl@bistro.example", "550 no such user [address]"),
        ("bad signature 9f86d081884c7d659a2feaa0c55ad015", "bad signature [hidden]"),
        ("row 12: the name is missing", "row 12: the name is missing"),
    ],
)
def test_an_error_is_stored_without_secrets(message: str, stored: str) -> None:
    assert describe(ValueError(message)) == f"ValueError: {stored}"


def test_an_error_is_stored_with_its_place_and_not_at_any_length() -> None:
    try:
        raise LookupError("x " * 5000)
    except LookupError as error:
        text = describe(error)
    assert len(text) <= 1000
    assert text.endswith(" in test_an_error_is_stored_with_its_place_and_not_at_any_length)")
