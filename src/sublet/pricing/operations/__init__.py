"""What is said about prices: wholesale by the vendor, retail by each reseller."""

from __future__ import annotations

from sublet.pricing.operations.checks import CannotCheckPrices, check_prices, run_check
from sublet.pricing.operations.common import CannotSetPrice
from sublet.pricing.operations.contracts import (
    CannotAgreeContract,
    CannotEndContract,
    CannotSellExtra,
    agree_contract,
    end_contract,
    make_extra,
    remove_extra,
    sell_extra,
    take_back_extra,
)
from sublet.pricing.operations.letters import (
    CannotWriteLetters,
    Letter,
    LettersPreview,
    preview_letters,
    write_all,
    write_letters,
)
from sublet.pricing.operations.promotions import (
    CannotMakePromotion,
    CannotTakePromotion,
    end_promotion,
    make_promotion,
    stop_promotion,
    take_promotion,
)
from sublet.pricing.operations.retail import (
    check_price,
    set_floor,
    set_mark_up,
    set_own_price,
    set_rate,
    set_retail_price,
    share_prices,
)
from sublet.pricing.operations.wholesale import (
    CannotChangeCommitment,
    CannotChangeWholesale,
    change_usual_discount,
    change_wholesale_commitment,
    change_wholesale_terms,
)

__all__ = [
    "CannotAgreeContract",
    "CannotChangeCommitment",
    "CannotChangeWholesale",
    "CannotCheckPrices",
    "CannotEndContract",
    "CannotMakePromotion",
    "CannotSellExtra",
    "CannotSetPrice",
    "CannotTakePromotion",
    "CannotWriteLetters",
    "Letter",
    "LettersPreview",
    "agree_contract",
    "change_usual_discount",
    "change_wholesale_commitment",
    "change_wholesale_terms",
    "check_price",
    "check_prices",
    "end_contract",
    "end_promotion",
    "make_extra",
    "make_promotion",
    "preview_letters",
    "remove_extra",
    "run_check",
    "sell_extra",
    "set_floor",
    "set_mark_up",
    "set_own_price",
    "set_rate",
    "set_retail_price",
    "share_prices",
    "stop_promotion",
    "take_back_extra",
    "take_promotion",
    "write_all",
    "write_letters",
]
