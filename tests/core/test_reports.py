"""The words in which the product tells of a change: what is taken can be shown in one line, as it was sent."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.reports import LONGEST_TEXT, is_place, is_text, one_line

ANY = st.text(max_size=LONGEST_TEXT + 20)
#: Characters that do something to a text, more often than chance would bring them.
NASTY = st.text(
    st.sampled_from("ab \t\n\r\x00\x1b\x85\u061c\u200b\u200d\u200e\u202a\u202e\u2028\u2029\u2066\u2069\ufeff\ud800é𝒳"),
    max_size=12,
)


@given(ANY | NASTY)
def test_what_is_taken_stays_in_one_line_and_turns_nothing_around(text: str) -> None:
    if not is_text(text):
        return
    assert len(text.splitlines()) == 1
    assert text.strip()
    assert len(text) <= LONGEST_TEXT
    assert text.encode().decode() == text  # no half characters
    assert "\x00" not in text
    assert re.search("[\u0300-\u036f]{7}", text) is None
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not turning & {unicodedata.bidirectional(c) for c in text}


@given(ANY, ANY)
def test_two_texts_together_are_in_one_line_when_both_are(one: str, other: str) -> None:
    assert one_line(one + other) == (one_line(one) and one_line(other))


@given(st.text("abcäöü €:→“”()'\"<>&%{}", min_size=1, max_size=LONGEST_TEXT))
def test_plain_words_are_taken_whatever_they_look_like(text: str) -> None:
    assert is_text(text) == bool(text.strip())


@pytest.mark.parametrize(
    "text",
    ["שלום", "مرحبا", "你好", "👩\u200d🍳", "É", "Vie\u0302\u0323t", "בְּרֵאשִׁ֖ית", "1\ufe0f\u20e3", "1.000,00 €", "<script>", "a\u200eb",
     "o" + "\u0301" * 6],
)  # fmt: skip
def test_words_of_every_language_are_words(text: str) -> None:
    assert is_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u200b",
        "\u00a0\u2003",
        "\u3164\u115f",
        "\u2800",
        "a\u202eb",
        "a\nb",
        "\ue000",
        "x" * 201,
        "a" + "\u0301" * 199,
        "a" + "\u0301\u200d" * 7,
        "ok a" + "\u20dd" * 7,
    ],
)
def test_what_cannot_be_read_is_none(text: str) -> None:
    assert not is_text(text)


@given(st.text("/\\.:@?#abc%2E \tä", max_size=20).map(lambda text: "/" + text) | ANY)
def test_a_place_never_leads_to_another_host(path: str) -> None:
    if path and is_place(path):
        assert path.startswith("/")
        found = urlsplit(urljoin("https://design.example/app", path))
        assert (found.scheme, found.netloc) == ("https", "design.example")
        assert path.isascii()
