"""Addresses about money: what the reseller asks of its clients, and what it owes."""

from __future__ import annotations

from django.urls import path

from sublet.portals.reseller import views_profit as profit
from sublet.portals.shared.bank_pages import BankPages, bank_patterns
from sublet.portals.shared.dunning_pages import DunningPages, dunning_patterns
from sublet.portals.shared.figures_pages import FiguresPages, figures_patterns
from sublet.portals.shared.invoice_pages import MoneyPages, money_patterns
from sublet.portals.shared.paying_pages import paying_patterns
from sublet.portals.shared.payment_pages import payment_patterns
from sublet.portals.shared.payout_pages import PayoutPages, payout_patterns

urlpatterns = [
    *money_patterns(MoneyPages("reseller-money", "reseller", issuer="reseller-issuer")),
    *dunning_patterns(DunningPages("reseller-money"), portal="reseller"),
    *payment_patterns(name="reseller-payments", route="money/payments/", portal="reseller"),
    *paying_patterns(name="reseller-paying", route="money/paying/", right="billing:view", portal="reseller"),
    *figures_patterns(FiguresPages("reseller-figures", "reseller")),
    path("money/profit/", profit.profit, name="reseller-profit"),
    path("money/profit/file/", profit.profit_file, name="reseller-profit-file"),
    path("clients/<str:ref>/profit/", profit.profit_client, name="reseller-profit-client"),
    path("clients/<str:ref>/profit/<str:effort>/drop/", profit.effort_drop, name="reseller-effort-drop"),
    path("money/profit/statement/", profit.profit_statement, name="reseller-profit-statement"),
    *payout_patterns(PayoutPages("reseller-payouts", "reseller")),
    *bank_patterns(BankPages("reseller-bank", "reseller", invoice="reseller-money-invoice")),
]
