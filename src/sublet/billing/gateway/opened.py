"""Opening the gateway of a stored account: the one place that knows which processors there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sublet.billing.gateway import Gateway
from sublet.billing.gateway.stripe import StripeGateway
from sublet.billing.models.payments import STRIPE, GatewayAccount
from sublet.foundation.secretbox import unseal

#: What opens an account with its key, at each processor.
OPENERS: Final[dict[str, Callable[[str], Gateway]]] = {STRIPE: StripeGateway}


def open_gateway(row: GatewayAccount) -> Gateway:
    """The processor's account, opened with the key that is kept sealed. Raises CannotOpen."""
    return OPENERS[row.provider](unseal(row.key_box))
