"""Addresses about money: what the reseller asks of its clients, and what it owes."""

from __future__ import annotations

from sublet.portals.shared.invoice_pages import MoneyPages, money_patterns

urlpatterns = money_patterns(MoneyPages("reseller-money", issuer="reseller-issuer"), portal="reseller")
