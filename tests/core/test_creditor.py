"""Laws of structured references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from sublet.core.creditor import LETTERS, reference_of, references_in, shown
from sublet.foundation.refs import ALPHABET, LENGTH

REFS = st.text(LETTERS, min_size=LENGTH, max_size=LENGTH).map(lambda tail: "inv_" + tail)


def test_the_letters_are_those_of_our_references() -> None:
    assert LETTERS == ALPHABET
    assert LENGTH == 14


@given(REFS)
def test_a_reference_is_valid_and_has_twenty_characters(ref: str) -> None:
    found = reference_of(ref)
    assert iso11649.validate(found) == found
    assert len(found) == 20


@given(REFS, REFS)
def test_two_invoices_never_have_the_same(one: str, other: str) -> None:
    assert (reference_of(one) == reference_of(other)) == (one == other)


def test_the_first_and_the_last_reference_differ_from_their_neighbors() -> None:
    ends = [f"inv_{LETTERS[0] * 14}", f"inv_{LETTERS[0] * 13}{LETTERS[1]}", f"inv_{LETTERS[-1] * 14}"]
    assert len({reference_of(ref) for ref in ends}) == 3


@given(REFS, st.integers(2, 19), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_a_wrong_character_is_found_out(ref: str, place: int, letter: str) -> None:
    right = reference_of(ref)
    wrong = right[:place] + letter + right[place + 1 :]
    assert (wrong in references_in(wrong)) == (wrong == right)


@given(REFS, st.integers(4, 18))
def test_two_characters_that_changed_places_are_found_out(ref: str, place: int) -> None:
    right = reference_of(ref)
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    assert (swapped in references_in(swapped)) == (swapped == right)


@given(REFS, st.sampled_from(["{}", "{} ", "Rechnung {}, danke", "/ROC/{}//", "pagamento fattura {} del 3/2", "*{}*"]))
def test_it_is_read_in_the_middle_of_a_text(ref: str, around: str) -> None:
    right = reference_of(ref)
    assert right in references_in(around.format(right))
    assert right in references_in(around.format(shown(right)))
    assert right in references_in(around.format(shown(right).lower()))


def test_several_are_read_once_each() -> None:
    one, other = reference_of("inv_" + "2K7abcXYZ9mnpq"), reference_of("inv_" + "3" * 14)
    assert {one, other} <= set(references_in(f"{one}; {other}; {one}"))
    assert references_in(one) == (one,)
    assert references_in("RF 12 nothing, rf") == ()
    assert references_in("SURF18539007547034") == ()  # inside another word


@pytest.mark.parametrize("ref", ["", "inv_", "inv", "inv_0", "inv_" + "2" * 15, "inv_" + "2" * 13, "inv_" + "l" * 14])
def test_what_is_no_reference_of_ours_has_none(ref: str) -> None:
    with pytest.raises(ValueError, match="no reference"):
        reference_of(ref)
