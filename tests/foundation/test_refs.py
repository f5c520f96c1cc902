"""Public references and time-ordered identifiers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.foundation.refs import looks_like_ref, new_ref, uuid7

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_identifiers_sort_by_time_and_within_a_millisecond_by_making() -> None:
    made = [uuid7(AT + timedelta(milliseconds=number // 50)) for number in range(300)]
    assert made == sorted(made)
    assert len(set(made)) == 300
    assert {each.version for each in made} == {7}


def test_many_identifiers_in_a_millisecond_stay_in_order() -> None:
    made = [uuid7(AT) for _ in range(300_000)]
    assert len(set(made)) == 300_000
    assert made == sorted(made)
    assert {(each.version, each.variant) for each in made[::1000]} == {(7, RFC_4122)}


def test_a_new_reference_looks_like_one_of_its_kind_only() -> None:
    ref = new_ref("acc")
    assert looks_like_ref(ref, "acc")
    assert not looks_like_ref(ref, "usr")


@given(text=st.text())
@pytest.mark.parametrize("end", ["\n", " ", "\x00", "0"])
def test_a_reference_with_anything_more_is_none(text: str, end: str) -> None:
    assert not looks_like_ref(f"acc_{'2' * 14}{end}", "acc")
    assert not looks_like_ref(text.replace("acc_", ""), "acc")


def test_identifiers_of_two_instants_made_in_turns_keep_their_order() -> None:
    """Two requests at work at once: each has its instant, and its entries must not change places."""
    first, second = [], []
    for _ in range(40):
        first.append(uuid7(AT + timedelta(seconds=1)))
        second.append(uuid7(AT + timedelta(seconds=2)))
    assert first == sorted(first)
    assert second == sorted(second)
