"""Every kind of job there is (X7): none runs without an actor, and none leaves anything for the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import translation

from sublet.foundation import scope
from sublet.foundation.actor import JOB, platform_actor
from sublet.foundation.jobs import PLATFORM, JobContext, JobLost, enqueue, run_due_jobs
from sublet.foundation.jobs.context import STEPS_BACK
from sublet.foundation.jobs.models import Job
from sublet.foundation.jobs.registry import KINDS

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACTOR = platform_actor(name="Test", account_id=1, account_ref="acc_test", account_name="Vantage", via=JOB)
#: What a row could say instead of an actor.
NO_ACTORS: tuple[Any, ...] = ({}, {"name": "Somebody"}, {"account_id": 1}, [], None, "Rosa")

pytestmark = pytest.mark.django_db


@pytest.fixture
def ran() -> Iterator[list[tuple[str, object]]]:
    """Each handler leaves a language and a scope behind and ends well, badly or out of turn; what they had found."""
    found: list[tuple[str, object]] = []
    before = dict(KINDS)
    for name, kind in before.items():

        def litters(context: JobContext, *, name: str = name, **_payload: object) -> None:
            found.append((name, (scope.current().account_id, translation.get_language())))
            translation.activate("it")
            scope._current.set(scope.Scope(account_id=99))
            if len(found) % 3:
                raise (RuntimeError, JobLost)[len(found) % 3 - 1]

        KINDS[name] = replace(kind, handler=litters)
    yield found
    KINDS.clear()
    KINDS.update(before)


def put(kind: str, account_id: Any) -> None:
    enqueue(kind, account_id=account_id, actor=ACTOR, at=AT)


def test_no_kind_of_job_runs_without_an_actor(ran: list[tuple[str, object]]) -> None:
    assert len(KINDS) > 20
    names = sorted(KINDS)
    for number, name in enumerate(names):
        put(name, 7)
        Job.unscoped.filter(kind=name).update(actor=NO_ACTORS[number % len(NO_ACTORS)] or {})
    assert run_due_jobs(at=AT) == len(names)
    assert ran == []
    assert set(Job.unscoped.values_list("state", flat=True)) == {"dead"}


def test_nothing_of_any_kind_is_left_for_the_next(ran: list[tuple[str, object]]) -> None:
    before = translation.get_language()
    accounts: dict[str, Any] = {}
    for number, name in enumerate(sorted(KINDS)):
        accounts[name] = PLATFORM if number % 3 == 0 else number
        put(name, accounts[name])
    assert run_due_jobs(at=AT) == len(accounts)
    expected = {name: (None if account is PLATFORM else account) for name, account in accounts.items()}
    assert {name: told[0] for name, told in ran} == expected  # type: ignore[index]  # a pair, see `ran`
    assert {told[1] for _name, told in ran} == {before}  # type: ignore[index]  # as above
    assert scope.current_or_none() is None
    assert translation.get_language() == before


@pytest.mark.django_db(transaction=True)
def test_between_its_batches_a_long_job_lets_others_write(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[tuple[float, bool]] = []
    monkeypatch.setattr("time.sleep", lambda seconds: slept.append((seconds, connection.in_atomic_block)))

    def batches(context: JobContext) -> None:
        context.stepped_back += 1000  # the first batches take no time
        for done in range(8):
            if done == 5:
                context.stepped_back -= 2000  # this one does
            with transaction.atomic():
                context.progress(done=done)

    kind = "accounts.end_closed"
    before = KINDS[kind]
    KINDS[kind] = replace(before, handler=batches)
    try:
        put(kind, PLATFORM)
        assert run_due_jobs(at=AT) == 1
    finally:
        KINDS[kind] = before
    # PostgreSQL has a queue for each row; on SQLite it is once, and never with the lock in hand.
    assert slept == ([(STEPS_BACK, False)] if connection.vendor == "sqlite" else [])
