"""What usage events add up to, whatever order they come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.usage import AHEAD, OLDEST, Counted, refuse_moment, steps_of, total_of, units_of

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
AGGREGATIONS = ("sum", "count", "unique", "max", "latest")
events = st.lists(
    st.builds(
        Counted,
        source=st.sampled_from(["a", "b"]),
        event_id=st.sampled_from("123456789"),
        at=st.integers(0, 5).map(lambda hours: AT + timedelta(hours=hours)),
        quantity=st.one_of(st.none(), st.integers(0, 9)),
        value=st.sampled_from("xyz"),
        corrects=st.sampled_from(["", "", "", "1", "2"]),
    ),
    unique_by=lambda event: (event.source, event.event_id),
)


@given(aggregation=st.sampled_from(AGGREGATIONS), told=events, data=st.data())
def test_order_and_repeats_change_nothing(aggregation: str, told: list[Counted], data: st.DataObject) -> None:
    again = data.draw(st.permutations(told)) + data.draw(
        st.lists(st.sampled_from(told), max_size=5) if told else st.just([])
    )
    assert total_of(aggregation, data.draw(st.permutations(again))) == total_of(aggregation, told)


def test_what_is_corrected_does_not_count() -> None:
    first, second = Counted("s", "1", AT, 10), Counted("s", "2", AT, 7, corrects="1")
    gone = Counted("s", "3", AT, None, corrects="2")
    assert total_of("sum", [first, second]) == 7
    assert total_of("sum", [second, first, gone]) == 0
    assert total_of("count", [first, second]) == 1
    assert total_of("max", [first, second]) == 7
    assert (
        total_of("sum", [first, Counted("other", "2", AT, 7, corrects="1")]) == 17
    )  # another source's ids are its own


def test_the_newest_is_the_newest_whatever_came_last() -> None:
    old, new = Counted("s", "1", AT, 10), Counted("s", "2", AT + timedelta(hours=1), 3)
    assert total_of("latest", [new, old]) == total_of("latest", [old, new]) == 3
    assert total_of("latest", [old, Counted("s", "0", AT, 4)]) == 10  # of equal moments the higher id


@given(quantity=st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_steps_are_exact(quantity: Decimal) -> None:
    assert Decimal(steps_of(quantity, 2)).scaleb(-2) == quantity


def test_what_is_no_quantity_is_refused_by_name() -> None:
    assert (steps_of(3, 2), steps_of(1.1, 1), steps_of(0.3, 2)) == (300, 11, 30)
    for wrong, code in (
        (1.5, "too-precise"),
        (float("nan"), "not-a-number"),
        (float("inf"), "not-a-number"),
        (10**16, "too-large"),
        (1e300, "too-large"),
        (Decimal("sNaN"), "not-a-number"),
        (Decimal("1e999999"), "too-large"),
        (5e-324, "too-precise"),
    ):
        with pytest.raises(ValueError, match=code):
            steps_of(wrong, 0)


def test_steps_are_told_as_units() -> None:
    assert (units_of(150, 2), units_of(300, 2), units_of(-50, 2), units_of(7, 0)) == (1.5, 3, -0.5, 7)
    assert type(units_of(300, 2)) is int


def test_moments_are_refused_by_the_stated_rule() -> None:
    assert refuse_moment(AT - OLDEST, AT) == refuse_moment(AT + AHEAD, AT) == ""
    assert refuse_moment(AT - OLDEST - timedelta(seconds=1), AT) == "too-old"
    assert refuse_moment(AT + AHEAD + timedelta(seconds=1), AT) == "too-far-ahead"
