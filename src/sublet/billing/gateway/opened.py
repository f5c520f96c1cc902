"""Opening the gateway of a stored account: the one place that knows which processors there are."""

from __future__ import annotations

from sublet.billing.gateway import Gateway
from sublet.billing.gateway.stripe import StripeGateway
from sublet.billing.models.payments import GatewayAccount
from sublet.foundation.secretbox import unseal


def open_gateway(row: GatewayAccount) -> Gateway:
    """The processor's account, opened with the key that is kept sealed. Raises CannotOpen."""
    return StripeGateway(unseal(row.key_box))
