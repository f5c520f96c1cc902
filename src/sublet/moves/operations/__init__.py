"""Moving accounts: asked for, agreed to, carried out; each function is one use case."""

from sublet.moves.operations.answering import agree, decline, let_moves_lapse, take_back
from sublet.moves.operations.asking import (
    ANSWER_WITHIN,
    Asked,
    Previewed,
    ask_attach,
    ask_merge,
    ask_transfer,
    detach,
    preview_attach,
    preview_detach,
    preview_merge,
    preview_revert,
    preview_transfer,
    revert,
)
from sublet.moves.operations.codes import LASTS, make_moving_code
from sublet.moves.operations.merging import finish_merge, merge_batch, stop_merge
from sublet.moves.operations.offering import OFFERED_FOR, Offered, offer_adoption, take_offer_back
from sublet.moves.operations.refusals import CannotMoveAccount

__all__ = [
    "ANSWER_WITHIN",
    "LASTS",
    "OFFERED_FOR",
    "Asked",
    "CannotMoveAccount",
    "Offered",
    "Previewed",
    "agree",
    "ask_attach",
    "ask_merge",
    "ask_transfer",
    "decline",
    "detach",
    "finish_merge",
    "let_moves_lapse",
    "make_moving_code",
    "merge_batch",
    "offer_adoption",
    "preview_attach",
    "preview_detach",
    "preview_merge",
    "preview_revert",
    "preview_transfer",
    "revert",
    "stop_merge",
    "take_back",
    "take_offer_back",
]
