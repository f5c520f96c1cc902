"""A bank statement of those who issue invoices: some paid by the reference, some without it, some what nobody can tell."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from io import StringIO

from sublet.billing.models import Invoice
from sublet.billing.models.bank import BankLine
from sublet.billing.operations import import_statement, set_line_aside
from sublet.core.creditor import reference_of
from sublet.foundation.actor import Actor
from sublet.foundation.scope import actor_scope

#: What the bank writes above its columns.
HEAD = (
    "Booking date",
    "Value date",
    "Amount",
    "Currency",
    "Payer",
    "Counterparty IBAN",
    "IBAN",
    "Description",
    "Transaction id",
)
PAYERS_IBAN = "IT22T0100502400000000312204"


def bring_movements_in(actor: Actor, iban: str, *, first: date, at: datetime) -> None:
    """Bring in what the bank told up to `at` of the invoices that the actor issued since `first`; a fee is put aside."""
    with actor_scope(actor):
        rows = Invoice.objects.filter(account_id=actor.account_id, kind="invoice", number__isnull=False)
        invoices = list(rows.select_related("debtor").order_by("number"))
        file = StringIO()
        table = csv.writer(file)
        table.writerow(HEAD)
        last = at.date()
        number = 0

        def move(day: date, minor: int, payer: str, text: str) -> None:
            nonlocal number
            number += 1
            shown = min(max(day, first), last).isoformat()
            amount = f"{minor / 100:.2f}"
            table.writerow((shown, shown, amount, "EUR", payer, PAYERS_IBAN, iban, text, f"{shown}-{number:04}"))

        for place, invoice in enumerate(invoices):
            due = invoice.open_minor
            if due <= 0 or invoice.currency != "EUR" or invoice.issued_on is None:
                continue
            day, payer = invoice.issued_on + timedelta(days=5 + place % 9), invoice.debtor.name
            if day > last:
                continue
            lot = place % 7
            if lot in (0, 1, 2):
                move(day, due, payer, f"Invoice {invoice.number} {reference_of(invoice.ref)}")
            elif lot == 3:
                move(day, due // 2, payer, f"First half {reference_of(invoice.ref)}")
            elif lot == 4:
                move(day, due, payer, "Thank you")
        move(last - timedelta(days=3), 12345, "Comune di Bologna", "Contributo sportivo")
        move(last - timedelta(days=2), 5000, "Anna Bruni", "For the website")
        move(last - timedelta(days=1), -350, "", "Account fee")
        import_statement(
            file_name=f"statement-{last.isoformat()}.csv", data=file.getvalue().encode(), actor=actor, at=at
        )
        odd = BankLine.objects.filter(account_id=actor.account_id, party="Anna Bruni").first()
        if odd is not None:
            set_line_aside(ref=odd.ref, aside=True, actor=actor, at=at + timedelta(minutes=6))
