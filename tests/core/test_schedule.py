"""Retries and slots: the laws, and the days on which the clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.schedule import LONGEST_WAIT, Daily, Every, Rule, next_slot, retry_at, slot_at

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
instants = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))
rules: st.SearchStrategy[Rule] = st.one_of(
    st.builds(
        Every,
        interval=st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=60)),
        offset=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=60)),
    ),
    st.builds(
        Daily,
        at=st.times(),
        zone=st.sampled_from(["UTC", "Europe/Rome", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"]),
    ),
)


@given(attempt=st.integers(min_value=1, max_value=10_000), at=instants, seed=st.text())
def test_a_retry_waits_between_half_and_the_whole_exponential(attempt: int, at: datetime, seed: str) -> None:
    whole = min(LONGEST_WAIT, timedelta(seconds=10) * 2 ** min(attempt - 1, 20))
    again = retry_at(attempt, at, seed)
    assert at + whole / 2 <= again <= at + whole
    assert again == retry_at(attempt, at, seed)


def test_waits_double_up_to_the_longest() -> None:
    first = [retry_at(attempt, AT, "x") - AT for attempt in range(1, 4)]
    assert timedelta(seconds=5) <= first[0] <= timedelta(seconds=10)
    assert timedelta(seconds=10) <= first[1] <= timedelta(seconds=20)
    assert timedelta(seconds=20) <= first[2] <= timedelta(seconds=40)
    assert retry_at(500, AT, "x") - AT <= LONGEST_WAIT


def test_jobs_that_failed_together_come_back_apart() -> None:
    assert len({retry_at(3, AT, f"job {number}") for number in range(100)}) == 100


def test_attempts_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        retry_at(0, AT, "x")


@given(rule=rules, at=instants)
def test_slots_tile_time(rule: Rule, at: datetime) -> None:
    here, after = slot_at(rule, at), next_slot(rule, at)
    assert here <= at < after
    assert slot_at(rule, here) == here
    assert next_slot(rule, here) == after
    assert slot_at(rule, after) == after
    assert slot_at(rule, after - timedelta(microseconds=1)) == here


def test_an_interval_is_counted_from_the_epoch_and_not_from_the_start() -> None:
    rule = Every(timedelta(hours=1), offset=timedelta(minutes=7))
    assert slot_at(rule, AT) == datetime(2026, 3, 1, 11, 7, tzinfo=UTC)
    assert next_slot(rule, AT) == datetime(2026, 3, 1, 12, 7, tzinfo=UTC)


def test_a_daily_slot_keeps_its_wall_clock_time_over_a_change_of_the_clock() -> None:
    rule = Daily(time(3, 30), "Europe/Rome")
    assert next_slot(rule, datetime(2026, 3, 28, 0, 0, tzinfo=UTC)) == datetime(2026, 3, 28, 2, 30, tzinfo=UTC)
    assert next_slot(rule, datetime(2026, 3, 29, 0, 0, tzinfo=UTC)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_or_never_has_one_slot_for_each_date() -> None:
    rule = Daily(time(2, 30), "Europe/Rome")
    never = next_slot(rule, datetime(2026, 3, 28, 12, 0, tzinfo=UTC))
    assert never == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert next_slot(rule, never) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
    twice = next_slot(rule, datetime(2026, 10, 24, 12, 0, tzinfo=UTC))
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_slot(rule, twice) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_an_interval_below_a_second_is_refused() -> None:
    with pytest.raises(ValueError, match="one second"):
        Every(timedelta(milliseconds=5))
