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

__all__ = [
    "CannotCreditInvoice",
    "CannotDiscardDraft",
    "CannotIssueInvoice",
    "credit_invoice",
    "discard_draft",
    "issue_invoice",
    "issue_invoices",
    "run_billing",
]
