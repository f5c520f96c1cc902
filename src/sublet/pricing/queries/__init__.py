"""Reading prices. `books_of` alone is what anything is charged by."""

from __future__ import annotations

from sublet.pricing.queries.books import book_for_everybody, books_of, lists_in_force
from sublet.pricing.queries.checks import CheckLine, CheckView, check_of, checks_of
from sublet.pricing.queries.clients import (
    ClientPrices,
    ContractRow,
    PromotionRow,
    RuleRow,
    SaleRow,
    TakenRow,
    contracts_of_reseller,
    prices_of_client,
    promotions_of,
)
from sublet.pricing.queries.pages import (
    PriceRow,
    PricesView,
    Said,
    Shown,
    Thing,
    ThingView,
    prices_of_reseller,
    rates_said,
    thing_of_reseller,
    try_price,
)
from sublet.pricing.queries.wholesale import (
    TermsSaid,
    WholesalePage,
    WholesaleRow,
    WholesaleView,
    wholesale_list,
    wholesale_of,
)

__all__ = [
    "CheckLine",
    "CheckView",
    "ClientPrices",
    "ContractRow",
    "PriceRow",
    "PricesView",
    "PromotionRow",
    "RuleRow",
    "Said",
    "SaleRow",
    "Shown",
    "TakenRow",
    "TermsSaid",
    "Thing",
    "ThingView",
    "WholesalePage",
    "WholesaleRow",
    "WholesaleView",
    "book_for_everybody",
    "books_of",
    "check_of",
    "checks_of",
    "contracts_of_reseller",
    "lists_in_force",
    "prices_of_client",
    "prices_of_reseller",
    "promotions_of",
    "rates_said",
    "thing_of_reseller",
    "try_price",
    "wholesale_list",
    "wholesale_of",
]
