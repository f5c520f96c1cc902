"""What billing keeps."""

from __future__ import annotations

from sublet.billing.models.issuers import Issuer, Recipient, VatCheck
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

__all__ = [
    "Dispute",
    "GatewayAccount",
    "GatewayCustomer",
    "Issuer",
    "Payment",
    "PaymentLink",
    "PaymentMethod",
    "ProviderEvent",
    "Recipient",
    "Refund",
    "VatCheck",
]
