"""What the API takes about invoices and statements of account of both sides: a part of `core.fields_taken`."""

from __future__ import annotations

from sublet.core.fieldrights import group

STATEMENTS_TAKEN = group(
    "billing:view",
    "vendor reseller direct",
    """
    AccountStatementAsked: cursor limit side account currency first before known
    AccountStatementFileAsked: form side account currency first before known
    InvoiceFileAsked: form
    InvoicesAsked: cursor limit side state account
    """,
)
