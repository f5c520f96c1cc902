"""Double entry: whatever is posted adds up to nothing (B5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core import ledger
from sublet.core.ledger import Entry, Posting, Unbalanced, balanced, balances, entry, reversed_entry, totals

books = st.sampled_from(ledger.BOOKS)
currencies = st.sampled_from(["EUR", "JPY"])
minors = st.integers(-(10**9), 10**9)


@st.composite
def entries(make: st.DrawFn) -> Entry:
    """Anything that happens to money."""
    book, minor, other, currency = make(books), make(minors), make(minors), make(currencies)
    builder = make(
        st.sampled_from([
            lambda: ledger.charge(book, minor, currency),
            lambda: ledger.adjustment(book, minor, currency),
            lambda: ledger.discount(book, minor, currency),
            lambda: ledger.invoice(book, minor, other, currency),
            lambda: ledger.credit(book, minor, other, currency),
            lambda: ledger.payment(book, minor, currency, fees=other, prepaid=other // 2),
            lambda: ledger.from_prepaid(book, minor, currency),
            lambda: ledger.refund(book, minor, currency, prepaid=other),
            lambda: ledger.dispute(book, minor, currency),
            lambda: ledger.dispute_lost(book, minor, currency, prepaid=other),
        ])
    )  # fmt: skip
    return builder()  # type: ignore[no-untyped-call]  # one of many


@given(posted=st.lists(entries(), max_size=20))
def test_whatever_is_posted_adds_up_to_nothing(posted: list[Entry]) -> None:
    assert all(balanced(each) for each in posted)
    everything = [posting for each in posted for posting in each]
    assert balanced(everything)
    assert sum(balances(everything).values()) == 0
    assert all(posting.minor for posting in everything)


@given(posted=entries())
def test_what_is_taken_back_leaves_the_accounts_as_they_were(posted: Entry) -> None:
    assert not any(balances([*posted, *reversed_entry(posted)]).values())


@given(posted=st.lists(entries(), max_size=8), seed=st.randoms())
def test_the_order_does_not_matter(posted: list[Entry], seed: object) -> None:
    shuffled = list(posted)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    one = balances([posting for each in posted for posting in each])
    other = balances([posting for each in shuffled for posting in each])
    assert one == other


def test_two_books_do_not_balance_each_other() -> None:
    assert not balanced([Posting("wholesale", "cash", 1, "EUR"), Posting("retail", "cash", -1, "EUR")])
    assert not balanced([Posting("retail", "cash", 1, "EUR"), Posting("retail", "cash", -1, "JPY")])
    assert totals([Posting("retail", "cash", 1, "EUR")]) == {("retail", "EUR"): 1}


def test_an_entry_that_does_not_balance_is_refused() -> None:
    with pytest.raises(Unbalanced):
        entry("retail", "EUR", cash=1)
    with pytest.raises(ValueError, match="no account"):
        entry("retail", "EUR", pocket=1, cash=-1)


def test_an_invoice_from_charge_to_payment() -> None:
    book, currency = "retail", "EUR"
    posted = [
        *ledger.charge(book, 2900, currency),
        *ledger.charge(book, -1310, currency),  # credit for unused days
        *ledger.discount(book, 590, currency),
        *ledger.invoice(book, 1000, 220, currency),
        *ledger.payment(book, 1500, currency, fees=44, prepaid=280),
        *ledger.credit(book, 100, 22, currency),
        *ledger.refund(book, 122, currency),
    ]
    found = {account: minor for (_, account, _), minor in balances(posted).items() if minor}
    assert found == {
        "revenue": -(2900 - 1310) + 100,
        "discount": 590,
        "tax": -220 + 22,
        "cash": 1456 - 122,
        "fees": 44,
        "prepaid": -280,
    }


def test_a_dispute_that_is_lost_is_owed_again() -> None:
    posted = [
        *ledger.invoice("retail", 1000, 0, "EUR"),
        *ledger.payment("retail", 1000, "EUR"),
        *ledger.dispute("retail", 1000, "EUR"),
        *ledger.dispute_lost("retail", 1000, "EUR"),
    ]
    found = {account: minor for (_, account, _), minor in balances(posted).items() if minor}
    assert found == {"unbilled": -1000, "receivable": 1000}
