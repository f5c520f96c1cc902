"""What billing writes."""

from __future__ import annotations

from sublet.billing.operations.issuing import (
    CannotCreditInvoice,
    CannotDiscardDraft,
    CannotIssueInvoice,
    credit_invoice,
    discard_draft,
    issue_invoice,
    issue_invoices,
)
from sublet.billing.operations.running import run_billing
from sublet.billing.operations.terms import CannotSetBillingTerms, set_billing_terms

__all__ = [
    "CannotCreditInvoice",
    "CannotDiscardDraft",
    "CannotIssueInvoice",
    "CannotSetBillingTerms",
    "credit_invoice",
    "discard_draft",
    "issue_invoice",
    "issue_invoices",
    "run_billing",
    "set_billing_terms",
]
