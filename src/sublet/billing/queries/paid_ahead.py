"""What was paid ahead, and which invoices are being charged: asked alike wherever money is used, shown or given back."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Sum

from sublet.billing.models import LedgerPosting, Payment
from sublet.core.ledger import PREPAID
from sublet.core.payments import IN_FLIGHT


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
