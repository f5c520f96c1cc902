"""What billing keeps."""

from __future__ import annotations

from sublet.billing.models.issuers import Issuer, Recipient, VatCheck

__all__ = ["Issuer", "Recipient", "VatCheck"]
