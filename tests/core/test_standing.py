"""The periods in which what stands is paid for: those of the account, cut where its anchor moves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.charging import Facts
from sublet.core.periods import Anchor, Since
from sublet.core.proration import Days
from sublet.core.standing import Running, days_of, periods_paid
from tests.oracle.accounts import BEGIN, Table

ZONES = ("Europe/Rome", "America/New_York", "Pacific/Apia", "UTC")
A_DAY = timedelta(days=1)


def facts(*line: Since, **more: Any) -> Facts:
    return Facts(line, Table(), **more)


def since(moment: datetime, day: date, zone: str = "UTC") -> Since:
    return Since(moment, Anchor(day, zone))


def utc(month: int, day: int, hour: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


FIRST = since(BEGIN - 900 * A_DAY, date(2026, 1, 5))


def told(found: list[Running]) -> list[tuple[str, int]]:
    return [(f"{each.days}", each.whole.count) for each in found]


def test_without_a_move_each_period_is_whole_and_goes_by_the_anchors_day() -> None:
    found = list(periods_paid(facts(FIRST), "month", utc(11, 20), utc(1, 5, year=2027)))
    assert told(found) == [("2026-11-05/2026-12-05", 30), ("2026-12-05/2027-01-05", 31)]
    assert (found[0].starts, found[0].ends) == (utc(11, 5), utc(12, 5))
    assert list(periods_paid(facts(FIRST), "quarter", utc(11, 20), utc(1, 4, year=2027))) == []
    by_calendar = periods_paid(facts(FIRST, basis="calendar"), "quarter", utc(11, 20), utc(1, 4, year=2027))
    assert told(list(by_calendar)) == [("2026-10-01/2027-01-01", 92)]


def test_where_the_anchor_moves_both_are_parts_of_what_they_would_have_been() -> None:
    moved = since(utc(11, 17, 10), date(2026, 11, 17))
    found = list(periods_paid(facts(FIRST, moved), "month", utc(11, 6), utc(12, 20)))
    assert told(found) == [("2026-11-05/2026-11-17", 30), ("2026-11-17/2026-12-17", 30)]
    assert [each.starts for each in found] == [utc(11, 5), moved.since]
    back = since(utc(11, 17, 10), date(2026, 1, 25))
    found = list(periods_paid(facts(FIRST, back), "month", utc(11, 6), utc(12, 20)))
    assert told(found) == [("2026-11-05/2026-11-17", 30), ("2026-11-17/2026-11-25", 31)]


def test_another_zone_moves_the_end_of_what_runs() -> None:
    abroad = since(utc(11, 17, 10), date(2026, 1, 5), "America/New_York")
    found = list(periods_paid(facts(FIRST, abroad), "month", utc(11, 6), utc(12, 20)))
    assert told(found) == [("2026-11-05/2026-12-05", 30)]
    assert found[0].ends == utc(12, 5, 5)


lines = st.lists(
    st.tuples(st.integers(0, 700 * 24), st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.sampled_from(ZONES)), max_size=4
).map(
    lambda told: (
        FIRST,
        *(since(BEGIN + timedelta(hours=hours), day, zone) for hours, day, zone in sorted(told, key=lambda each: each[0])),
    )
)  # fmt: skip


@given(
    line=lines,
    interval=st.sampled_from(["month", "quarter", "year"]),
    begin=st.integers(0, 700 * 24),
    basis=st.sampled_from(["anniversary", "calendar"]),
)
def test_periods_follow_one_another_without_a_gap(
    line: tuple[Since, ...], interval: str, begin: int, basis: str
) -> None:
    moment = BEGIN + timedelta(hours=begin)
    found = list(periods_paid(facts(*line, basis=basis), interval, moment, moment + 800 * A_DAY))
    assert found[0].starts <= moment < found[0].ends
    for one, other in pairwise(found):
        assert (one.ends, one.days.next) == (other.starts, other.days.first)
        assert one.starts < one.ends
    # No day is paid for more than once, and no period more than whole.
    assert all(Fraction(max(each.days.count, 0), each.whole.count) <= 1 for each in found)


@given(spans=st.lists(st.tuples(st.integers(0, 28), st.integers(0, 30)), max_size=5).map(sorted))
def test_days_that_are_held_count_once(spans: list[tuple[int, int]]) -> None:
    first = date(2026, 11, 1)
    reached, kept = 0, []
    for begins, ends in spans:  # in order, as they come: none ends before the one before it
        kept.append((begins, max(begins, ends, reached)))
        reached = kept[-1][1]
    held = {day for begins, ends in kept for day in range(begins, ends)}
    found = days_of((first + begins * A_DAY, first + ends * A_DAY) for begins, ends in kept)
    if not held:
        assert found is None
    else:
        assert found == (Days(first + min(held) * A_DAY, first + (max(held) + 1) * A_DAY), len(held))
