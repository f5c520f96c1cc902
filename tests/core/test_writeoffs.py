"""Laws of what is written off: an amount is paid, credited, given up or open, whatever happens in whatever order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core import ledger, writeoffs
from sublet.core.writeoffs import Claim, Outcome, TooMuch

#: What happens, and at most to what of the claim.
STEPS: dict[str, tuple[Callable[..., Outcome], Callable[[Claim], int] | None]] = {
    "write off": (writeoffs.write_off, None),
    "reopen": (writeoffs.reopen, None),
    "pay": (writeoffs.pay, lambda claim: claim.takes),
    "unpay": (writeoffs.unpay, lambda claim: claim.paid),
    "credit": (writeoffs.credit, lambda claim: claim.due - claim.credited),
}
steps = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 1000)), max_size=30)


def done(claim: Claim, step: str, part: int) -> tuple[Outcome, int]:
    """What became of it, by so many thousandths of what it can be at most."""
    do, most = STEPS[step]
    if most is None:
        return do(claim), 0
    minor = most(claim) * part // 1000
    return do(claim, minor), minor


def posted(step: str, minor: int, outcome: Outcome) -> list[ledger.Posting]:
    """As `billing.operations` posts it: the loss by itself, beside the money or the credit note."""
    found = list(ledger.loss("retail", outcome.lost, "EUR")) if outcome.lost else []
    if step == "pay":
        found += ledger.payment("retail", minor, "EUR")
    elif step == "unpay":
        found += ledger.refund("retail", minor, "EUR")
    elif step == "credit":
        found += ledger.entry("retail", "EUR", receivable=-minor + outcome.ahead, prepaid=-outcome.ahead, revenue=minor)
    return found


@given(st.integers(0, 10_000_000), steps)
def test_paid_and_credited_and_written_off_and_open_are_what_was_due(due: int, many: list[tuple[str, int]]) -> None:
    claim = Claim(due)
    for step, part in many:
        claim = done(claim, step, part)[0].claim
        assert claim.paid + claim.credited + claim.written_off + claim.open == due
        assert min(claim.paid, claim.credited, claim.written_off, claim.open, claim.recovered) >= 0
        assert claim.recovered <= claim.paid


@given(st.integers(1, 10_000_000), steps)
def test_the_ledger_says_the_same(due: int, many: list[tuple[str, int]]) -> None:
    claim, entries = Claim(due), list(ledger.invoice("retail", due, 0, "EUR"))
    for step, part in many:
        outcome, minor = done(claim, step, part)
        made = posted(step, minor, outcome)
        assert ledger.balanced(made)
        claim, entries = outcome.claim, entries + made
        told = ledger.balances(entries)
        assert told["retail", "receivable", "EUR"] == claim.open
        assert told.get(("retail", "losses", "EUR"), 0) == claim.written_off


@given(st.integers(0, 10_000), steps)
def test_what_is_written_off_and_taken_back_leaves_all_as_it_was(due: int, many: list[tuple[str, int]]) -> None:
    claim = Claim(due)
    for step, part in many:
        claim = done(claim, step, part)[0].claim
    if claim.written_off or claim.recovered:
        return
    gone = writeoffs.write_off(claim)
    assert gone.claim.open == 0
    back = writeoffs.reopen(gone.claim)
    assert (back.claim, back.lost) == (claim, -gone.lost)


@given(st.integers(0, 10_000), steps)
def test_twice_gives_up_nothing_more(due: int, many: list[tuple[str, int]]) -> None:
    claim = Claim(due)
    for step, part in many:
        claim = done(claim, step, part)[0].claim
    once = writeoffs.write_off(claim)
    assert writeoffs.write_off(once.claim) == Outcome(once.claim)


def test_money_that_comes_late_undoes_as_much_of_the_loss_and_goes_back_into_it() -> None:
    lost = writeoffs.write_off(Claim(10_000, paid=4_000))
    assert (lost.claim.written_off, lost.lost) == (6_000, 6_000)

    came = writeoffs.pay(lost.claim, 2_500)
    assert (came.claim.paid, came.claim.written_off, came.claim.open, came.lost) == (6_500, 3_500, 0, -2_500)

    back = writeoffs.unpay(came.claim, 3_000)  # 2,500 are lost again, 500 had been paid before
    assert (back.claim.paid, back.claim.written_off, back.claim.open, back.lost) == (3_500, 6_000, 500, 2_500)


def test_a_credit_note_takes_the_place_of_the_loss_before_it_gives_money_back() -> None:
    lost = writeoffs.write_off(Claim(10_000, paid=4_000)).claim

    some = writeoffs.credit(lost, 5_000)
    assert (some.claim.written_off, some.claim.paid, some.lost, some.ahead) == (1_000, 4_000, -5_000, 0)

    whole = writeoffs.credit(some.claim, 5_000)
    assert (whole.claim.written_off, whole.claim.paid, whole.lost, whole.ahead) == (0, 0, -1_000, 4_000)


@pytest.mark.parametrize(("step", "minor"), [("pay", 101), ("pay", -1), ("unpay", 1), ("credit", 101), ("credit", -1)])
def test_more_than_there_is_is_refused(step: str, minor: int) -> None:
    with pytest.raises(TooMuch):
        STEPS[step][0](Claim(100), minor)
