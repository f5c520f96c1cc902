"""What billing keeps."""

from __future__ import annotations

from sublet.billing.models.invoices import BillingRun, Invoice, InvoiceLine, NumberSeries
from sublet.billing.models.issuers import Issuer, Recipient, VatCheck
from sublet.billing.models.ledger import LedgerEntry, LedgerPosting
from sublet.billing.models.papers import InvoicePaper
from sublet.billing.models.terms import BillingTerms

__all__ = [
    "BillingRun",
    "BillingTerms",
    "Invoice",
    "InvoiceLine",
    "InvoicePaper",
    "Issuer",
    "LedgerEntry",
    "LedgerPosting",
    "NumberSeries",
    "Recipient",
    "VatCheck",
]
