"""The life of an account: which change of state is lawful.

prospect → invited → active → suspended → closed. An account is born a prospect (a demonstration), invited (its owner has yet
to accept) or active. Closing has a grace period in which it can be taken back to the state before.

Laws (tests/core/test_lifecycle.py): a closed account only reopens; nothing returns to prospect; every state can be closed.
"""

from __future__ import annotations

PROSPECT, INVITED, ACTIVE, SUSPENDED, CLOSED = "prospect", "invited", "active", "suspended", "closed"
STATES = (PROSPECT, INVITED, ACTIVE, SUSPENDED, CLOSED)

_LAWFUL = {
    PROSPECT: {INVITED, ACTIVE, CLOSED},
    INVITED: {ACTIVE, SUSPENDED, CLOSED},
    ACTIVE: {SUSPENDED, CLOSED},
    SUSPENDED: {ACTIVE, INVITED, CLOSED},
    CLOSED: {PROSPECT, INVITED, ACTIVE, SUSPENDED},
}


def refuse_change(before: str, after: str) -> str | None:
    """Why an account in state `before` cannot become `after`: a code, or None if it can.

    Codes: ``same`` (it is so already), ``closed`` (only reopening changes a closed account), ``backwards``.
    """
    if before == after:
        return "same"
    if after in _LAWFUL[before]:
        return None
    return "backwards"


def lets_people_in(state: str) -> bool:
    """Whether the account's own collaborators may work in it; others meet the lock page."""
    return state in {PROSPECT, INVITED, ACTIVE}
