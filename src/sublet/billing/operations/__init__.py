"""What billing writes."""

from __future__ import annotations

from sublet.billing.operations.bank import (
    CannotBookMatch,
    CannotImportStatement,
    CannotTakeBack,
    book_match,
    import_statement,
    set_line_aside,
    take_back,
)
from sublet.billing.operations.bank_refunds import (
    CannotBookBankRefund,
    CannotTakeBankRefundBack,
    book_bank_refund,
    take_bank_refund_back,
)
from sublet.billing.operations.efforts import CannotEnterEffort, drop_effort, enter_effort
from sublet.billing.operations.figures import keep_figures
from sublet.billing.operations.invoice_mails import CannotMailInvoice, mail_invoice
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
from sublet.billing.operations.write_offs import CannotReopenInvoice, CannotWriteOff, reopen_invoice, write_off

__all__ = [
    "CannotBookBankRefund",
    "CannotBookMatch",
    "CannotCreditInvoice",
    "CannotDiscardDraft",
    "CannotEnterEffort",
    "CannotImportStatement",
    "CannotIssueInvoice",
    "CannotMailInvoice",
    "CannotReopenInvoice",
    "CannotSetBillingTerms",
    "CannotTakeBack",
    "CannotTakeBankRefundBack",
    "CannotWriteOff",
    "book_bank_refund",
    "book_match",
    "credit_invoice",
    "discard_draft",
    "drop_effort",
    "enter_effort",
    "import_statement",
    "issue_invoice",
    "issue_invoices",
    "keep_figures",
    "mail_invoice",
    "reopen_invoice",
    "run_billing",
    "set_billing_terms",
    "set_line_aside",
    "take_back",
    "take_bank_refund_back",
    "write_off",
]
