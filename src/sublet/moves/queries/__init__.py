"""Reading moves: which concern an account, what they do, who has left."""

from sublet.moves.queries.adoptions import (
    Candidate,
    Candidates,
    OfferedTo,
    PriceTold,
    adoptable,
    can_be_left,
    offer_waiting,
)
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
    "Candidate",
    "Candidates",
    "CodeView",
    "FormerRow",
    "Line",
    "MovePage",
    "MoveRow",
    "OfferedTo",
    "Plan",
    "PriceTold",
    "adoptable",
    "can_be_left",
    "former_clients",
    "move_of",
    "moves_of",
    "offer_waiting",
    "own_code",
    "owns_itself",
    "require_code",
]
