"""What mails about invoices would say of an account now: for the preview of their words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Case, Value, When
from django.utils import translation
from django.utils.translation import gettext as _

from sublet.accounts.models import Account
from sublet.billing.documents.frozen import payment_of
from sublet.billing.documents.writing import Writing
from sublet.billing.models import Invoice
from sublet.billing.models.invoices import CREDIT_NOTE, INVOICE, ISSUED, PARTLY_PAID
from sublet.billing.words import online_words
from sublet.core import invoicing
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


def issued_facts(account: Account, reader: Actor, language: str, _at: datetime) -> Mapping[str, str]:
    """What the mail about the account's newest invoice of the reader's account says. As `invoice_facts`."""
    return _newest(INVOICE, account, reader, language)


def credited_facts(account: Account, reader: Actor, language: str, _at: datetime) -> Mapping[str, str]:
    """The same of its newest credit note."""
    return _newest(CREDIT_NOTE, account, reader, language)


def _newest(kind: str, account: Account, reader: Actor, language: str) -> Mapping[str, str]:
    if not reader.may("billing:view") or not reader.reaches(account.id):
        return {}
    rows = Invoice.objects.filter(debtor_id=account.id, account_id=reader.account_id, kind=kind, number__isnull=False)
    invoice = rows.select_related("corrects").order_by("-id").first()
    told = {} if invoice is None else words_of(invoice, language)
    return {"creditor": reader.account_name, **{name: words for name, words in told.items() if words}}


def words_of(invoice: Invoice, language: str) -> dict[str, str]:
    """What the mail of an issued document says of it: number, amount, and when and how it is paid, or which invoice it credits."""
    written = Writing(language, invoice.currency)
    told = {"number": invoice.number_shown, "amount": written.money(abs(invoice.due_minor))}
    if invoice.corrects is not None:
        return told | {"invoice": invoice.corrects.number_shown}
    is_owed = invoice.due_minor > 0
    return told | {
        "due": written.day(invoice.due_on) if invoice.due_on and is_owed else "",
        "paying": _paying(invoice, written) if is_owed else "",
    }


def _paying(invoice: Invoice, written: Writing) -> str:
    """As it was frozen: whoever reads the mail and its file beside each other reads the same."""
    frozen = invoice.frozen or {}
    reference = frozen.get("reference") or invoice.number_shown
    told = payment_of(frozen, invoicing.INVOICE, reference) if "seller" in frozen else None
    if told is None:
        return ""
    amount = written.money(invoice.due_minor)
    with translation.override(written.language):
        if told.means != invoicing.ONLINE:
            return _("Please transfer %(amount)s to %(iban)s (%(holder)s), with the reference %(reference)s.") % {
                "amount": amount, "iban": told.iban, "holder": told.holder, "reference": told.reference,
            }  # fmt: skip
        return online_words(amount, by_itself=told.by_itself)
