"""One finding for the same words in the same part; what is new goes by its places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.findings import Found, found_mark, gathered, mark_of, new_marks, shape
from sublet.core.leaks import Leak


def found(
    address: str, place: str = "text", detail: str = "", *, word: str = "Vantage", line: int = 1, excerpt: str = ""
) -> Found:
    return Found(address, place, detail, Leak(word, "name", place, detail, line, 1, excerpt or f"by {word}"))


founds = st.builds(
    found,
    st.sampled_from(["/", "/login/", "/prices", "hello", "reset", "/x?tab=a"]),
    st.sampled_from(["text", "header", "mail", "file"]),
    st.sampled_from(["", "From", "From (en)", "From (de)", "text/plain (en)", "Server"]),
    word=st.sampled_from(["Vantage", "Appfold"]),
    line=st.integers(1, 3),
    excerpt=st.sampled_from(["", "made by us"]),
)


@given(st.lists(founds))
def test_every_place_is_in_one_finding(places: list[Found]) -> None:
    told = [each for finding in gathered(places) for each in finding.places]
    assert sorted(map(repr, told)) == sorted(map(repr, places))
    for finding in gathered(places):
        assert set(finding.marks) == {found_mark(each) for each in finding.places}
        assert len({(each.place, each.leak.word, each.leak.excerpt) for each in finding.places}) == 1


@given(st.lists(founds), st.randoms())
def test_the_second_look_finds_nothing_new(places: list[Found], chance: object) -> None:
    before = [mark for each in gathered(places) for mark in each.marks]
    again = list(places)
    chance.shuffle(again)  # type: ignore[attr-defined]  # hypothesis's own random.Random
    assert new_marks(before, gathered(again)) == frozenset()


@given(st.lists(founds))
def test_one_thing_more_is_new_and_nothing_else(places: list[Found]) -> None:
    before = [mark for each in gathered(places) for mark in each.marks]
    more = found("/elsewhere", "text", excerpt="new")
    assert new_marks(before, gathered([*places, more])) == {found_mark(more)}


def test_the_senders_name_on_each_mail_is_one_finding_and_not_new_on_another() -> None:
    mails = [found(f"kind-{number}", "mail", f"From ({language})") for number in range(20) for language in ("en", "de")]
    (finding,) = gathered(mails)
    assert (len(finding.places), len(finding.marks)) == (40, 1)
    assert new_marks(finding.marks, gathered([found("another", "mail", "From")])) == frozenset()
    assert new_marks(finding.marks, gathered([found("another", "mail", "From", word="Appfold")])) != frozenset()


def test_the_same_footer_is_one_finding_and_new_on_another_page() -> None:
    first, more = found("/a"), found("/b", line=7)
    (finding,) = gathered([first, more])
    new = new_marks([found_mark(first)], [finding])
    assert finding.newness(new) == (True, True)
    assert finding.newness(frozenset()) == (False, True)
    assert finding.newness(frozenset(finding.marks)) == (True, False)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"address": "/c/acc_12345678/a"}, {"address": "/c/acc_87654321/a"}, True),
        ({"address": "/a?page=2"}, {"address": "/a?page=3"}, True),
        ({"address": "/a?tab=x"}, {"address": "/a?tab=y"}, False),
        ({"word": "Vantage"}, {"word": "Appfold"}, False),
        ({"place": "header"}, {"place": "cookie"}, False),
        ({"detail": "Server"}, {"detail": "Via"}, False),
    ],
)
def test_by_what_a_place_is_known_again(one: dict[str, str], other: dict[str, str], same: bool) -> None:
    usual = {"address": "/a", "place": "text", "detail": "", "word": "Vantage"}
    assert (mark_of(**usual | one) == mark_of(**usual | other)) is same


def test_an_address_that_is_none_has_a_shape() -> None:
    assert shape("//[x?tab=1#y") == "//[x?tab=1"
