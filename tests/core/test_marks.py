"""What is declared and what is measured: unclean if either says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.marks import CLEAN, NAMED, UNSEEN, Mark, newest_measured, only_clean

KEYS = ("product.design", "product.pages", "product.shop", "team")
marks = st.builds(Mark, st.booleans(), st.sampled_from([CLEAN, NAMED, UNSEEN]))
all_marks = st.dictionaries(st.sampled_from(KEYS), marks)
rights = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["view", "manage"]))
looks = st.lists(st.dictionaries(st.sampled_from(KEYS), st.sampled_from([CLEAN, NAMED, UNSEEN])))


@pytest.mark.parametrize(
    ("declared", "measured", "unclean"),
    [
        (False, UNSEEN, False), (False, CLEAN, False), (False, NAMED, True),
        (True, UNSEEN, True), (True, CLEAN, True), (True, NAMED, True),
    ],
)  # fmt: skip
def test_unclean_if_either_says_so(declared: bool, measured: str, unclean: bool) -> None:
    assert Mark(declared, measured).unclean is unclean


@given(rights, all_marks)
def test_every_clean_section_is_left_and_no_other(held: dict[str, str], known: dict[str, Mark]) -> None:
    left = only_clean(held, known)
    assert left == {
        key: word
        for key, word in held.items()
        if key in known and known[key].declared is False and known[key].measured != NAMED
    }
    assert only_clean(left, known) == left


@given(rights, all_marks, st.sampled_from(KEYS))
def test_one_finding_more_never_leaves_more(held: dict[str, str], known: dict[str, Mark], key: str) -> None:
    worse = known | {key: Mark(known[key].declared if key in known else False, NAMED)}
    assert only_clean(held, worse).items() <= only_clean(held, known).items()
    assert key not in only_clean(held, worse)


@given(looks)
def test_the_newest_look_that_has_seen_it_counts(found: list[dict[str, str]]) -> None:
    told = newest_measured(found)
    for key in KEYS:
        seen = [look[key] for look in found if look.get(key, UNSEEN) != UNSEEN]
        assert told.get(key) == (seen[0] if seen else None)
