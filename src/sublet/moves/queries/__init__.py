"""Reading moves: which concern an account, what they do, who has left."""

from sublet.moves.queries.moves import (
    CodeView,
    FormerRow,
    MovePage,
    MoveRow,
    former_clients,
    move_of,
    moves_of,
    own_code,
    owns_itself,
    require_code,
)
from sublet.moves.queries.plans import OF_THE_OFFER, Line, Plan

__all__ = [
    "OF_THE_OFFER",
    "CodeView",
    "FormerRow",
    "Line",
    "MovePage",
    "MoveRow",
    "Plan",
    "former_clients",
    "move_of",
    "moves_of",
    "own_code",
    "owns_itself",
    "require_code",
]
