"""The clock of visits: laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.visits import IDLE, LONGEST, SECOND_FACTOR_COUNTS, ends_at, second_factor_is_fresh

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2))


@given(used=spans)
def test_nothing_prolongs_a_visit_past_an_hour(used: timedelta) -> None:
    end = ends_at(started_at=START, last_used_at=START + used)
    assert START + IDLE <= end <= START + LONGEST


@given(age=st.timedeltas(min_value=-timedelta(days=1), max_value=timedelta(days=1)))
def test_a_second_factor_counts_for_a_quarter_of_an_hour_and_never_from_the_future(age: timedelta) -> None:
    assert second_factor_is_fresh(START - age, START) is (timedelta(0) <= age <= SECOND_FACTOR_COUNTS)


def test_no_second_factor_is_never_fresh() -> None:
    assert not second_factor_is_fresh(None, START)
    assert second_factor_is_fresh(START - timedelta(minutes=15), START)
    assert not second_factor_is_fresh(START - timedelta(minutes=15, microseconds=1), START)
