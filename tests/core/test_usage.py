"""What usage events add up to, whatever order they come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.usage import (
    AHEAD,
    BY_PEOPLE,
    OLDEST,
    Counted,
    correction_id,
    counting,
    refuse_moment,
    steps_of,
    total_of,
    units_of,
)

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


# Who has the last word -------------------------------------------------------------------------------------------------


def word(of: Counted, quantity: int | None) -> Counted:
    """What a person lets count in the place of an event."""
    return Counted(BY_PEOPLE, correction_id(of.source, of.event_id), of.at, quantity, corrects=of.event_id)


@st.composite
def histories(draw: st.DrawFn) -> list[Counted]:
    """What a product tells, corrections of what has come, comes later or never among it; people correct between what counts by then."""
    ids = st.sampled_from("12345678")
    told: list[Counted] = []
    for step in range(draw(st.integers(1, 14))):
        there = [event for event in counting(told) if event.quantity is not None]
        by_a_person = draw(st.booleans())
        if there and by_a_person:
            told.append(word(draw(st.sampled_from(there)), draw(st.one_of(st.none(), st.integers(0, 9)))))
            continue
        source, event_id = draw(st.sampled_from("ab")), draw(ids)
        corrects = draw(st.one_of(st.just(""), ids))
        new = Counted(source, event_id, AT, step, corrects="" if corrects == event_id else corrects)
        if (source, event_id) not in {(each.source, each.event_id) for each in told}:
            told.append(new)
    return told


def goes_back_to(event: Counted, told: list[Counted]) -> set[tuple[str, str]]:
    """Everything that a product's event corrects, from correction to correction."""
    found: set[tuple[str, str]] = set()
    while event.corrects and (event.source, event.corrects) not in found:
        found.add((event.source, event.corrects))
        event = next((each for each in told if (each.source, each.event_id) == (event.source, event.corrects)), event)
    return found


@given(told=histories())
def test_what_people_decided_stands_whatever_the_product_says_later(told: list[Counted]) -> None:
    counts = counting(told)
    words = [event for event in told if event.source == BY_PEOPLE]
    by_people = {
        (each.source, each.event_id): by for each in told for by in words if by.event_id == word(each, 0).event_id
    }
    for of, by in by_people.items():
        # One word counts in the place of what people corrected: the last of theirs.
        assert (by in counts) != ((by.source, by.event_id) in by_people)
        assert of not in {(each.source, each.event_id) for each in counts}
    for event in counts:
        if event.source != BY_PEOPLE:
            assert goes_back_to(event, told).isdisjoint(by_people)


@given(told=histories(), data=st.data())
def test_the_last_word_does_not_depend_on_what_came_first(told: list[Counted], data: st.DataObject) -> None:
    shuffled = counting(data.draw(st.permutations(told)) + told[:3])
    assert sorted(map(repr, shuffled)) == sorted(map(repr, counting(told)))


@given(told=histories(), quantity=st.integers(0, 9), data=st.data())
def test_a_products_correction_of_what_no_person_touched_counts_in_its_place(
    told: list[Counted], quantity: int, data: st.DataObject
) -> None:
    mine = [each for each in counting(told) if each.source != BY_PEOPLE and each.quantity is not None]
    if mine:
        of = data.draw(st.sampled_from(mine))
        new = Counted(of.source, "new", AT, quantity, corrects=of.event_id)
        before, after = counting(told), counting([*told, new])
        assert sorted(map(repr, after)) == sorted(map(repr, [*(each for each in before if each != of), new]))


def test_a_product_that_corrects_what_people_corrected_adds_nothing() -> None:
    first = Counted("s", "1", AT, 30)
    by = word(first, 18)
    late, later = Counted("s", "2", AT, 25, corrects="1"), Counted("s", "3", AT, 24, corrects="2")
    assert total_of("sum", [first, late]) == 25  # the positive control: nobody has said anything
    for told in ([first, by, late], [late, by, first], [first, by, late, later], [later, by, first, late]):
        assert (total_of("sum", told), total_of("count", told), counting(told)) == (18, 1, [by])
    assert counting([first, by, late, word(by, 20)]) == [word(by, 20)]
    gone = word(first, None)
    assert total_of("max", [first, gone, late, later]) == 0
    # Another event of the product is another matter.
    assert total_of("sum", [first, by, late, Counted("s", "4", AT, 5)]) == 23


def test_events_that_correct_one_another_in_a_circle_are_no_puzzle() -> None:
    one, two = Counted("s", "1", AT, 1, corrects="2"), Counted("s", "2", AT, 2, corrects="1")
    assert counting([one, two]) == []
    assert counting([one, two, Counted("s", "3", AT, 3, corrects="1")]) == [Counted("s", "3", AT, 3, corrects="1")]


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
