"""Addresses about what the account pays: exactly the charges that it is asked for."""

from __future__ import annotations

from sublet.billing.queries.invoices import RECEIVED
from sublet.portals.shared.invoice_pages import MoneyPages, money_patterns

urlpatterns = money_patterns(MoneyPages("client-billing", side=RECEIVED), portal=("client", "direct"))
