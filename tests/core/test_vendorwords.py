"""Words that give the vendor away are found where they stand, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.vendorwords import ADDRESS, HOST, NAME, VendorWord, folded, hits, is_usable

WORDS = (
    VendorWord("Vantage Apps", NAME),
    VendorWord("Élan", NAME),
    VendorWord("vantage.example", HOST),
    VendorWord("help@vantage.example", ADDRESS),
)


def found(text: str) -> list[str]:
    return [hit.word for hit in hits(text, WORDS)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Powered by Vantage Apps!", "Vantage Apps"),
        ('<meta name="generator" content="vantage-apps 3">', "Vantage Apps"),
        ("set-cookie: VANTAGE_APPS=1", "Vantage Apps"),
        ("x=VantageApps;", "Vantage Apps"),
        ("Vantage&nbsp;Apps", "Vantage Apps"),
        ("V&#97;ntage Apps", "Vantage Apps"),
        ("chez elan", "Élan"),
        ("https://api.vantage.example/x", "vantage.example"),
        ("VANTAGE.EXAMPLE", "vantage.example"),
    ],
)
def test_a_word_is_found_however_it_is_written(text: str, word: str) -> None:
    assert found(text) == [word]


@pytest.mark.parametrize(
    "text",
    [
        "advantage apps",
        "Vantage Appstore",
        "elang",
        "vantage.example.org",
        "notvantage.example",
        "my-vantage.example",
        "",
    ],
)
def test_another_word_is_another_word(text: str) -> None:
    assert found(text) == []


def test_an_address_is_found_with_its_host() -> None:
    assert sorted(found("mailto:help@vantage.example")) == ["help@vantage.example", "vantage.example"]


def test_a_hit_says_where() -> None:
    [hit] = hits("a" * 50 + " Vantage Apps " + "b" * 50, WORDS)
    assert hit.start == 51
    assert hit.around == "a" * 29 + " Vantage Apps " + "b" * 29


@given(st.text(alphabet=st.characters(categories=("Ll", "Lu", "Nd")), min_size=3, max_size=20))
def test_a_word_is_found_in_itself(text: str) -> None:
    if folded(text).isalnum() and is_usable(text):
        word = VendorWord(text, NAME)
        assert [hit.word for hit in hits(f" {text.swapcase() if text.isascii() else text} ", [word])] == [text]


@given(st.text(max_size=60))
def test_folding_keeps_every_place(text: str) -> None:
    assert len(folded(text)) == len(text)


@given(st.text(alphabet="xyz 123.-@", max_size=60))
def test_nothing_is_found_without_its_letters(text: str) -> None:
    assert found(text) == []
