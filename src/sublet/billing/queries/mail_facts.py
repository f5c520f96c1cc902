"""What mails about invoices would say of an account now: for the preview of their words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Case, Value, When

from sublet.accounts.models import Account
from sublet.billing.documents.writing import Writing
from sublet.billing.models import Invoice
from sublet.billing.models.invoices import ISSUED, PARTLY_PAID
from sublet.foundation.actor import Actor


def invoice_facts(account: Account, reader: Actor, language: str, _at: datetime) -> Mapping[str, str]:
    """Creditor, number, amount and day of the account's newest invoice of the reader's account, an open one before others.

    Empty without ``billing:view``, outside the reader's reach, or where there is none. One statement.
    """
    if not reader.may("billing:view") or not reader.reaches(account.id):
        return {}
    is_open = Case(When(state__in=(ISSUED, PARTLY_PAID), then=Value(0)), default=Value(1))
    rows = Invoice.objects.filter(debtor_id=account.id, account_id=reader.account_id, number__isnull=False)
    invoice = rows.order_by(is_open, "-id").first()
    if invoice is None:
        return {"creditor": reader.account_name}
    written = Writing(language, invoice.currency)
    return {
        "creditor": reader.account_name,
        "number": invoice.number_shown,
        "amount": written.money(max(invoice.open_minor, 0) or invoice.due_minor),
        **({"due": written.day(invoice.due_on)} if invoice.due_on else {}),
    }
