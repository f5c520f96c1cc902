"""The laws of an account's life."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.lifecycle import (
    ACTIVE,
    CLOSED,
    INVITED,
    PROSPECT,
    STATES,
    SUSPENDED,
    lets_people_in,
    refuse_change,
)

states = st.sampled_from(STATES)


@given(before=states, after=states)
def test_nothing_but_reopening_returns_to_prospect(before: str, after: str) -> None:
    if after == PROSPECT and before != CLOSED:
        assert refuse_change(before, after) is not None


@given(state=states)
def test_every_open_state_can_be_closed_and_every_one_taken_back(state: str) -> None:
    if state == CLOSED:
        assert refuse_change(state, CLOSED) == "same"
    else:
        assert refuse_change(state, CLOSED) is None
        assert refuse_change(CLOSED, state) is None


@given(state=states)
def test_a_change_to_the_same_is_said_to_be_the_same(state: str) -> None:
    assert refuse_change(state, state) == "same"


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        (PROSPECT, INVITED, None),
        (PROSPECT, SUSPENDED, "backwards"),
        (INVITED, ACTIVE, None),
        (INVITED, PROSPECT, "backwards"),
        (ACTIVE, INVITED, "backwards"),
        (ACTIVE, SUSPENDED, None),
        (SUSPENDED, ACTIVE, None),
        (SUSPENDED, INVITED, None),
    ],
)
def test_which_change_is_lawful(before: str, after: str, answer: str | None) -> None:
    assert refuse_change(before, after) == answer


def test_only_a_suspended_or_closed_account_keeps_its_people_out() -> None:
    assert [state for state in STATES if not lets_people_in(state)] == [SUSPENDED, CLOSED]
