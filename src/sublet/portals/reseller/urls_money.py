"""Addresses about money: what the reseller asks of its clients, and what it owes."""

from __future__ import annotations

from django.urls import path

from sublet.billing.queries.invoices import RECEIVED
from sublet.portals.reseller import views_profit as profit
from sublet.portals.shared.account_statement_pages import AccountStatementPages, account_statement_patterns
from sublet.portals.shared.bank_pages import BankPages, bank_patterns
from sublet.portals.shared.bank_refund_pages import BankRefundPages, bank_refund_patterns
from sublet.portals.shared.dunning_pages import DunningPages, dunning_patterns
from sublet.portals.shared.figures_pages import FiguresPages, figures_patterns
from sublet.portals.shared.invoice_pages import MoneyPages, money_patterns
from sublet.portals.shared.paying_pages import paying_patterns
from sublet.portals.shared.payment_pages import payment_patterns
from sublet.portals.shared.payout_pages import PayoutPages, payout_patterns
from sublet.portals.shared.sandbox_pages import SandboxPages, sandbox_patterns

urlpatterns = [
    *account_statement_patterns(
        AccountStatementPages(
            "reseller-account-statement",
            "reseller",
            invoice="reseller-money-invoice",
            listing="reseller-money-invoices",
        ),
        "money/invoices/to/",
    ),
    *account_statement_patterns(
        AccountStatementPages(
            "reseller-own-statement",
            "reseller",
            side=RECEIVED,
            invoice="reseller-money-invoice",
            listing="reseller-money-received",
        ),
        "money/received/",
    ),
    *money_patterns(MoneyPages("reseller-money", "reseller", issuer="reseller-issuer")),
    *dunning_patterns(DunningPages("reseller-money"), portal="reseller"),
    *payment_patterns(name="reseller-payments", route="money/payments/", portal="reseller"),
    *paying_patterns(name="reseller-paying", route="money/paying/", portal="reseller"),
    *figures_patterns(FiguresPages("reseller-figures", "reseller")),
    path("money/profit/", profit.profit, name="reseller-profit"),
    path("money/profit/file/", profit.profit_file, name="reseller-profit-file"),
    path("clients/<str:ref>/profit/", profit.profit_client, name="reseller-profit-client"),
    path("clients/<str:ref>/profit/<str:effort>/drop/", profit.effort_drop, name="reseller-effort-drop"),
    path("money/profit/statement/", profit.profit_statement, name="reseller-profit-statement"),
    *payout_patterns(PayoutPages("reseller-payouts", "reseller")),
    *bank_refund_patterns(
        BankRefundPages("reseller-bank-refunds", "reseller", bank="reseller-bank", invoice="reseller-money-invoice")
    ),
    *bank_patterns(
        BankPages("reseller-bank", "reseller", invoice="reseller-money-invoice", refunds="reseller-bank-refunds")
    ),
    *sandbox_patterns(SandboxPages("reseller-sandboxes", "reseller")),
]
