"""Schedules: each slot once, whatever the clock, the number of workers and the pauses do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from sublet.core.schedule import Daily, Every, next_slot, slot_at
from sublet.foundation.jobs import JobContext, job, run_due_jobs, schedule
from sublet.foundation.jobs.models import Job, Schedule
from sublet.foundation.jobs.registry import KINDS, PLANS
from sublet.foundation.jobs.schedules import fire_due, sync_schedules

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ran() -> Iterator[list[datetime]]:
    """One hourly schedule and no other; the instants of its attempts."""
    instants: list[datetime] = []
    before, plans = dict(KINDS), dict(PLANS)
    PLANS.clear()

    @schedule("test.hourly", every=HOUR)
    @job("test.hourly", max_attempts=2)
    def hourly(context: JobContext) -> None:
        instants.append(context.at)

    sync_schedules(at=AT)
    yield instants
    KINDS.clear()
    KINDS.update(before)
    PLANS.clear()
    PLANS.update(plans)


def tick(at: datetime) -> int:
    """What a worker does once a second; how many jobs it enqueued."""
    fired = fire_due(at=at)
    run_due_jobs(at=at)
    return len(fired)


def slots() -> list[datetime]:
    found = Job.unscoped.filter(schedule="test.hourly").order_by("slot").values_list("slot", flat=True)
    return [slot for slot in found if slot is not None]


def test_a_new_schedule_begins_with_its_next_slot(ran: list[datetime]) -> None:
    first = next_slot(PLANS["test.hourly"].rule, AT)
    assert AT < first <= AT + HOUR
    assert tick(first - timedelta(microseconds=1)) == 0
    assert tick(first) == 1
    assert (slots(), ran) == ([first], [first])


def test_each_slot_fires_once_however_often_somebody_looks(ran: list[datetime]) -> None:
    fired = sum(tick(AT + timedelta(minutes=minutes)) for minutes in range(6 * 60 + 1))
    assert fired == 6
    assert len(slots()) == len(ran) == 6
    assert {later - earlier for earlier, later in zip(slots(), slots()[1:], strict=False)} == {HOUR}


def test_slots_do_not_pile_up_while_nothing_runs(ran: list[datetime]) -> None:
    later = AT + timedelta(days=9)
    assert tick(later) == 1
    assert slots() == [slot_at(PLANS["test.hourly"].rule, later)]
    assert tick(later + timedelta(minutes=1)) == 0


def test_a_slot_is_left_out_while_the_one_before_is_not_done(ran: list[datetime]) -> None:
    assert len(fire_due(at=AT + HOUR)) == 1
    assert fire_due(at=AT + 2 * HOUR) == []
    run_due_jobs(at=AT + 2 * HOUR)
    assert len(fire_due(at=AT + 3 * HOUR)) == 1


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1), HOUR, -HOUR])
def test_a_clock_that_jumps_and_comes_back_repeats_and_skips_nothing(ran: list[datetime], jump: timedelta) -> None:
    beat = timedelta(minutes=5)
    now = AT
    for _ in range(5 * 12):
        now += beat
        tick(now)
    for step in range(3):
        tick(now + jump + timedelta(minutes=step))
    for _ in range(30 * 12):
        now += beat
        tick(now)
    rule = PLANS["test.hourly"].rule
    due = {slot_at(rule, AT + beat * beats) for beats in range(1, 35 * 12 + 1)} - {slot_at(rule, AT)}
    assert len(slots()) == len(set(slots())) == len(ran)
    assert due <= set(slots())
    assert len(set(slots()) - due) <= 1  # the slot that was current at the wrong time


def test_a_changed_rule_begins_with_its_next_slot() -> None:
    PLANS.clear()
    schedule("test.hourly", daily=time(3, 30), zone="Europe/Rome")(KINDS["test.hourly"].handler)
    assert fire_due(at=AT) == []
    row = Schedule.unscoped.get(name="test.hourly")
    assert (row.rule, row.next_at) == ("daily 03:30 Europe/Rome", datetime(2026, 3, 2, 2, 30, tzinfo=UTC))


def test_a_schedule_that_is_not_declared_any_more_keeps_quiet() -> None:
    PLANS.clear()
    assert fire_due(at=AT + timedelta(days=1)) == []
    assert Schedule.unscoped.count() == 1


def test_a_schedule_alone_registers_its_job() -> None:
    @schedule("test.alone", every=HOUR)
    def alone(context: JobContext) -> None:
        pass

    assert KINDS["test.alone"].handler is alone
    assert PLANS["test.alone"].rule == Every(HOUR, offset=PLANS["test.alone"].rule.offset)  # type: ignore[union-attr]


def test_a_schedule_has_either_an_interval_or_a_time() -> None:
    with pytest.raises(ValueError, match="either"):
        schedule("test.both", every=HOUR, daily=time(3))
    with pytest.raises(ValueError, match="either"):
        schedule("test.none")
    assert isinstance(next_slot(Daily(time(3)), AT), datetime)


def test_a_failed_slot_does_not_stop_the_next_one() -> None:
    del KINDS["test.hourly"]

    @job("test.hourly", max_attempts=1)
    def hourly(context: JobContext) -> None:
        raise RuntimeError

    tick(AT + HOUR)
    tick(AT + 2 * HOUR)
    assert list(Job.unscoped.values_list("state", flat=True)) == ["dead", "dead"]
