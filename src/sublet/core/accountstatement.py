"""The statement of account between two parties: how what one owes the other came about, movement by movement.

A balance is what a book says of `OWED`: owed on invoices, less what was paid ahead, less what was collected for the other side and
not paid out. Above nothing the debtor owes, below nothing it has something to its credit. What only changes its place among these
(an invoice that is paid from what was paid ahead) is a movement that changes no balance.

Pure. Laws (tests/core/test_accountstatement.py): opening + all that was charged − all that was paid = closing, the last running
balance is the closing one, and cut anywhere the closing of the first part is the opening of the second. What moved at the
bank stands on the bank's day, and never later than it became known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import accumulate
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from sublet.core.ledger import PAYABLE, PREPAID, RECEIVABLE, Posting

#: The accounts of a book of which the balance between two parties is made.
OWED: Final = (RECEIVABLE, PREPAID, PAYABLE)

INVOICE, CREDIT, PAYMENT, TAKEN_BACK, PREPAID_USED = "invoice", "credit", "payment", "taken-back", "prepaid-used"
REFUND, REFUND_FAILED = "refund", "refund-failed"
DISPUTE, DISPUTE_WON, DISPUTE_LOST = "dispute", "dispute-won", "dispute-lost"
COLLECTED, NETTED, PAYOUT, SUCCEEDED, ADJUSTMENT = "collected", "netted", "payout", "succeeded", "adjustment"
WRITTEN_OFF, RECOVERED, LOST_AGAIN, REOPENED = "written-off", "recovered", "lost-again", "reopened"
#: All that a movement can be.
KINDS: Final = (
    INVOICE, CREDIT, PAYMENT, TAKEN_BACK, PREPAID_USED, REFUND, REFUND_FAILED, DISPUTE, DISPUTE_WON, DISPUTE_LOST, COLLECTED,
    NETTED, PAYOUT, SUCCEEDED, WRITTEN_OFF, RECOVERED, LOST_AGAIN, REOPENED, ADJUSTMENT,
)  # fmt: skip
#: What gives a claim up, or takes that back. Their words begin the keys of entries.
LOSSES: Final = (WRITTEN_OFF, RECOVERED, LOST_AGAIN, REOPENED)
#: What charges something, takes a charge back, or asks for it no longer; everything else is money.
DOCUMENTS: Final = (INVOICE, CREDIT, *LOSSES)

_BY_WORD: Final = {
    "invoice": INVOICE, "credit": CREDIT, "payment": PAYMENT, "bank": PAYMENT, "prepaid": PREPAID_USED, "refund": REFUND,
    "dispute": DISPUTE, "collected": COLLECTED, "netted": NETTED, "payout": PAYOUT, "succession": SUCCEEDED,
    **{word: word for word in LOSSES},
}  # fmt: skip
_BY_ENDING: Final = {
    (PAYMENT, "back"): TAKEN_BACK, (REFUND, "failed"): REFUND_FAILED, (DISPUTE, "won"): DISPUTE_WON, (DISPUTE, "lost"): DISPUTE_LOST,
}  # fmt: skip


def kind_of(key: str) -> str:
    """What an entry of the ledger that is no charge is, by its key (``bank:bpy_1:back``); `ADJUSTMENT` for one that nobody knows."""
    word, _colon, rest = key.partition(":")
    found = _BY_WORD.get(word, ADJUSTMENT)
    return _BY_ENDING.get((found, rest.rpartition(":")[2]), found)


def effect_of(postings: Iterable[Posting]) -> int:
    """By how much an entry changes the balance, in minor units: more is owed above nothing."""
    return sum(each.minor for each in postings if each.account in OWED)


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of that kind, and by how much it changes the balance (minor units)."""

    kind: str
    effect: int

    @property
    def charged(self) -> int:
        """What a document claims; below nothing what it takes back."""
        return self.effect if self.kind in DOCUMENTS else 0

    @property
    def paid(self) -> int:
        """What came in; below nothing what went back."""
        return 0 if self.kind in DOCUMENTS else -self.effect


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of a period, in minor units of one currency."""

    opening: int
    charged: int
    paid: int

    @property
    def closing(self) -> int:
        """The balance at its end."""
        return self.opening + self.charged - self.paid


class Moves(Protocol):
    """What a movement charges and pays, in minor units."""

    @property
    def charged(self) -> int: ...

    @property
    def paid(self) -> int: ...


def sums_of(opening: int, movements: Iterable[Moves]) -> Sums:
    """Those of a period that begins with that balance."""
    told = list(movements)
    return Sums(opening, sum(each.charged for each in told), sum(each.paid for each in told))


def running(opening: int, movements: Iterable[Movement]) -> tuple[int, ...]:
    """The balance after each of them."""
    return tuple(accumulate((each.charged - each.paid for each in movements), initial=opening))[1:]


def moved_at(bank_day: date, zone: str, known: datetime) -> datetime:
    """The instant of a movement of that day at the bank, which became known at `known`: noon there, or that where it is earlier.

    Noon, so that the day stays the bank's where whoever claims is told to be in another zone afterwards.
    """
    return min(datetime.combine(bank_day, time(12), ZoneInfo(zone)).astimezone(UTC), known)


def year_around(first: date | None, before: date | None, today: date) -> tuple[date, date]:
    """The period that is meant: `first` belongs to it, `before` does not. Where one is missing it is that of the running year; of the
    year in which a given `before` ends, or in which a later `first` lies.
    """
    if first is None:
        ends = today if before is None else date.fromordinal(max(before.toordinal() - 1, 1))
        first = date(ends.year, 1, 1)
    if before is None:
        before = date(max(today.year, first.year) + 1, 1, 1)
    return first, before
