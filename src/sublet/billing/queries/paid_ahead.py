"""What a payer's money stands for, and which invoices are being charged: asked alike wherever money is used, shown or given back."""

from __future__ import annotations

from typing import Final

from django.db.models import Exists, Max, OuterRef, Q, Sum

from sublet.billing.models import Invoice, LedgerPosting, Payment, Refund
from sublet.billing.models.invoices import INVOICE
from sublet.billing.models.ledger import ADJUSTED, PAID
from sublet.core.ledger import LOSSES, PREPAID, RECEIVABLE
from sublet.core.payments import IN_FLIGHT
from sublet.core.refunding import Standing

#: A refund that the processor is asked for, or after.
ASKED: Final = (Refund.State.STARTED, Refund.State.UNKNOWN, Refund.State.PENDING)
#: One of which nobody knows yet whether its money is gone.
WAITING: Final = (*ASKED, Refund.State.PARKED)


def prepaid_balance(owner: int, debtor: int, in_book: str, currency: str) -> int:
    """What `debtor` has paid ahead to `owner`, in minor units; never below nothing. The caller holds the book."""
    rows = LedgerPosting.objects.filter(
        account_id=owner, debtor_id=debtor, book=in_book, currency=currency, code=PREPAID
    )
    return max(-int(rows.aggregate(total=Sum("minor"))["total"] or 0), 0)


def being_charged() -> Exists:
    """Of an invoice: a charge of it is on its way, beside which any other payment would be too much."""
    return Exists(
        Payment.objects.filter(account_id=OuterRef("account_id"), invoice=OuterRef("ref"), state__in=IN_FLIGHT)
    )


def standing(owner: int, debtor: int, in_book: str, currency: str) -> Standing:
    """What the money of `debtor` stands for at `owner`; what was paid last from what was paid ahead is owed again first. Three
    statements. The caller holds the book.
    """
    # Money moves one of these; what is only booked from one to another of them comes to nothing.
    moved = LedgerPosting.objects.filter(
        account_id=owner, debtor_id=debtor, book=in_book, currency=currency, code__in=(RECEIVABLE, PREPAID, LOSSES),
        entry__kind__in=(PAID, ADJUSTED),
    ).order_by().values_list("entry__item")  # fmt: skip
    used = Max("entry_id", filter=Q(entry__key__startswith="prepaid:"))
    rows = {ref: (-int(came), last or 0) for ref, came, last in moved.annotate(all=Sum("minor"), last=used)}
    invoices = Invoice.objects.filter(
        account_id=owner, debtor_id=debtor, book=in_book, currency=currency, kind=INVOICE, paid_minor__gt=0
    )
    paid = dict(invoices.order_by("-id").values_list("ref", "paid_minor"))
    refs = sorted(paid, key=lambda ref: -rows.get(ref, (0, 0))[1])
    return Standing(
        prepaid_balance(owner, debtor, in_book, currency), {ref: paid[ref] for ref in refs},
        {ref: came for ref, (came, _last) in rows.items()},
    )  # fmt: skip


def standing_beside_waiting(owner: int, debtor: int, in_book: str, currency: str) -> Standing:
    """The same, without what the refunds take of it that wait for an answer: otherwise their money would be given back twice. Four
    statements.
    """
    found = standing(owner, debtor, in_book, currency)
    rows = Refund.objects.filter(
        account_id=owner, book=in_book, payment__payer_id=debtor, payment__currency=currency, state__in=WAITING
    )
    for invoice, minor in rows.order_by("id").values_list("payment__invoice", "amount"):
        found = found.without(minor, invoice)[1]
    return found
