"""Limits: five policies, thresholds and forecasts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.manifest.model import FrozenTable
from sublet.core.quota import (
    BLOCK,
    DEGRADE,
    GRACE,
    NEAR,
    NOTIFY,
    OPEN,
    OVER,
    OVERAGE,
    POLICIES,
    REACHED,
    REFUSED,
    Bound,
    crossed,
    daily_use,
    forecast,
    grace_limit,
    is_past,
    stand,
)  # fmt: skip

AT = datetime(2026, 6, 14, 12, tzinfo=UTC)
limits = st.none() | st.integers(0, 200)
bounds = st.builds(
    Bound, layer=st.sampled_from(["plan", "reseller", "cap"]), limit=limits, policy=st.sampled_from(POLICIES),
    thresholds=st.lists(st.integers(1, 200), max_size=4).map(tuple), grace_days=st.none() | st.integers(1, 30),
    grace_percent=st.none() | st.integers(1, 100),
)  # fmt: skip


@given(limit=st.integers(0, 60), asked=st.lists(st.integers(1, 9), max_size=60))
def test_with_block_use_never_passes_the_limit_and_what_fits_is_never_refused(limit: int, asked: list[int]) -> None:
    used = 0
    for quantity in asked:
        allowed = stand([Bound("plan", limit)], used=used, at=AT).allows(quantity)
        assert allowed == (used + quantity <= limit)
        used += quantity if allowed else 0
    assert used <= limit


@given(
    thresholds=st.lists(st.integers(1, 300), max_size=6), limit=st.integers(0, 100),
    steps=st.lists(st.integers(0, 20), max_size=30),
)  # fmt: skip
def test_a_threshold_is_crossed_once_however_the_way_is_cut(
    thresholds: list[int], limit: int, steps: list[int]
) -> None:
    used, seen = 0, list[int]()
    for step in steps:
        seen += crossed(thresholds, limit=limit, before=used, after=used + step)
        used += step
    assert sorted(seen) == sorted({p for p in thresholds if is_past(p, limit=limit, used=used) and used > 0})
    assert tuple(sorted(seen)) == crossed(thresholds, limit=limit, before=0, after=used)


@given(one=st.lists(bounds, max_size=4), more=bounds, used=st.integers(0, 300), reserved=st.integers(0, 50))
def test_a_further_bound_never_allows_more(one: list[Bound], more: Bound, used: int, reserved: int) -> None:
    reached = AT - timedelta(days=5)
    before = stand(one, used=used, reserved=reserved, reached_at=reached, at=AT)
    after = stand([*one, more], used=used, reserved=reserved, reached_at=reached, at=AT)
    for quantity in (1, 5, 50, 500):
        assert before.allows(quantity) or not after.allows(quantity)
    assert before.limit is None or (after.limit is not None and after.limit <= before.limit)


@given(some=st.lists(bounds, max_size=4), used=st.integers(0, 300), step=st.integers(1, 50))
def test_more_use_never_leaves_more(some: list[Bound], used: int, step: int) -> None:
    one, two = (stand(some, used=u, reached_at=AT - timedelta(days=40), at=AT) for u in (used, used + step))
    assert one.room is None or (two.room is not None and two.room <= one.room)
    order = [OPEN, NEAR, REACHED, OVER, REFUSED]
    assert order.index(two.state) >= order.index(one.state)


@given(some=st.lists(bounds, max_size=4), used=st.integers(0, 300))
def test_refused_says_that_not_one_step_more_goes(some: list[Bound], used: int) -> None:
    found = stand(some, used=used, at=AT)
    assert (found.state == REFUSED) == (not found.allows(1))


@pytest.mark.parametrize(
    ("policy", "used", "state", "room"),
    [
        (BLOCK, 39, OPEN, 11), (BLOCK, 40, NEAR, 10), (BLOCK, 50, REFUSED, 0), (BLOCK, 53, REFUSED, 0),
        (NOTIFY, 50, REACHED, None), (NOTIFY, 51, OVER, None), (OVERAGE, 51, OVER, None), (DEGRADE, 51, OVER, None),
    ],
)  # fmt: skip
def test_states_of_the_plain_policies_at_a_limit_of_50(policy: str, used: int, state: str, room: int | None) -> None:
    found = stand([Bound("plan", 50, policy)], used=used, at=AT)
    assert (found.state, found.room, found.limit) == (state, room, 50)


def test_what_is_reserved_is_not_there_for_others() -> None:
    found = stand([Bound("plan", 50)], used=40, reserved=8, at=AT)
    assert (found.room, found.remaining, found.allows(2), found.allows(3)) == (2, 2, True, False)


def test_giving_back_is_always_taken() -> None:
    assert stand([Bound("plan", 0)], used=9, at=AT).allows(-1)


def test_degrade_lowers_features_only_beyond_the_limit() -> None:
    bound = Bound("plan", 50, DEGRADE, degraded=FrozenTable({"webinars": False}))
    assert dict(stand([bound], used=50, at=AT).degraded) == {}
    assert dict(stand([bound], used=51, at=AT).degraded) == {"webinars": False}


def test_grace_goes_on_to_its_percentage() -> None:
    bound = Bound("plan", 55, GRACE, grace_percent=10)
    found = stand([bound], used=58, at=AT)
    assert (found.ceiling, found.state, found.room) == (60, OVER, 2)  # 55 + 5: rounded down
    assert stand([bound], used=60, at=AT).state == REFUSED


def test_grace_ends_after_its_days_of_24_hours() -> None:
    bound = Bound("plan", 50, GRACE, grace_days=14)
    reached = datetime(2026, 3, 20, 9, tzinfo=UTC)  # clocks change in between: the days do not
    end = reached + timedelta(hours=24 * 14)
    before = stand([bound], used=70, reached_at=reached, at=end - timedelta(microseconds=1))
    assert (before.state, before.room, before.until) == (OVER, None, end)
    after = stand([bound], used=70, reached_at=reached, at=end)
    assert (after.state, after.room, after.until) == (REFUSED, 0, None)


def test_grace_ends_with_days_or_percentage_whichever_comes_first() -> None:
    bound = Bound("plan", 100, GRACE, grace_days=14, grace_percent=20)
    reached = AT - timedelta(days=1)
    assert stand([bound], used=119, reached_at=reached, at=AT).room == 1
    assert stand([bound], used=120, reached_at=reached, at=AT).state == REFUSED
    assert stand([bound], used=101, reached_at=reached, at=AT + timedelta(days=13)).state == REFUSED


def test_grace_that_is_over_does_not_refuse_what_is_below_the_limit() -> None:
    found = stand([Bound("plan", 50, GRACE, grace_days=3)], used=49, reached_at=AT - timedelta(days=9), at=AT)
    assert found.allows(1)


def test_grace_begins_at_the_lowest_limit_that_has_days() -> None:
    some = [Bound("a", 50, GRACE, grace_percent=5), Bound("b", 80, GRACE, grace_days=2), Bound("c", 10)]
    assert grace_limit(some) == 80
    assert grace_limit(some[:1]) is None


def test_of_equal_limits_the_strictest_is_shown() -> None:
    assert stand([Bound("plan", 50, NOTIFY), Bound("service", 50)], used=0, at=AT).policy == BLOCK


# Forecasts ------------------------------------------------------------------------------------------------------------

TODAY = date(2026, 6, 4)
days = st.dictionaries(st.integers(-20, 0).map(lambda n: TODAY + timedelta(days=n)), st.integers(0, 30), max_size=15)


def test_a_forecast_names_the_day() -> None:
    used_by_day = {
        TODAY - timedelta(days=n): 3 for n in range(1, 11)
    }  # 3 a day for 10 days: 30 used, 20 left, 6.7 days
    assert forecast(used_by_day, used=30, limit=50, today=TODAY) == date(2026, 6, 11)


def test_a_forecast_needs_three_days_a_way_to_go_and_time_in_the_period() -> None:
    two = {TODAY - timedelta(days=n): 3 for n in (1, 2)}
    three = {TODAY - timedelta(days=n): 3 for n in (1, 2, 3)}
    assert forecast(two, used=6, limit=50, today=TODAY) is None
    assert forecast(three, used=9, limit=12, today=TODAY) == date(2026, 6, 5)
    assert forecast(three, used=50, limit=50, today=TODAY) is None
    assert forecast(three, used=9, limit=12, today=TODAY, period_end=date(2026, 6, 5)) is None


def test_days_without_use_count_and_today_does_not() -> None:
    assert daily_use({TODAY - timedelta(days=4): 8, TODAY: 100}, today=TODAY) == (8, 4)
    assert daily_use({TODAY - timedelta(days=40): 8}, today=TODAY) == (0, 14)
    assert daily_use({}, today=TODAY) == (0, 0)


@given(some=days, used=st.integers(0, 100), limit=st.integers(0, 150), more=st.integers(0, 20), day=st.integers(1, 3))
def test_a_forecast_is_ahead_and_more_use_never_makes_it_later(
    some: dict[date, int], used: int, limit: int, more: int, day: int
) -> None:
    some = {TODAY - timedelta(days=14): 0, **some}  # the same days are counted either way
    one = forecast(some, used=used, limit=limit, today=TODAY)
    assert one is None or one > TODAY
    busier = {**some, TODAY - timedelta(days=day): some.get(TODAY - timedelta(days=day), 0) + more}
    two = forecast(busier, used=used, limit=limit, today=TODAY)
    assert one is None or (two is not None and two <= one)
