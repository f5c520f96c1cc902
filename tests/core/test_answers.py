"""What several resolvers say together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.answers import FAILED, FOUND, LOOP, NO_ANSWER, NO_SUCH_NAME, NOTHING, Answer, together

VALUES = st.lists(st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.3"]), min_size=1, max_size=3, unique=True)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    outcome = draw(st.sampled_from([FOUND, NOTHING, NO_SUCH_NAME, FAILED, NO_ANSWER, LOOP]))
    values = tuple(sorted(draw(VALUES))) if outcome == FOUND else ()
    return Answer("a.example", "A", outcome, values, common=values)


@given(st.lists(answers(), min_size=1, max_size=4), st.randoms())
def test_the_order_of_resolvers_changes_nothing(given_: list[Answer], chance: object) -> None:
    mixed = list(given_)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # a random.Random
    assert together(mixed) == together(given_)


@given(st.lists(answers(), min_size=1, max_size=4), st.sampled_from([FAILED, NO_ANSWER]))
def test_a_resolver_that_is_down_changes_nothing(given_: list[Answer], outcome: str) -> None:
    whole = together(given_)
    if whole.known:
        assert together([*given_, Answer("a.example", "A", outcome)]) == whole


@given(st.lists(answers(), min_size=1, max_size=4))
def test_what_is_common_was_said_by_all_who_knew(given_: list[Answer]) -> None:
    whole = together(given_)
    known = [answer for answer in given_ if answer.known]
    assert whole.known == bool(known)
    assert all(value in answer.values for value in whole.common for answer in known)
    assert set(whole.values) == {value for answer in known for value in answer.values}
    assert whole.agreed or len({(answer.outcome, answer.values) for answer in known}) > 1


def test_one_lies() -> None:
    honest = Answer("a.example", "A", FOUND, ("192.0.2.1",), common=("192.0.2.1",))
    liar = Answer("a.example", "A", FOUND, ("192.0.2.66",), common=("192.0.2.66",))
    whole = together([honest, liar])
    assert (whole.agreed, whole.common, whole.values) == (False, (), ("192.0.2.1", "192.0.2.66"))
