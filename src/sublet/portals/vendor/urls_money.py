"""Addresses about money: what resellers and direct accounts owe."""

from __future__ import annotations

from sublet.portals.shared.account_statement_pages import AccountStatementPages, account_statement_patterns
from sublet.portals.shared.bank_pages import BankPages, bank_patterns
from sublet.portals.shared.bank_refund_pages import BankRefundPages, bank_refund_patterns
from sublet.portals.shared.dunning_pages import DunningPages, dunning_patterns
from sublet.portals.shared.figures_pages import FiguresPages, figures_patterns
from sublet.portals.shared.invoice_pages import MoneyPages, money_patterns
from sublet.portals.shared.payment_pages import payment_patterns
from sublet.portals.shared.payout_pages import PayoutPages, payout_patterns
from sublet.portals.shared.sandbox_pages import SandboxPages, sandbox_patterns

urlpatterns = [
    *account_statement_patterns(
        AccountStatementPages(
            "vendor-account-statement", "vendor", invoice="vendor-money-invoice", listing="vendor-money-invoices"
        ),
        "money/invoices/to/",
    ),
    *money_patterns(MoneyPages("vendor-money", "vendor", issuer="vendor-issuer")),
    *dunning_patterns(DunningPages("vendor-money"), portal="vendor"),
    *payment_patterns(name="vendor-payments", route="money/payments/", portal="vendor"),
    *figures_patterns(FiguresPages("vendor-figures", "vendor", account="vendor-account")),
    *payout_patterns(PayoutPages("vendor-payouts", "vendor", pays=True)),
    *bank_refund_patterns(
        BankRefundPages("vendor-bank-refunds", "vendor", bank="vendor-bank", invoice="vendor-money-invoice")
    ),
    *bank_patterns(BankPages("vendor-bank", "vendor", invoice="vendor-money-invoice", refunds="vendor-bank-refunds")),
    *sandbox_patterns(SandboxPages("vendor-sandboxes", "vendor")),
]
