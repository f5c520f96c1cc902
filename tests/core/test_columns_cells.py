"""Laws of cells: cleaning, comparing and making inert."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sublet.core.cells import FORMULA_STARTS, Cell, cell_text, clean_text, fold, for_xml, guard, unguard

ANY_TEXT = st.text(st.characters(), max_size=60)
NASTY = st.text(
    st.sampled_from(list("aÉe\u0301 \u00a0\t\r\n\x00\x0b\x1f\x85\u2028\u202e\u2066\u200b\ufeff'=+-@＝＋ıß")),
    max_size=30,
)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("x", "x"),
        (True, "yes"),
        (False, "no"),
        (7, "7"),
        (393331234567.0, "393331234567"),
        (-3.0, "-3"),
        (2.5, "2.5"),
        (1e300, "1e+300"),
        (float("inf"), "inf"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 7, 5), "2024-02-29 07:05:00"),
        (time(7, 5), "07:05:00"),
    ],
)
def test_a_cell_is_shown_as_a_person_would_read_it(cell: Cell, text: str) -> None:
    assert cell_text(cell) == text


@given(st.one_of(ANY_TEXT, NASTY), st.booleans())
@example("a\u200b\u0301", False)
@example("\ufb49\u212b", True)
def test_cleaning_twice_is_cleaning_once(text: str, lines: bool) -> None:
    once, _ = clean_text(text, lines=lines)
    assert clean_text(once, lines=lines) == (once, frozenset())


@given(st.one_of(ANY_TEXT, NASTY))
def test_clean_text_holds_nothing_harmful(text: str) -> None:
    clean, _ = clean_text(text)
    assert unicodedata.is_normalized("NFC", clean)
    assert [
        c
        for c in clean
        if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(c) in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")
    ] == []
    assert clean == " ".join(clean.split())


def test_cleaning_tells_what_it_took_out_and_keeps_lines_where_they_are_wanted() -> None:
    assert clean_text("Ro\x00si\u202e") == ("Rosi", frozenset({"control-characters", "direction-marks"}))
    assert clean_text(" Caffe\u0301\u00a0 Roma\ufeff\n") == ("Caffé Roma", frozenset())
    assert clean_text("one \r\n\r\n\r\n two\x0bthree", lines=True) == ("one\n\ntwo\nthree", frozenset())
    assert clean_text("👩‍🍳 cook") == ("👩‍🍳 cook", frozenset())


@given(ANY_TEXT, ANY_TEXT)
def test_fold_sees_neither_case_nor_accents_nor_spacing(left: str, right: str) -> None:
    assert fold(left.upper().lower()) == fold(left.lower().upper().lower())
    assert fold(f"{left} - {right}") == fold(unicodedata.normalize("NFD", f" {left}.\u00a0{right}"))
    assert fold(fold(left)) == fold(left)


def test_fold_reaches_letters_that_do_not_decompose() -> None:
    assert fold("Łódź ØRSTED Straße  S.r.l.") == "lodzorstedstrassesrl"
    assert fold("Çelësi i Artë") == fold("CELESI I ARTE")


@given(st.one_of(ANY_TEXT, NASTY))
@example("'=1")
@example("''=1")
@example("' ")
@example('="0612"')
def test_guarding_is_undone_exactly(text: str) -> None:
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("start", FORMULA_STARTS)
@pytest.mark.parametrize("before", ["", " ", "   ", "\u00a0", "'"])
def test_nothing_computed_is_left_bare(start: str, before: str) -> None:
    assert guard(f"{before}{start}cmd|' /C calc'!A0") == f"'{before}{start}cmd|' /C calc'!A0"


def test_plain_text_is_not_touched_and_forced_text_is_read() -> None:
    assert [guard(text) for text in ("Rossi", "'s Gravenhage", "a=b", "")] == ["Rossi", "'s Gravenhage", "a=b", ""]
    assert [unguard(text) for text in ("'s Gravenhage", '="00123"', "'+39 06", "")] == [
        "'s Gravenhage",
        "00123",
        "+39 06",
        "",
    ]


@given(ANY_TEXT)
def test_xml_gets_only_what_it_can_hold(text: str) -> None:
    assert not {c for c in for_xml(text) if ord(c) < 32 and c not in "\t\n\r"}
    assert for_xml("a\x00b\x1bc\ufffe") == "abc"
