"""The laws of folding names, and what people type."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.names import MOST_WORDS, SORT_LENGTH, WORD_LENGTH, fold, sort_name, words


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_does_not_count(text: str) -> None:
    assert fold(text.swapcase().casefold()) == fold(text.casefold().casefold())


@given(st.text(alphabet=st.characters(max_codepoint=0x24F), min_size=1))
def test_a_word_found_by_prefix_is_found_without_its_accents(text: str) -> None:
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    assert words(plain) == words(text)


@given(st.text())
def test_keys_are_bounded_and_words_distinct(text: str) -> None:
    found = words(text)
    assert len(sort_name(text)) <= SORT_LENGTH
    assert len(found) <= MOST_WORDS
    assert len(set(found)) == len(found)
    assert all(0 < len(word) <= WORD_LENGTH and " " not in word for word in found)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Élan  Coiffure", "elan coiffure"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Ærø Œuvre", "aero oeuvre"),
        ("Çka ndodhi? Ë!", "cka ndodhi e"),
        ("L’Osteria – da «Piero»", "l osteria da piero"),
        ("O'Brien & Sons, Ltd.", "o brien sons ltd"),
    ],
)
def test_names_sort_without_case_accents_and_signs(name: str, folded: str) -> None:
    assert sort_name(name) == folded
