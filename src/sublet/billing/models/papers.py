"""The file of an issued document, kept as it was made."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from sublet.billing.models.books import WHOLESALE, BookModel
from sublet.billing.models.invoices import Invoice
from sublet.billing.models.ledger import _party
from sublet.billing.models.terms import BY_VENDOR


class InvoicePaper(BookModel):
    """The PDF of an issued document, with the electronic invoice inside where there is one. Made once, never changed."""

    account = _party()
    book = models.CharField(max_length=9)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="paper")
    pdf = models.BinaryField()
    digest = models.CharField(max_length=64)  # SHA-256 of the file
    made_at = models.DateTimeField()

    class Meta:
        db_table = "invoice_paper"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    DEBTOR_READS = (
        "EXISTS (SELECT 1 FROM invoice mine WHERE mine.id = invoice_paper.invoice_id AND mine.debtor_id = {own}"
        " AND mine.state <> 'draft')"
    )
    VENDOR_READS = (
        "book = 'wholesale' OR EXISTS (SELECT 1 FROM invoice shared WHERE shared.id = invoice_paper.invoice_id"
        " AND shared.collected_by = 'vendor')"
    )

    def __str__(self) -> str:
        return self.digest

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """Those of what was issued to it."""
        return Q(invoice__debtor_id=account_id) & ~Q(invoice__state="draft")

    @classmethod
    def for_vendor(cls) -> Q:
        """Those of its own, and of what it collects for a reseller."""
        return Q(book=WHOLESALE) | Q(invoice__collected_by=BY_VENDOR)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only once: somebody has it."""
        if self.pk is not None:
            raise RuntimeError("the file of a document never changes")
        super().save(*args, **kwargs)
