"""What a dispute is, when the processor is asked about it again and again, and what its decision comes to.

Pure. A decision is not the end: a bank may decide once more (an appeal, an arbitration), and the processor then moves the money the
other way, with a movement of its own. So an answer is newer than what is known where it tells of more movements, and, where it tells
of as many, where it has gone further: a dispute is open before it is decided, and what was lost may be won.

Laws (tests/core/test_disputes.py):

* the answers about one dispute, in any order, once or three times, come to the one with the most movements;
* what is decided is open never again, unless nothing had moved yet (a bank that only asked, and then takes): what it comes to in the
  books is known, and changes only with another decision, or with another movement;
* no more is away than is disputed; where all came back nothing is;
* what comes back is shared out whole: what pays the invoice and what is paid ahead add up to it, and the invoice is never paid
  beyond what is open of it.

Source: Stripe, API reference, the Dispute object (`balance_transactions`: what was withdrawn and what was given back, each with its
`fee`), and "How disputes work" (a fee is taken with the withdrawal; what of it is given back stands on the movement that gives back).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

OPEN, WON, LOST = "open", "won", "lost"
STATES: Final = (OPEN, WON, LOST)
_FAR: Final = {OPEN: 0, LOST: 1, WON: 2}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a dispute: its state, and of how many movements of money the processor has told."""

    state: str
    moves: int


def newer(before: Known, said: Known) -> Known:
    """What is known after an answer; `before` itself where the answer is older, or opens again what was decided."""
    if before.state != OPEN and said.state == OPEN:
        return said if before == Known(WON, 0) and said.moves else before
    if (said.moves, _FAR[said.state]) <= (before.moves, _FAR[before.state]):
        return before
    return said


def away(amount: int, moved: Sequence[tuple[int, bool]]) -> int:
    """How much of what is disputed is not there, in minor units of the payment: by the amounts that moved (below nothing: taken) and
    whether each is in the payment's currency. Some of it may come back alone: what had been refunded before the bank took all.

    In another currency, whose rate moves between taking and giving back, part of it cannot be told from a change of the rate: it is
    away, or it is back. Without a movement all of it is meant.
    """
    if not moved:
        return amount
    left, taken = -sum(each for each, _same in moved), -sum(each for each, _same in moved if each < 0)
    if all(same for _each, same in moved):
        return min(max(left, 0), amount)
    return amount if 2 * left > taken else 0


def is_away(known: Known) -> bool:
    """Whether the money of a dispute is with the payer's bank: not where that only asks, nor where it has come back."""
    return known.state == LOST or (known.state == OPEN and known.moves > 0)


@dataclass(frozen=True, slots=True)
class CameBack:
    """Of money that came back: what pays its invoice, and what is paid ahead. Minor units."""

    pays: int
    ahead: int


def came_back(amount: int, still_open: int) -> CameBack:
    """How `amount` is used that comes back after it was lost, when `still_open` of its invoice is to be paid by then: some of it
    may have been paid otherwise meanwhile, or credited.
    """
    pays = min(amount, max(still_open, 0))
    return CameBack(pays, amount - pays)
