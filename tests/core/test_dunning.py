"""What an unpaid invoice leads to, when, and whom it never reaches."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.dunning import (
    AT_REST,
    FULL,
    HOUR,
    READ_ONLY,
    USUAL,
    Schedule,
    coming_step,
    due_steps,
    effect,
    fault,
    is_due,
    is_overdue,
    steps,
)
from tests.core.test_periods import ZONES

ROME = "Europe/Rome"
DUE = date(2026, 10, 20)
days = st.sets(st.integers(0, 30), max_size=4).map(lambda found: tuple(sorted(found)))
schedules = st.builds(Schedule, days, days, st.integers(30, 60), st.integers(1, 30), st.sampled_from(["pause", "keep"]))


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 10, 20, hour, tzinfo=ZoneInfo(ROME)) + timedelta(days=day)


def test_the_usual_schedule() -> None:
    found = [
        (step.key, step.at.astimezone(ZoneInfo(ROME)).strftime("%d.%m. %H:%M")) for step in steps(USUAL, DUE, ROME)
    ]
    assert found == [
        ("reminder:1", "21.10. 09:00"),
        ("retry:3", "23.10. 09:00"),
        ("retry:7", "27.10. 09:00"),
        ("reminder:7", "27.10. 09:00"),
        ("retry:14", "03.11. 09:00"),
        ("reminder:14", "03.11. 09:00"),
        ("last_call:18", "07.11. 09:00"),
        ("pause:21", "10.11. 09:00"),
    ]  # across the night in which the clock goes back


@given(schedule=schedules, due=st.dates(date(2024, 1, 1), date(2029, 1, 1)), zone=st.sampled_from(ZONES))
def test_steps_are_in_order_and_end_with_the_grace(schedule: Schedule, due: date, zone: str) -> None:
    assert fault(schedule) is None
    found = steps(schedule, due, zone)
    assert [step.at for step in found] == sorted(step.at for step in found)
    assert len({step.key for step in found}) == len(found)
    assert found[-1].kind == schedule.ending
    here = ZoneInfo(zone)
    for step in found:
        assert step.at.astimezone(here).date() == due + timedelta(days=int(step.key.partition(":")[2]))
        assert step.at.astimezone(here).time() == HOUR
    assert [s.key for s in found] == [s.key for s in steps(schedule, due, "UTC")]


@given(schedule=schedules, looks=st.lists(st.integers(0, 70), min_size=1, max_size=8))
def test_whenever_somebody_looks_each_step_is_done_at_most_once_and_in_order(
    schedule: Schedule, looks: list[int]
) -> None:
    done: list[str] = []
    called: datetime | None = None
    for day in sorted(looks):
        for step in due_steps(schedule, DUE, ROME, until=at(day), done=frozenset(done), called_at=called):
            assert step.key not in done
            done.append(step.key)
            called = at(day) if step.kind == "last_call" else called
            if step.kind == schedule.ending:
                assert called is not None
                assert at(day) >= called + timedelta(days=schedule.last_call)
    for kind in ("retry", "reminder"):
        of_kind = [int(key.partition(":")[2]) for key in done if key.startswith(f"{kind}:")]
        assert of_kind == sorted(of_kind)
    ends = max(schedule.grace, (called - at(0)).days + schedule.last_call) if called is not None else 1000
    last = max((day for day in looks if called is None or at(day) > called), default=-1)
    assert (f"{schedule.ending}:{schedule.grace}" in done) == (last >= ends)


def test_what_was_missed_is_not_made_up_for_three_times() -> None:
    found = [step.key for step in due_steps(USUAL, DUE, ROME, until=at(15))]
    assert found == ["retry:14", "reminder:14"]
    later = due_steps(USUAL, DUE, ROME, until=at(16), done=frozenset(found))
    assert later == ()


def test_what_a_card_refuses_for_good_is_not_tried_again() -> None:
    usual: list[dict[str, Any]] = [{"refused_for_good": True}, {"by_card": False}]
    for arguments in usual:
        kinds = {
            step.kind
            for day in range(30)
            for step in due_steps(USUAL, DUE, ROME, until=at(day), called_at=at(18), **arguments)
        }
        assert kinds == {"reminder", "last_call", "pause"}


@given(due=st.dates(date(2024, 1, 1), date(2029, 1, 1)), zone=st.sampled_from(ZONES))
def test_the_due_day_is_a_day_where_who_owes_is(due: date, zone: str) -> None:
    noon = datetime(due.year, due.month, due.day, 12, tzinfo=ZoneInfo(zone))
    found = [(is_due(due, zone, at=when), is_overdue(due, zone, at=when)) for when in (
        noon - timedelta(days=1), noon, noon + timedelta(days=1)
    )]  # fmt: skip
    assert found == [(False, False), (True, False), (True, True)]


@pytest.mark.parametrize(
    ("schedule", "code"),
    [
        (Schedule(retries=(7, 3)), "order"),
        (Schedule(reminders=(3, 3)), "order"),
        (Schedule(retries=(-1,)), "order"),
        (Schedule(retries=(22,)), "after-grace"),
        (Schedule(last_call=22), "after-grace"),
        (Schedule((), (), grace=0, last_call=0), "too-short"),
        (Schedule(last_call=0), "too-short"),
        (Schedule(grace=121), "too-long"),
        (Schedule(ending="delete"), "ending"),
    ],
)
def test_what_is_no_schedule_says_why(schedule: Schedule, code: str) -> None:
    assert fault(schedule) == code


def test_nobody_is_paused_who_was_not_told_in_time() -> None:
    late = due_steps(USUAL, DUE, ROME, until=at(40))
    assert [step.key for step in late] == ["retry:14", "reminder:14", "last_call:18"]
    done = frozenset(step.key for step in late)
    for day, found in ((42, []), (43, ["pause:21"])):
        assert [each.key for each in due_steps(USUAL, DUE, ROME, until=at(day), done=done, called_at=at(40))] == found


def test_what_comes_next() -> None:
    def after(day: int, *done: str, called: datetime | None = None) -> tuple[str, datetime] | None:
        step = coming_step(USUAL, DUE, ROME, after=at(day), done=frozenset(done), called_at=called)
        return None if step is None else (step.key, step.at)

    assert after(0) == ("reminder:1", at(1))
    assert after(1, "reminder:1") == ("retry:3", at(3))
    assert after(18, "last_call:18", called=at(18)) == ("pause:21", at(21))
    assert after(40) == ("pause:21", at(43))
    assert after(40, "last_call:18", called=at(40)) == ("pause:21", at(43))
    assert after(43, "last_call:18", "pause:21", called=at(40)) is None


@pytest.mark.parametrize(
    ("is_reseller", "stands_below", "left"),
    [(False, True, AT_REST), (True, True, READ_ONLY), (False, False, FULL), (True, False, FULL)],
)
def test_a_former_reseller_takes_nothing_whatever_has_become_of_its_client(
    is_reseller: bool, stands_below: bool, left: str
) -> None:
    assert effect(is_reseller=is_reseller, stands_below=stands_below) == left
