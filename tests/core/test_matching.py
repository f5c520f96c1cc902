"""Laws of matching movements to invoices."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.creditor import LETTERS, reference_of, shown
from sublet.core.matching import (
    BY_NAME,
    BY_NUMBER,
    BY_REFERENCE,
    CERTAIN,
    DIFFERS,
    LEFT,
    MAYBE_TWICE,
    NO_MATCH,
    OUTGOING,
    PROPOSED,
    REVERSAL,
    SEVERAL,
    Claim,
    Claims,
    Movement,
    is_named,
    match,
    same_name,
)

DAY = date(2026, 3, 20)


def claim(place: int, *, minor: int = 10_000, **fields: object) -> Claim:
    ref = f"inv_{LETTERS[place] * 14}"
    known = Claim(
        ref, f"acc_{place}", reference_of(ref), f"R-10{place}", minor, "EUR", DAY - timedelta(days=10),
        (f"Salone Bellezza{place} Srl",),
    )  # fmt: skip
    return replace(known, **fields)  # type: ignore[arg-type]


ONE, TWO = claim(1), claim(2, minor=5_000)


def move(minor: int = 10_000, **fields: object) -> Movement:
    return replace(Movement(DAY, minor, "EUR"), **fields)  # type: ignore[arg-type]


def test_a_reference_is_certain_whole_in_part_and_with_a_surplus() -> None:
    text = f"fattura {shown(ONE.reference)}"
    for minor, paid, surplus in ((10_000, 10_000, 0), (4_000, 4_000, 0), (10_001, 10_000, 1)):
        found = match(move(minor, text=text), [ONE, TWO])
        assert (found.sure, found.why) == (CERTAIN, BY_REFERENCE)
        assert (found.paid, found.surplus) == (((ONE.invoice, paid),), surplus)


def test_several_references_only_with_the_exact_sum() -> None:
    text = f"{ONE.reference} {TWO.reference}"
    found = match(move(15_000, text=text), [ONE, TWO])
    assert found.sure == CERTAIN
    assert found.paid == ((ONE.invoice, 10_000), (TWO.invoice, 5_000))
    for minor in (14_999, 15_001, 10_000):
        found = match(move(minor, text=text), [ONE, TWO])
        assert (found.sure, found.why, found.paid) == (LEFT, DIFFERS, ())
        assert found.others == (ONE.invoice, TWO.invoice)


def test_a_number_with_its_amount_is_a_proposal() -> None:
    found = match(move(text="Rechnung R-101 vom 10.3."), [ONE, TWO])
    assert (found.sure, found.why, found.paid) == (PROPOSED, BY_NUMBER, ((ONE.invoice, 10_000),))
    assert match(move(9_999, text="Rechnung R-101"), [ONE, TWO]).sure == LEFT
    both = match(move(15_000, text="R-101, R-102"), [ONE, TWO])
    assert (both.sure, both.paid) == (PROPOSED, ((ONE.invoice, 10_000), (TWO.invoice, 5_000)))


def test_amount_name_and_day_are_a_proposal_only_together() -> None:
    known = move(party="BELLEZZA1 SALONE S.R.L.")
    assert match(known, [ONE, TWO]).why == BY_NAME
    assert match(known, [ONE, TWO]).sure == PROPOSED
    assert match(replace(known, minor=9_999), [ONE, TWO]).why == NO_MATCH
    assert match(replace(known, party="Anna"), [ONE, TWO]).why == NO_MATCH
    assert match(replace(known, booked_on=DAY + timedelta(days=111)), [ONE, TWO]).why == NO_MATCH
    assert match(replace(known, booked_on=ONE.issued_on - timedelta(days=4)), [ONE, TWO]).why == NO_MATCH
    assert match(replace(known, booked_on=ONE.issued_on - timedelta(days=3)), [ONE, TWO]).sure == PROPOSED


def test_two_that_fit_are_for_a_person_to_choose() -> None:
    other = claim(3, names=ONE.names)
    found = match(move(party="Salone Bellezza1"), [ONE, other])
    assert (found.sure, found.why, found.paid, found.others) == (LEFT, SEVERAL, (), (ONE.invoice, other.invoice))


def test_all_open_invoices_of_one_are_proposed_for_their_exact_sum() -> None:
    more = claim(3, minor=2_500, debtor=ONE.debtor, names=ONE.names)
    found = match(move(12_500, party="Salone Bellezza1"), [ONE, TWO, more])
    assert (found.sure, found.paid) == (PROPOSED, ((ONE.invoice, 10_000), (more.invoice, 2_500)))
    assert match(move(12_499, party="Salone Bellezza1"), [ONE, TWO, more]).sure == LEFT


@pytest.mark.parametrize(
    ("movement", "why"),
    [
        (move(-10_000, text=ONE.reference), OUTGOING),
        (move(0, text=ONE.reference), OUTGOING),
        (move(text=ONE.reference, reversal=True), REVERSAL),
        (move(text=ONE.reference, currency="CHF"), NO_MATCH),
        (move(text="RF18539007547034"), NO_MATCH),  # valid, and nobody's here
        (move(text=ONE.reference[:-1] + ("1" if ONE.reference[-1] != "1" else "2")), NO_MATCH),
    ],
)
def test_what_pays_nothing(movement: Movement, why: str) -> None:
    assert match(movement, [ONE, TWO]).why == why
    assert match(movement, [ONE, TWO]).paid == ()
    # The other side: the same, but right.
    right = replace(movement, minor=10_000, reversal=False, currency="EUR", text=ONE.reference)
    assert match(right, [ONE, TWO]).sure == CERTAIN


def test_what_seems_to_be_there_already_is_only_proposed() -> None:
    found = match(move(text=ONE.reference, doubtful=True), [ONE])
    assert (found.sure, found.why, found.paid) == (PROPOSED, MAYBE_TWICE, ((ONE.invoice, 10_000),))


def test_an_invoice_that_is_paid_takes_nothing() -> None:
    assert match(move(text=ONE.reference), [replace(ONE, open_minor=0)]).why == NO_MATCH


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        ("R-101", "r-101", True),
        ("R-101", "R-1012", False),
        ("2017", "20170", False),
        ("2017", "fattura 2017.", True),
        ("2017", "2017,00 EUR", False),
        ("2017", "A-2017", False),
        ("17", "17", False),  # too short to name anything
        ("101", "(101)", True),
    ],
)
def test_when_a_number_is_named(number: str, text: str, expected: bool) -> None:
    assert is_named(number, text) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Salone Anna S.r.l.", "SALONE ANNA SRL", True),
        ("Café Müller GmbH", "cafe muller", True),
        ("Anna Rossi", "ROSSI ANNA", True),
        ("Anna Rossi", "Anna Bianchi", False),
        ("Srl", "Spa", False),
        ("", "Anna", False),
        ("Bar", "Bar Sport", False),  # three letters tell nothing
        ("Bakkerij De Vries B.V.", "bakkerij vries", True),
    ],
)
def test_when_two_names_are_the_same(one: str, other: str, expected: bool) -> None:
    assert same_name(one, other) is expected
    assert same_name(other, one) is expected


CLAIMS = st.lists(
    st.builds(
        lambda place, minor, debtor, currency: claim(
            place, minor=minor, debtor=f"acc_{debtor}", currency=currency, names=(f"Salone Bellezza{debtor}",)
        ),
        st.integers(0, 7), st.integers(0, 400), st.integers(0, 2), st.sampled_from(["EUR", "EUR", "JPY"]),
    ),
    max_size=7, unique_by=lambda one: one.invoice,
)  # fmt: skip
WORDS = st.lists(
    st.one_of(
        st.integers(0, 7).map(lambda place: claim(place).reference), st.integers(0, 7).map(lambda place: f"R-10{place}"),
        st.sampled_from(["grazie", "RF", "R-", "12"]),
    ),
    max_size=4,
)  # fmt: skip
MOVEMENTS = st.builds(
    lambda minor, words, party, reversal, doubtful, days: Movement(
        DAY + timedelta(days=days), minor, "EUR", " ".join(words), party, reversal, doubtful
    ),
    st.integers(-50, 900), WORDS, st.sampled_from(["", "Salone Bellezza0", "Bellezza1 Salone srl", "Anna"]), st.booleans(),
    st.booleans(), st.integers(-200, 200),
)  # fmt: skip


@given(MOVEMENTS, CLAIMS)
def test_no_more_is_given_than_is_open_or_came_in(movement: Movement, claims: list[Claim]) -> None:
    found = match(movement, claims)
    by_invoice = {one.invoice: one for one in claims}
    paid = dict(found.paid)
    assert len(paid) == len(found.paid)
    for invoice, minor in found.paid:
        assert 0 < minor <= by_invoice[invoice].open_minor
        assert by_invoice[invoice].currency == movement.currency
    if found.paid:
        assert sum(paid.values()) + found.surplus == movement.minor
        assert movement.minor > 0
        assert not movement.reversal
    else:
        assert found.surplus == 0
    if len(paid) > 1:
        assert all(minor == by_invoice[invoice].open_minor for invoice, minor in found.paid)


@given(MOVEMENTS, CLAIMS, st.integers(0, 10**6))
def test_the_order_of_the_invoices_does_not_matter(movement: Movement, claims: list[Claim], seed: int) -> None:
    shuffled = list(claims)
    random.Random(seed).shuffle(shuffled)
    assert match(movement, claims) == match(movement, shuffled)


@given(MOVEMENTS, CLAIMS)
def test_only_a_reference_is_certain(movement: Movement, claims: list[Claim]) -> None:
    found = match(movement, claims)
    if found.sure == CERTAIN:
        assert all(claim(0).reference[:2] == "RF" for _ in found.paid)
        assert {one.reference for one in claims if one.invoice in dict(found.paid)} <= set(movement.text.split())
        assert not movement.doubtful
    without = replace(movement, text="")
    assert match(without, claims).sure != CERTAIN


@given(MOVEMENTS, CLAIMS)
def test_those_that_are_looked_up_are_enough(movement: Movement, claims: list[Claim]) -> None:
    assert Claims(claims).match(movement) == match(movement, claims)


@given(st.lists(MOVEMENTS, max_size=8), CLAIMS)
def test_what_was_booked_is_not_paid_again(movements: list[Movement], claims: list[Claim]) -> None:
    known, paid = Claims(claims), dict.fromkeys((one.invoice for one in claims), 0)
    for movement in movements:
        found = known.match(movement)
        if found.sure == CERTAIN:
            known.lower(found.paid)
            for invoice, minor in found.paid:
                paid[invoice] += minor
    for one in claims:
        assert 0 <= paid[one.invoice] <= one.open_minor
        assert known.open_of(one.invoice) == one.open_minor - paid[one.invoice]
