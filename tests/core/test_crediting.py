"""Credit notes together are never more than the invoice, and exactly it in the end."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.crediting import Billed, CreditNote, Issued, TooMuch, credit, left_of
from sublet.core.money import rounded
from sublet.core.tax import Treatment, taxes

D = Decimal
RATES = (("S", D(22)), ("S", D(10)), ("AE", D(0)))


def issued(*lines: tuple[int, tuple[str, Decimal]]) -> Issued:
    billed = tuple(Billed(f"l{place}", net, *rate) for place, (net, rate) in enumerate(lines))
    return Issued(billed, taxes((line.net, Treatment(line.category, line.rate, "")) for line in billed))


@st.composite
def invoices(make: st.DrawFn) -> Issued:
    return issued(
        *make(st.lists(st.tuples(st.integers(-5000, 20_000), st.sampled_from(RATES)), min_size=1, max_size=6))
    )


@given(invoice=invoices(), data=st.data())
def test_notes_never_give_back_more_than_the_invoice_and_exactly_it_in_the_end(
    invoice: Issued, data: st.DataObject
) -> None:
    notes: list[CreditNote] = []
    for _ in range(data.draw(st.integers(0, 5))):
        left = left_of(invoice, notes)
        wanted = {key: data.draw(st.integers(min(net, 0), max(net, 0))) for key, net in left.items()}
        notes.append(credit(invoice, notes, wanted))
        for key, net in left_of(invoice, notes).items():
            before = next(line.net for line in invoice.lines if line.key == key)
            assert 0 <= net * (1 if before >= 0 else -1) <= abs(before)
        for tax in invoice.taxes:
            given_back = sum(t.tax for n in notes for t in n.taxes if (t.category, t.rate) == (tax.category, tax.rate))
            assert min(0, tax.tax) <= given_back <= max(0, tax.tax)
    notes.append(credit(invoice, notes))
    assert sum(note.net for note in notes) == sum(line.net for line in invoice.lines)
    for tax in invoice.taxes:
        given_back = sum(t.tax for n in notes for t in n.taxes if (t.category, t.rate) == (tax.category, tax.rate))
        assert given_back == tax.tax
    assert sum(note.total for note in notes) == invoice.total


def test_the_last_note_takes_the_remainder() -> None:
    invoice = issued((100, ("S", D(22))), (100, ("S", D(22))), (105, ("S", D(22))))
    assert invoice.total == 305 + 67  # 67.1
    notes: list[CreditNote] = []
    for key in ("l0", "l1", "l2"):
        notes.append(credit(invoice, notes, {key: {"l0": 100, "l1": 100, "l2": 105}[key]}))
    assert [note.taxes[0].tax for note in notes] == [22, 22, 23]
    third = issued((1, ("S", D(22))), (1, ("S", D(22))), (1, ("S", D(22))))
    assert third.taxes[0].tax == 1  # 0.66
    notes = []
    for key in ("l0", "l1", "l2"):
        notes.append(credit(third, notes, {key: 1}))
    assert [sum(tax.tax for tax in note.taxes) for note in notes] == [0, 0, 1]
    # Each by itself would give back nothing at all: the positive control.
    assert 3 * rounded(D("0.22")) == 0


@pytest.mark.parametrize("nets", [{"l0": 101}, {"l0": -1}, {"l1": 1}])
def test_more_than_is_left_is_refused(nets: dict[str, int]) -> None:
    with pytest.raises(TooMuch):
        credit(issued((100, ("S", D(22)))), (), nets)


def test_what_was_given_back_is_not_given_back_again() -> None:
    invoice = issued((100, ("S", D(22))))
    first = credit(invoice, (), {"l0": 60})
    with pytest.raises(TooMuch) as refusal:
        credit(invoice, [first], {"l0": 41})
    assert (refusal.value.key, refusal.value.left) == ("l0", 40)
    assert credit(invoice, [first]).nets == {"l0": 40}
