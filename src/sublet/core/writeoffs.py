"""What becomes of an invoice's amount when some of it is given up: money, credit notes and second thoughts that come afterwards.

An amount is paid, credited, written off, or open, and nothing else. What is written off is owed no more here; money that arrives all the
same is taken, and undoes as much of the loss. Money that goes back makes lost again what it had recovered, and owed again the rest.

Pure. Laws (tests/core/test_writeoffs.py): paid + credited + written off + open is what was due, after whatever happens in whatever order,
and none of them is below nothing; what the ledger says is lost is what is written off, and what it says is owed is what is open; what is
written off and taken back leaves all as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


class TooMuch(ValueError):
    """More than there is is paid, given back or credited; `most` is what there is."""

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most}")
        self.most = most


@dataclass(frozen=True, slots=True)
class Claim:
    """An issued invoice, in minor units: what was `due`, and what became of it. `recovered` of what is paid was written off before."""

    due: int
    paid: int = 0
    credited: int = 0
    written_off: int = 0
    recovered: int = 0

    @property
    def open(self) -> int:
        """What is still asked for."""
        return self.due - self.paid - self.credited - self.written_off

    @property
    def takes(self) -> int:
        """What money can still be booked on it: what is asked for, and what was given up."""
        return max(self.open, 0) + self.written_off


@dataclass(frozen=True, slots=True)
class Outcome:
    """A claim after something, `lost` by that (below nothing: no longer lost), and how much is `ahead`: paid, and of nothing any more."""

    claim: Claim
    lost: int = 0
    ahead: int = 0


def write_off(claim: Claim) -> Outcome:
    """Give up all that is open."""
    minor = max(claim.open, 0)
    return Outcome(replace(claim, written_off=claim.written_off + minor), minor)


def reopen(claim: Claim) -> Outcome:
    """Ask for what was given up after all. What was recovered is paid as any other money from then on."""
    return Outcome(replace(claim, written_off=0, recovered=0), -claim.written_off)


def pay(claim: Claim, minor: int) -> Outcome:
    """Book money: on what is open first, and then on what was given up. Raises TooMuch."""
    if not 0 <= minor <= claim.takes:
        raise TooMuch(claim.takes)
    back = max(minor - max(claim.open, 0), 0)
    paid = replace(
        claim, paid=claim.paid + minor, written_off=claim.written_off - back, recovered=claim.recovered + back
    )
    return Outcome(paid, -back)


def unpay(claim: Claim, minor: int) -> Outcome:
    """Let money go back: what had recovered a loss is lost again, the last that came first. Raises TooMuch."""
    if not 0 <= minor <= claim.paid:
        raise TooMuch(claim.paid)
    again = min(minor, claim.recovered)
    gone = replace(
        claim, paid=claim.paid - minor, written_off=claim.written_off + again, recovered=claim.recovered - again
    )
    return Outcome(gone, again)


def credit(claim: Claim, minor: int) -> Outcome:
    """Credit so much: what is open first, then what was given up, which is no loss then, then what is paid. Raises TooMuch."""
    if not 0 <= minor <= claim.due - claim.credited:
        raise TooMuch(claim.due - claim.credited)
    of_loss = min(max(minor - max(claim.open, 0), 0), claim.written_off)
    ahead = max(minor - max(claim.open, 0) - of_loss, 0)
    left = claim.paid - ahead
    told = replace(
        claim, credited=claim.credited + minor, written_off=claim.written_off - of_loss, paid=left,
        recovered=min(claim.recovered, left),
    )  # fmt: skip
    return Outcome(told, -of_loss, ahead)
