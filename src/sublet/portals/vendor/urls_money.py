"""Addresses about money: what resellers and direct accounts owe."""

from __future__ import annotations

from sublet.portals.shared.invoice_pages import MoneyPages, money_patterns

urlpatterns = money_patterns(MoneyPages("vendor-money", issuer="vendor-issuer"), portal="vendor")
