"""What moved between two parties, for tests: booked as the operations book it, without what leads up to it."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from django.db import transaction

from sublet.accounts.models import Account
from sublet.billing.models import Invoice
from sublet.billing.models.ledger import CREDITED, INVOICED
from sublet.billing.operations.money_moved import book, note_paid
from sublet.core import ledger
from sublet.foundation.scope import platform_scope
from tests.billing.rows import make_invoice

_numbers = count(1)


def _book_of(owner: Account) -> str:
    return "wholesale" if owner.kind == "vendor" else "retail"


def claimed(
    owner: Account, debtor: Account, gross: int, at: datetime, *, currency: str = "EUR", series: str = ""
) -> Invoice:
    """An invoice over `gross`, with its entry."""
    invoice = make_invoice(
        owner,
        debtor,
        series=series,
        number=next(_numbers),
        at=at,
        list_minor=gross,
        net_minor=gross,
        gross_minor=gross,
        currency=currency,
    )
    with platform_scope("test"), transaction.atomic():
        Account.objects.filter(id=debtor.id).update(gets_invoices=True)
        book(
            owner=owner.id, book=_book_of(owner), debtor=debtor.id, key=f"invoice:{invoice.ref}", about=invoice.ref,
            minor=gross, currency=currency, postings=ledger.invoice(_book_of(owner), gross, 0, currency), by="test", at=at,
            kind=INVOICED,
        )  # fmt: skip
    return invoice


def paid(invoice: Invoice, minor: int, at: datetime) -> None:
    """So much of it came in; what is beyond it is paid ahead."""
    used = min(minor, invoice.open_minor)
    with platform_scope("test"), transaction.atomic():
        book(
            owner=invoice.account_id, book=invoice.book, debtor=invoice.debtor_id, key=f"payment:pay_{next(_numbers)}",
            about=invoice.ref, minor=minor, currency=invoice.currency, by="test", at=at,
            postings=ledger.payment(invoice.book, minor, invoice.currency, prepaid=minor - used),
        )  # fmt: skip
        note_paid(invoice, used, by="test", at=at)


def given_back(invoice: Invoice, minor: int, at: datetime) -> None:
    """So much of it is owed again."""
    with platform_scope("test"), transaction.atomic():
        book(
            owner=invoice.account_id, book=invoice.book, debtor=invoice.debtor_id, key=f"refund:rfd_{next(_numbers)}",
            about=invoice.ref, minor=-minor, currency=invoice.currency, by="test", at=at,
            postings=ledger.refund(invoice.book, minor, invoice.currency),
        )  # fmt: skip
        note_paid(invoice, -minor, by="test", at=at)


def credited(invoice: Invoice, gross: int, at: datetime) -> None:
    """A credit note over so much of it, none of which was paid."""
    note = make_invoice(
        invoice.account, invoice.debtor, number=next(_numbers), at=at, kind="credit", corrects=invoice, list_minor=-gross,
        net_minor=-gross, gross_minor=-gross, currency=invoice.currency,
    )  # fmt: skip
    with platform_scope("test"), transaction.atomic():
        book(
            owner=invoice.account_id, book=invoice.book, debtor=invoice.debtor_id, key=f"credit:{note.ref}", about=note.ref,
            minor=-gross, currency=invoice.currency, by="test", at=at, kind=CREDITED,
            postings=ledger.credit(invoice.book, gross, 0, invoice.currency),
        )  # fmt: skip
        invoice.credited_minor += gross
        Invoice.objects.filter(id=invoice.id).update(credited_minor=invoice.credited_minor)
        note_paid(invoice, 0, by="test", at=at)
