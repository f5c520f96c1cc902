"""Charges into the ledger: each once in each book, both books in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from sublet.accounts.models import Account
from sublet.billing.models import LedgerEntry, LedgerPosting
from sublet.billing.models.books import WHOLESALE
from sublet.billing.models.ledger import CHARGE
from sublet.billing.queries.facts import Reckoned, facts_of
from sublet.billing.queries.sides import MOST_KEYS, Due, Side, books_with, sides_of
from sublet.core import ledger
from sublet.core.charging import Charge
from sublet.core.lifecycle import CLOSED, PROSPECT
from sublet.core.money import CurrenciesDiffer
from sublet.core.pricing import Quantity, WrongPrice
from sublet.foundation.bulk import insert_rows, next_ids

_ENTRY: Final = (
    "id", "account_id", "book", "client_id", "debtor_id", "key", "kind", "about", "item", "start", "end", "first_day",
    "last_day", "days", "of_days", "quantity", "total", "minor", "currency", "parts", "billed", "due_at", "at", "by",
)  # fmt: skip
#: Of what is no charge: an invoice, a credit, money.
_EVENT: Final = (
    "id", "account_id", "book", "client_id", "debtor_id", "key", "kind", "about", "item", "days", "of_days", "quantity", "minor",
    "currency", "parts", "billed", "due_at", "at", "by",
)  # fmt: skip
_POSTING: Final = ("account_id", "book", "entry_id", "position", "debtor_id", "code", "minor", "currency")


@dataclass(slots=True)
class Posted:
    """What one batch came to. `faults`: accounts that cannot be reckoned, and why."""

    accounts: int = 0
    charges: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def post_charges(ids: Sequence[int], *, vendor: int, since: datetime, until: datetime, at: datetime, by: str) -> Posted:
    """Post what is due of those accounts from `since` up to and not including `until` and is not in the ledger yet.

    Locks the accounts in key order: none of them moves, closes or is reckoned by somebody else meanwhile. In the caller's
    transaction, and in a scope that holds both books.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("charges are posted in a transaction")
    locked = Account.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id")
    accounts = [account for account in locked if not is_free(account.state, account.state_before_close)]
    told = Posted(accounts=len(accounts))
    if not accounts:
        return told
    known = facts_of(accounts, since=since, until=until)
    due: list[tuple[Account, Reckoned, Charge]] = []
    for account in accounts:
        reckoned = known[account.id]
        try:
            due += [(account, reckoned, one) for one in list(reckoned.due(since=since, until=until))]
        except (WrongPrice, CurrenciesDiffer) as fault:
            told.faults.append((account.id, f"{type(fault).__name__}: {fault}"))
    new = sides_of(_not_there(due, vendor), vendor)
    told.charges = len(new)
    write_sides(new, at=at, by=by)
    return told


def is_free(state: str, before_close: str) -> bool:
    """Whether nothing is ever charged to such an account: it is, or was when it was closed, a demonstration."""
    return state == PROSPECT or (state == CLOSED and before_close == PROSPECT)


def _not_there(due: Sequence[tuple[Account, Reckoned, Charge]], vendor: int) -> list[Due]:
    """The charges of which some book lacks what it should have: before anything is reckoned of them, for most are there."""
    if not due:
        return []
    rows = LedgerEntry.objects.filter(client_id__in={account.id for account, _reckoned, _charge in due})
    keys = {charge.key for _account, _reckoned, charge in due}
    if len(keys) <= MOST_KEYS:
        rows = rows.filter(key__in=keys)
    else:
        rows = rows.filter(due_at__gte=min(charge.due for _account, _reckoned, charge in due))
    there = set(rows.values_list("client_id", "book", "key"))
    found: list[Due] = []
    for account, reckoned, charge in due:
        wanted = books_with(account, charge, vendor)
        lacking = [book for book in wanted if (account.id, book, charge.key) not in there]
        if lacking:
            found.append((account, reckoned, charge, lacking))
    return found


def _quantity(side: Side) -> Quantity:
    return side.charge.quantity if side.book == WHOLESALE else side.charge.quantity_on_retail


def write_sides(sides: Sequence[Side], *, at: datetime, by: str) -> None:
    """The rows of those charges, as many as there are in two statements."""
    if not sides:
        return
    entries: list[tuple[Any, ...]] = []
    postings: list[tuple[Any, ...]] = []
    for number, side in zip(next_ids(LedgerEntry, len(sides)), sides, strict=True):
        one = side.charge
        entries.append(
            (
                number, side.owner, side.book, side.client, side.debtor, one.key, CHARGE, one.kind, one.item, one.start,
                one.end, one.first_day, one.last_day, one.days, one.of_days, Decimal(_quantity(side)), side.total, side.minor,
                side.currency, side.parts, side.billed, one.due, at, by,
            )
        )  # fmt: skip
        booked = ledger.charge(side.book, side.minor, side.currency)
        postings += posting_rows(number, side.owner, side.debtor, booked)
    insert_rows(LedgerEntry, _ENTRY, entries)
    insert_rows(LedgerPosting, _POSTING, postings)


def event_row(
    number: int, *, owner: int, book: str, debtor: int, key: str, kind: str, about: str, minor: int, currency: str, at: datetime,
    by: str, moved: datetime | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """The row of an entry that is no charge, posted at `at`. `about`: the reference of the invoice. `moved`: when it happened, where
    that is another instant."""
    return (
        number, owner, book, debtor, debtor, key, kind, "", about[:80], 0, 0, 1, minor, currency, [], True, moved or at, at,
        by[:200],
    )  # fmt: skip


def write_events(rows: Iterable[tuple[Any, ...]]) -> None:
    """Entries that are no charges, as `event_row` makes them."""
    insert_rows(LedgerEntry, _EVENT, rows)


def posting_rows(entry_id: int, owner: int, debtor: int, postings: Iterable[ledger.Posting]) -> list[tuple[Any, ...]]:
    """The rows of an entry's postings."""
    return [
        (owner, one.book, entry_id, position, debtor, one.account, one.minor, one.currency)
        for position, one in enumerate(postings, 1)
    ]


def write_postings(rows: Iterable[tuple[Any, ...]]) -> None:
    """Those of several entries."""
    insert_rows(LedgerPosting, _POSTING, rows)
