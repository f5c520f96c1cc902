"""Tables of the app."""

from __future__ import annotations

from sublet.pricing.models.checks import PriceCheck, PriceCheckLine, PriceLetter
from sublet.pricing.models.contracts import AgreedContract, Extra, ExtraSold
from sublet.pricing.models.promotions import ListPromotionTaken, Promotion, PromotionTaken
from sublet.pricing.models.retail import CurrencyRate, PriceSharing, RetailFloor, RetailMarkUp, RetailPriceSet
from sublet.pricing.models.wholesale import WholesaleAgreed, WholesaleCommitment

__all__ = [
    "AgreedContract",
    "CurrencyRate",
    "Extra",
    "ExtraSold",
    "ListPromotionTaken",
    "PriceCheck",
    "PriceCheckLine",
    "PriceLetter",
    "PriceSharing",
    "Promotion",
    "PromotionTaken",
    "RetailFloor",
    "RetailMarkUp",
    "RetailPriceSet",
    "WholesaleAgreed",
    "WholesaleCommitment",
]
