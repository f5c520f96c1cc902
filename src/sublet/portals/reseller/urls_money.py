"""Addresses about money: what the reseller asks of its clients, and what it owes."""

from __future__ import annotations

from sublet.portals.shared.bank_pages import BankPages, bank_patterns
from sublet.portals.shared.dunning_pages import DunningPages, dunning_patterns
from sublet.portals.shared.invoice_pages import MoneyPages, money_patterns
from sublet.portals.shared.paying_pages import paying_patterns
from sublet.portals.shared.payment_pages import payment_patterns

urlpatterns = [
    *money_patterns(MoneyPages("reseller-money", "reseller", issuer="reseller-issuer")),
    *dunning_patterns(DunningPages("reseller-money"), portal="reseller"),
    *payment_patterns(name="reseller-payments", route="money/payments/", portal="reseller"),
    *paying_patterns(name="reseller-paying", route="money/paying/", right="billing:view", portal="reseller"),
    *bank_patterns(BankPages("reseller-bank", "reseller", invoice="reseller-money-invoice")),
]
