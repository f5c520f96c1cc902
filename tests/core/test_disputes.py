"""What is known of a dispute after any answers, and how money that came back is used."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.disputes import LOST, OPEN, WON, CameBack, Known, away, came_back, is_away, newer

#: What a dispute was, one after the other: open, then decided, and each later decision with one movement more.
STORIES = st.tuples(st.sampled_from([WON, LOST]), st.integers(0, 4), st.integers(0, 2**32))


def story(first: str, again: int, before: int = 1) -> list[Known]:
    told = [Known(OPEN, before), Known(first, before + (first == WON))]
    for _ in range(again):
        state = LOST if told[-1].state == WON else WON
        told.append(Known(state, told[-1].moves + 1))
    return told


@given(STORIES)
def test_answers_in_any_order_come_to_the_last_one(given: tuple[str, int, int]) -> None:
    first, again, seed = given
    told = story(first, again)
    dice = random.Random(seed)
    heard = told + dice.choices(told, k=len(told))
    dice.shuffle(heard)
    known = Known(OPEN, 0)
    for each in heard:
        known = newer(known, each)
    assert known == told[-1]


@given(st.lists(st.builds(Known, st.sampled_from([OPEN, WON, LOST]), st.integers(0, 4)), max_size=12))
def test_what_is_decided_is_never_open_again_and_an_answer_twice_is_once(heard: list[Known]) -> None:
    known = Known(OPEN, 0)
    decided = False
    for each in heard:
        only_asked = known == Known(WON, 0)
        known = newer(known, each)
        assert newer(known, each) == known
        decided = (decided and not only_asked) or known.state != OPEN
        assert decided == (known.state != OPEN)


def test_without_a_movement_an_appeal_is_believed_and_an_older_loss_is_not() -> None:
    """The control: a plain "the last one told wins" would take the second."""
    assert newer(Known(LOST, 1), Known(WON, 1)) == Known(WON, 1)
    assert newer(Known(WON, 2), Known(LOST, 1)) == Known(WON, 2)
    assert newer(Known(WON, 2), Known(LOST, 3)) == Known(LOST, 3)


@given(st.integers(1, 10**9), st.integers(-(10**9), 10**9))
def test_what_comes_back_is_used_whole_and_pays_no_more_than_is_open(amount: int, still_open: int) -> None:
    found = came_back(amount, still_open)
    assert found.pays + found.ahead == amount
    assert 0 <= found.pays <= max(still_open, 0)
    assert found.ahead == 0 or found.pays == max(still_open, 0)


MOVES = st.lists(st.tuples(st.integers(-5000, 5000), st.booleans()), max_size=4)


@given(st.integers(1, 5000), MOVES)
def test_no_more_is_away_than_is_disputed_and_nothing_where_all_came_back(
    amount: int, moved: list[tuple[int, bool]]
) -> None:
    assert 0 <= away(amount, moved) <= amount
    assert away(amount, [*moved, (-sum(each for each, _same in moved), True)]) == 0 or not moved


def test_of_what_is_away() -> None:
    assert away(400, []) == 400
    assert away(400, [(-400, True), (300, True)]) == 100
    assert away(400, [(-65000, False)]) == 400
    assert away(400, [(-65000, False), (64100, False)]) == 0  # at the rate of another day


def test_of_money_that_came_back() -> None:
    assert came_back(400, 400) == CameBack(400, 0)
    assert came_back(400, 100) == CameBack(100, 300)
    assert came_back(400, 0) == CameBack(0, 400)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (Known(OPEN, 0), False),  # the bank only asks
        (Known(OPEN, 1), True),
        (Known(LOST, 0), True),
        (Known(LOST, 1), True),
        (Known(WON, 0), False),
        (Known(WON, 2), False),
    ],
)
def test_money_is_with_the_bank_from_when_it_takes_it_until_it_gives_it_back(known: Known, told: bool) -> None:
    assert is_away(known) is told
