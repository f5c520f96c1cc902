"""Rows of the books for tests, made straight in the database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sublet.accounts.models import Account
from sublet.billing.models import Invoice, InvoiceLine, LedgerEntry, LedgerPosting
from sublet.foundation.scope import platform_scope

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_numbers = count(1)


def make_entry(owner: Account, debtor: Account, minor: int = 2900, **fields: Any) -> LedgerEntry:
    """A charge of the debtor's own, with its two sides."""
    with platform_scope("test data"):
        book = "wholesale" if owner.kind == "vendor" else "retail"
        about = {
            "about": "base",
            "item": "plan.business.1",
            "first_day": date(2026, 2, 1),
            "last_day": date(2026, 2, 28),
        }
        known = {"client": debtor, "key": f"base:{next(_numbers)}", "currency": "EUR", "due_at": AT, "at": AT} | about
        entry = LedgerEntry(account=owner, book=book, debtor=debtor, minor=minor, **(known | fields))
        entry.save()
        for position, (code, sign) in enumerate((("unbilled", 1), ("revenue", -1)), 1):
            LedgerPosting(
                account=owner, book=book, entry=entry, position=position, debtor=debtor, code=code,
                minor=sign * entry.minor, currency=entry.currency,
            ).save(force_insert=True)  # fmt: skip
        return entry


def make_invoice(
    owner: Account, debtor: Account, *, number: int | None = None, lines: int = 1, at: datetime = AT, **fields: Any
) -> Invoice:
    """An invoice of so many charges of 29.00; with a number one that was issued at `at`."""
    with platform_scope("test data"):
        known = {
            "book": "wholesale" if owner.kind == "vendor" else "retail", "key": f"k{next(_numbers)}",
            "first_day": date(2026, 2, 1), "last_day": date(2026, 2, 28), "currency": "EUR", "list_minor": 2900 * lines,
            "net_minor": 2900 * lines, "gross_minor": 2900 * lines, "collected_by": "own", "made_at": AT,
        }  # fmt: skip
        invoice = Invoice(account=owner, debtor=debtor, **(known | fields))
        invoice.save()
        for position in range(1, lines + 1):
            entry = make_entry(owner, debtor)
            InvoiceLine(
                account=owner, book=invoice.book, invoice=invoice, position=position, entry=entry, client=debtor,
                about="base", item=entry.item, first_day=date(2026, 2, 1), last_day=date(2026, 2, 28),
                minor=entry.minor, net_minor=entry.minor,
            ).save()  # fmt: skip
        if number is not None:
            invoice.number, invoice.state, invoice.digest = number, "issued", "0" * 64
            invoice.issued_on, invoice.issued_at, invoice.frozen = at.date(), at, {}
            invoice.save()
        return invoice
