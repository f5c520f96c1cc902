"""Where an account stood: in one place at a time, and before it came where it stands in the one that it had not left yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.places import NobodyIsLeft, Place, heir, heirs, place_at

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def hour(number: int) -> datetime:
    return BEGIN + timedelta(hours=number)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Place], list[tuple[int, int, bool]]]:
    """Stays one after another, as (from, to, whether below a reseller); the places are those below one."""
    cuts = sorted(draw(st.sets(st.integers(0, 500), max_size=6)))
    stays: list[tuple[int, int, bool]] = []
    places: list[Place] = []
    begins = -1
    for number, ends in enumerate(cuts):
        below = draw(st.booleans())
        stays.append((begins, ends, below))
        if below:
            places.append(Place(number + 1, None if begins < 0 else hour(begins), hour(ends)))
        begins = ends
    return draw(st.permutations(places)), stays


@given(lives(), st.integers(0, 520))
def test_an_instant_is_in_the_place_that_was_not_left_yet_and_in_no_other(
    life: tuple[list[Place], list[tuple[int, int, bool]]], moment: int
) -> None:
    places, stays = life
    found = place_at(places, hour(moment))
    expected = next(
        (number for number, (begins, ends, below) in enumerate(stays, 1) if below and begins <= moment < ends), None
    )
    assert (None if found is None else found.above) == expected


def test_the_instant_of_leaving_is_of_the_next_place() -> None:
    first, second = Place(1, None, hour(5)), Place(2, hour(5), hour(9))
    assert [place_at((second, first), hour(number)) for number in (4, 5, 8, 9)] == [first, second, second, None]


def test_while_it_stood_alone_it_was_nobodys() -> None:
    assert place_at((Place(1, None, hour(5)), Place(2, hour(7), hour(9))), hour(6)) is None


@st.composite
def merges(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Resellers 0 to 9 that merge one after another: who has gone can merge no more, and nobody merges into it."""
    there, done = list(range(10)), []
    for _number in range(draw(st.integers(0, 8))):
        gone = draw(st.sampled_from(there))
        there.remove(gone)
        done.append((gone, draw(st.sampled_from(there))))
    return done


@given(merges(), st.data())
def test_everybody_has_one_heir_who_is_there(done: list[tuple[int, int]], data: st.DataObject) -> None:
    successors = dict(data.draw(st.permutations(done)))  # it does not matter in which order they become known
    found = {who: heir(successors, who) for who in range(10)}
    assert not set(found.values()) & set(successors)
    assert all(found[each] == each for each in found.values())
    assert {who: stays for who, stays in found.items() if who != stays} == heirs(successors)


@given(merges(), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(-500, 500))))
def test_each_merge_hands_all_on_and_loses_nothing(
    done: list[tuple[int, int]], claims: list[tuple[int, int, int]]
) -> None:
    """A chain comes to the same as each merge by itself; what is claimed and owed stays what it was."""
    one_by_one = claims
    for gone, stays in done:
        one_by_one = [(heir({gone: stays}, owner), heir({gone: stays}, debtor), m) for owner, debtor, m in one_by_one]
    at_once = [(heir(dict(done), owner), heir(dict(done), debtor), minor) for owner, debtor, minor in claims]
    assert at_once == one_by_one
    assert [minor for _owner, _debtor, minor in at_once] == [minor for _owner, _debtor, minor in claims]


def test_who_went_round_has_nobody() -> None:
    with pytest.raises(NobodyIsLeft):
        heir({1: 2, 2: 3, 3: 2}, 1)
