"""Addresses about what the account pays: exactly the charges that it is asked for."""

from __future__ import annotations

from sublet.billing.queries.invoices import RECEIVED
from sublet.portals.shared.account_statement_pages import AccountStatementPages, account_statement_patterns
from sublet.portals.shared.dunning_pages import DunningPages, paying_invoice_patterns
from sublet.portals.shared.invoice_pages import MoneyPages, money_patterns
from sublet.portals.shared.paying_pages import paying_patterns

urlpatterns = [
    # First: their words stand where an invoice's reference could.
    *account_statement_patterns(
        AccountStatementPages(
            "client-own-statement",
            ("client", "direct"),
            side=RECEIVED,
            invoice="client-billing-invoice",
            listing="client-billing-invoices",
        ),
        "billing/",
    ),
    *paying_patterns(name="client-paying", route="billing/paying/", portal=("client", "direct")),
    *paying_invoice_patterns(DunningPages("client-billing"), portal=("client", "direct")),
    *money_patterns(MoneyPages("client-billing", ("client", "direct"), side=RECEIVED)),
]
