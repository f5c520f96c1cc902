"""Jobs that follow usage: one for each account in each slot, put in once, and never left out when there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from sublet.foundation.jobs import enqueue, enqueue_many
from sublet.foundation.jobs.models import Job
from sublet.metering.operations import following
from tests.metering.meters import product
from tests.people import World

AT = datetime(2026, 3, 17, 10, 30, 0, 250_000, tzinfo=UTC)
KIND = "entitlements.check_limits"
#: Columns that are another one's in each row.
OWN = {"id", "account_id", "key"}


@pytest.fixture(autouse=True)
def _nothing_put_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_followers", [KIND])
    monkeypatch.setattr(following, "_lately", following._Lately())


def jobs() -> list[int | None]:
    return list(Job.unscoped.filter(kind=KIND).order_by("id").values_list("account_id", flat=True))


@pytest.fixture
def follow(world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[..., None]:
    actor = product(world)

    def following_usage(*ids: int, at: datetime = AT, read_at: float | None = None, commit: bool = True) -> None:
        with django_capture_on_commit_callbacks(execute=commit):
            following.follow_usage(ids, actor=actor, at=at, read_at=read_at)

    return following_usage


def test_rows_that_are_put_in_together_are_what_one_alone_is(world: World) -> None:
    actor, later = product(world), AT + timedelta(seconds=3)
    alone = enqueue(KIND, account_id=world.carl.id, actor=actor, at=AT, key="alone", run_at=later)
    enqueue_many(KIND, account_ids=[world.carl.id, world.bakery.id], actor=actor, at=AT, key="many", run_at=later)
    wanted = {name: value for name, value in Job.unscoped.values().get(id=alone).items() if name not in OWN}
    together = list(Job.unscoped.filter(key="many").order_by("id").values())
    assert [each["account_id"] for each in together] == [world.carl.id, world.bakery.id]
    assert [{name: value for name, value in each.items() if name not in OWN} for each in together] == [wanted, wanted]
    enqueue_many(KIND, account_ids=[world.bakery.id, world.dora.id], actor=actor, at=AT, key="many", run_at=later)
    assert jobs() == [world.carl.id, world.carl.id, world.bakery.id, world.dora.id]  # not a second one where one waits
    enqueue_many(KIND, account_ids=[], actor=actor, at=AT, key="nobody", run_at=later)
    assert not Job.unscoped.filter(key="nobody").exists()


def test_what_was_just_put_in_is_not_put_in_again(
    world: World, follow: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[int]] = []
    real = enqueue_many

    def noted(kind: str, *, account_ids: list[int], **facts: object) -> None:
        asked.append(list(account_ids))
        real(kind, account_ids=account_ids, **facts)  # type: ignore[arg-type]  # as they come

    monkeypatch.setattr(following, "enqueue_many", noted)
    carl, bakery = world.carl.id, world.bakery.id
    follow(carl, read_at=monotonic())
    follow(carl, bakery, read_at=monotonic())
    follow(carl, bakery, read_at=monotonic())
    assert asked == [[carl], [bakery]]
    follow(carl)  # whoever does not say when the clock was read asks the database
    follow(carl, at=AT + timedelta(seconds=following.TOGETHER), read_at=monotonic())  # the next slot
    assert asked[2:] == [[carl], [carl]]
    assert jobs() == [carl, bakery, carl]


def test_what_was_taken_back_is_put_in_again(world: World, follow: Callable[..., None]) -> None:
    with transaction.atomic():
        follow(world.carl.id, read_at=monotonic(), commit=False)
        transaction.set_rollback(True)
    assert jobs() == []
    follow(world.carl.id, read_at=monotonic())
    assert jobs() == [world.carl.id]


def test_a_job_that_may_have_begun_is_put_in_again(world: World, follow: Callable[..., None]) -> None:
    """The instant was read so long ago that the slot's jobs are due: one of them may be over by now."""
    due = (following.TOGETHER + 1) - AT.microsecond / 1e6
    follow(world.carl.id, read_at=monotonic())
    Job.unscoped.all().delete()  # done, and long gone
    follow(world.carl.id, read_at=monotonic())
    assert jobs() == []  # positive control: what is remembered is what keeps it out
    following._lately = following._Lately()
    follow(world.carl.id, read_at=monotonic() - due)
    Job.unscoped.all().delete()
    follow(world.carl.id, read_at=monotonic())
    assert jobs() == [world.carl.id]
