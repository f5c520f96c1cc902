"""What billing keeps."""

from __future__ import annotations

from sublet.billing.models.bank import BankLine, BankPayment, BankRefund, BankStatement
from sublet.billing.models.dunning import DunningCase, DunningPolicy, DunningStep
from sublet.billing.models.efforts import Effort
from sublet.billing.models.figures import ClientMonth, RevenueMonth
from sublet.billing.models.invoices import BillingRun, Invoice, InvoiceLine, NumberSeries, WriteOff
from sublet.billing.models.issuers import Issuer, Recipient, VatCheck
from sublet.billing.models.ledger import LedgerEntry, LedgerPosting
from sublet.billing.models.papers import InvoicePaper
from sublet.billing.models.payments import (
    Dispute,
    GatewayAccount,
    GatewayCustomer,
    Payment,
    PaymentLink,
    PaymentMethod,
    ProviderEvent,
    Refund,
)
from sublet.billing.models.payouts import Payout, PayoutLine
from sublet.billing.models.places import PlaceLeft, Succession
from sublet.billing.models.terms import BillingTerms

__all__ = [
    "BankLine",
    "BankPayment",
    "BankRefund",
    "BankStatement",
    "BillingRun",
    "BillingTerms",
    "ClientMonth",
    "Dispute",
    "DunningCase",
    "DunningPolicy",
    "DunningStep",
    "Effort",
    "GatewayAccount",
    "GatewayCustomer",
    "Invoice",
    "InvoiceLine",
    "InvoicePaper",
    "Issuer",
    "LedgerEntry",
    "LedgerPosting",
    "NumberSeries",
    "Payment",
    "PaymentLink",
    "PaymentMethod",
    "Payout",
    "PayoutLine",
    "PlaceLeft",
    "ProviderEvent",
    "Recipient",
    "Refund",
    "RevenueMonth",
    "Succession",
    "VatCheck",
    "WriteOff",
]
