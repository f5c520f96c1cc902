"""Double entry: what is posted for each thing that happens to money. An entry's postings add up to nothing, in each book.

Signs: debit is positive, credit negative. A *book* is one side's claims (``wholesale``: vendor on reseller, ``retail``: reseller on
client); an account of it is a code below.

Pure. Laws (tests/core/test_ledger.py): every entry balances, in each book and currency; whatever is posted in whatever order, all
accounts of a book add up to nothing; what is taken back leaves the accounts as they were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

WHOLESALE, RETAIL = "wholesale", "retail"
BOOKS: Final = (WHOLESALE, RETAIL)
#: Reckoned and on no invoice yet · owed on invoices · received · paid ahead by the customer · given as margin to a reseller.
UNBILLED, RECEIVABLE, CASH, PREPAID, PAYABLE = "unbilled", "receivable", "cash", "prepaid", "payable"
#: Earned · less discounts · tax owed to the state · fees of the processor · given up · open at a processor or in dispute.
REVENUE, DISCOUNT, TAX, FEES, LOSSES, DISPUTED = "revenue", "discount", "tax", "fees", "losses", "disputed"
#: Differences that nobody can avoid: a bank's cents, another currency.
DIFFERENCE: Final = "difference"
#: What went over from, or to, somebody of whom another one is the successor.
SUCCESSION: Final = "succession"
ACCOUNTS: Final = (
    UNBILLED, RECEIVABLE, CASH, PREPAID, PAYABLE, REVENUE, DISCOUNT, TAX, FEES, LOSSES, DISPUTED, DIFFERENCE,
    SUCCESSION,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posting:
    """`minor` smallest units on an account of a book; positive is debit."""

    book: str
    account: str
    minor: int
    currency: str


Entry = tuple[Posting, ...]


class Unbalanced(ValueError):
    """An entry's postings do not add up to nothing."""


def balanced(postings: Iterable[Posting]) -> bool:
    """Whether they add up to nothing in each book and currency."""
    return not any(totals(postings).values())


def totals(postings: Iterable[Posting]) -> Mapping[tuple[str, str], int]:
    """(book, currency) → what the postings add up to."""
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for posting in postings:
        found[posting.book, posting.currency] += posting.minor
    return found


def balances(postings: Iterable[Posting]) -> Mapping[tuple[str, str, str], int]:
    """(book, account, currency) → its balance; accounts that nobody touched are not there."""
    found: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for posting in postings:
        found[posting.book, posting.account, posting.currency] += posting.minor
    return found


def entry(book: str, currency: str, **accounts: int) -> Entry:
    """Postings by account, without those of nothing. Raises Unbalanced; ValueError for an account that is none."""
    if unknown := set(accounts) - set(ACCOUNTS):
        raise ValueError(f"no account: {sorted(unknown)}")
    found = tuple(Posting(book, account, minor, currency) for account, minor in accounts.items() if minor)
    if not balanced(found):
        raise Unbalanced(f"{book} {currency} {accounts}")
    return found


def reversed_entry(postings: Iterable[Posting]) -> Entry:
    """What takes an entry back: the same with the other sign."""
    return tuple(replace(posting, minor=-posting.minor) for posting in postings)


def charge(book: str, minor: int, currency: str) -> Entry:
    """Something was reckoned (also a credit for unused days, or an adjustment: then it is negative)."""
    return entry(book, currency, unbilled=minor, revenue=-minor)


adjustment = charge


def discount(book: str, minor: int, currency: str) -> Entry:
    """`minor` (positive) is taken off what is on no invoice yet."""
    return entry(book, currency, discount=minor, unbilled=-minor)


def invoice(book: str, net: int, tax: int, currency: str) -> Entry:
    """An invoice is issued over what was reckoned: `net` after discounts."""
    return entry(book, currency, receivable=net + tax, unbilled=-net, tax=-tax)


def credit(book: str, net: int, tax: int, currency: str) -> Entry:
    """A credit note over `net` and `tax` (both positive) is issued."""
    return entry(book, currency, revenue=net, tax=tax, receivable=-(net + tax))


def payment(book: str, minor: int, currency: str, *, fees: int = 0, prepaid: int = 0) -> Entry:
    """`minor` was received: `fees` of it stay with the processor, `prepaid` of it are on no invoice."""
    return entry(book, currency, cash=minor - fees, fees=fees, receivable=-(minor - prepaid), prepaid=-prepaid)


def from_prepaid(book: str, minor: int, currency: str) -> Entry:
    """An invoice is paid from what was paid ahead."""
    return entry(book, currency, prepaid=minor, receivable=-minor)


def refund(book: str, minor: int, currency: str, *, prepaid: int = 0) -> Entry:
    """`minor` went back to the customer: `prepaid` of it from what was paid ahead, the rest is owed again or was credited."""
    return entry(book, currency, receivable=minor - prepaid, prepaid=prepaid, cash=-minor)


def dispute(book: str, minor: int, currency: str) -> Entry:
    """A payment is disputed: the processor takes it back until it is decided. Won: `reversed_entry`; lost: `dispute_lost`."""
    return entry(book, currency, disputed=minor, cash=-minor)


def dispute_lost(book: str, minor: int, currency: str, *, prepaid: int = 0) -> Entry:
    """The money stays away: `prepaid` of it is taken from what was paid ahead, for the rest the invoice is owed again."""
    return entry(book, currency, receivable=minor - prepaid, prepaid=prepaid, disputed=-minor)


def loss(book: str, minor: int, currency: str) -> Entry:
    """`minor` of what is owed is given up; below nothing: is lost no longer."""
    return entry(book, currency, losses=minor, receivable=-minor)


def succession(book: str, currency: str, **accounts: int) -> Entry:
    """Balances that come from somebody else, or (negative) go to somebody else. The other one's entry has them with the other sign."""
    return entry(book, currency, **accounts, succession=-sum(accounts.values()))
