"""Whose account at a processor is behind what an account may see: often the vendor's, which is not the account's to see."""

from __future__ import annotations

from sublet.billing.models.payments import GatewayAccount, Payment, PaymentMethod
from sublet.foundation.unscoped import past_scope


def gateway_behind(row: Payment | PaymentMethod) -> GatewayAccount:
    """The account at a processor by which a payment goes, or at which a way of paying is kept; for no eyes of the actor."""
    with past_scope("by whom it is collected, of a payment or a way of paying that the actor may see"):
        # unscoped: as above
        return GatewayAccount.unscoped.get(id=row.gateway_id)
