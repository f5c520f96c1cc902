"""What a signal's value may be, and when one wants attention."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.manifest import Names, Signal
from sublet.core.signals import (
    LONGEST_TEXT,
    ORDER,
    Condition,
    SignalValue,
    WrongValue,
    fact_name,
    read_cell,
    read_condition,
    read_value,
    standing,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NAMES = Names("a", "b", "c", "d", "e", "f")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("moment", None, SignalValue(moment=AT)),
        ("moment", "2026-03-01T10:00:00+02:00", SignalValue(moment=datetime(2026, 3, 1, 8, tzinfo=UTC))),
        ("number", 12, SignalValue(number=Decimal(12))),
        ("number", 0.5, SignalValue(number=Decimal("0.5"))),
        ("number", -3, SignalValue(number=Decimal(-3))),
        ("text", " 2.3.1 ", SignalValue(text="2.3.1")),
        ("switch", False, SignalValue(switch=False)),
    ],
)
def test_a_value_is_read_by_its_kind(kind: str, value: object, expected: SignalValue) -> None:
    assert read_value(kind, value, at=AT) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("moment", "yesterday"), ("moment", "2026-03-01T10:00:00"), ("moment", 5), ("moment", True),
        ("moment", "0001-01-01T00:00:00+14:00"), ("number", "12"), ("number", True), ("number", None),
        ("number", float("nan")), ("number", float("inf")), ("number", 10**15), ("number", 1e300), ("text", ""),
        ("text", " "), ("text", "x" * (LONGEST_TEXT + 1)), ("text", "a\x00b"), ("text", None), ("text", 5), ("switch", None),
        ("switch", 1), ("switch", "true"), ("other", 1),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(kind: str, value: object) -> None:
    with pytest.raises(WrongValue):
        read_value(kind, value, at=AT)


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("moment", "2026-03-01", SignalValue(moment=datetime(2026, 3, 1, tzinfo=UTC))),
        ("moment", "1.3.2026", SignalValue(moment=datetime(2026, 3, 1, tzinfo=UTC))),
        ("moment", "31/12/2026", SignalValue(moment=datetime(2026, 12, 31, tzinfo=UTC))),
        ("moment", date(2026, 3, 1), SignalValue(moment=datetime(2026, 3, 1, tzinfo=UTC))),
        ("number", "1.234,5", SignalValue(number=Decimal("1234.5"))),
        ("number", "1,234.5", SignalValue(number=Decimal("1234.5"))),
        ("number", "12 345", SignalValue(number=Decimal(12345))),
        ("number", "0,5", SignalValue(number=Decimal("0.5"))),
        ("number", 7, SignalValue(number=Decimal(7))),
        ("text", 2.3, SignalValue(text="2.3")),
        ("switch", "Sì", SignalValue(switch=True)),
        ("switch", "nee", SignalValue(switch=False)),
        ("switch", True, SignalValue(switch=True)),
    ],
)
def test_a_cell_is_read_as_people_write_it(kind: str, cell: object, expected: SignalValue) -> None:
    assert read_cell(kind, cell) == expected


@pytest.mark.parametrize(
    ("kind", "cell"),
    [("moment", "soon"), ("moment", "32.1.2026"), ("moment", 45000), ("number", "many"), ("number", "1,2,3"), ("switch", "perhaps")],
)  # fmt: skip
def test_a_cell_that_says_something_else_is_refused(kind: str, cell: object) -> None:
    with pytest.raises(WrongValue):
        read_cell(kind, cell)


values = st.one_of(
    st.datetimes(timezones=st.just(UTC)).map(lambda found: SignalValue(moment=found)),
    st.decimals(-1000, 1000, places=4).map(lambda found: SignalValue(number=found)),
    st.text(min_size=1, max_size=20).map(lambda found: SignalValue(text=found)),
    st.booleans().map(lambda found: SignalValue(switch=found)),
)


@given(values, values)
def test_facts_that_say_the_same_are_the_same_and_others_are_not(one: SignalValue, other: SignalValue) -> None:
    assert (fact_name("", AT, one) == fact_name("", AT, other)) == (one == other)
    assert fact_name("a", AT, one) == fact_name("a", AT + timedelta(days=1), other)
    assert fact_name("a", AT, one) not in {fact_name("b", AT, one), fact_name("", AT, one)}


@given(st.sampled_from(["older", "due", "never"]), st.integers(0, 3660))
def test_a_condition_is_read_as_it_is_written(what: str, days: int) -> None:
    condition = Condition("last_push_sent", what, days if what != "never" else 0)
    assert read_condition(str(condition)) == condition


@pytest.mark.parametrize(
    "text", ["", "a", "a:older", "a:never:3", "a:older:-1", "a:older:9999", "A:older:3", "a:newer:3", "a:older:٣"]
)
def test_what_is_no_condition_is_none(text: str) -> None:
    assert read_condition(text) is None


@given(
    st.sampled_from(["silence", "deadline", "age", "decline"]), st.integers(1, 400), st.integers(-500, 500),
    st.integers(0, 500), st.integers(0, 500),
)  # fmt: skip
def test_a_standing_never_improves_as_time_goes_by(watch: str, days: int, moment: int, first: int, later: int) -> None:
    signal = Signal("s", "moment", NAMES, watch=watch, days=days)
    latest = SignalValue(moment=AT + timedelta(days=moment))
    before = standing(signal, latest, at=AT + timedelta(days=first))
    after = standing(signal, latest, at=AT + timedelta(days=first + later))
    assert (before == "unknown") == (after == "unknown") == (watch == "decline")
    if before != "unknown":
        assert ORDER.index(after) >= ORDER.index(before)


def test_a_deadline_is_near_and_then_over() -> None:
    signal = Signal("s", "moment", NAMES, watch="deadline", days=30)
    due = SignalValue(moment=AT + timedelta(days=40))
    assert [standing(signal, due, at=AT + timedelta(days=days)) for days in (0, 10, 11, 40, 41)] == [
        "fine", "fine", "near", "over", "over",
    ]  # fmt: skip
    assert standing(signal, None, at=AT) == "unknown"
