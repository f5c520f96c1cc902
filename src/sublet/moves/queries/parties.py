"""Which account speaks as which party of a move."""

from __future__ import annotations

from sublet.accounts.models import Account
from sublet.core.tree import ACCOUNT, MERGE, OFFERED, SOURCE, TARGET, must_agree
from sublet.foundation.actor import Actor
from sublet.moves.models import Move


def account_of(move: Move, party: str) -> Account | None:
    """The account that speaks as that party. Of a merge, the one that goes is its own source. None: nobody, or the vendor."""
    if party == OFFERED:
        return None
    if party == TARGET:
        return move.target
    if party == SOURCE:
        return move.account if move.kind == MERGE else move.source
    return move.account


def party_of(move: Move, actor: Actor) -> str | None:
    """As which party of the move the actor's account speaks; None for none."""
    for party in (ACCOUNT, SOURCE, TARGET):
        if party == ACCOUNT and move.kind == MERGE:
            continue
        account = account_of(move, party)
        if account is not None and account.id == actor.account_id:
            return party
    return None


def parties_of(move: Move) -> tuple[str, ...]:
    """The parties whose word a move takes, in order; whoever has agreed already is among them."""
    wanted = must_agree(move.kind, move.account.ownership) | {move.asked_side}
    return tuple(party for party in (SOURCE, TARGET, ACCOUNT) if party in wanted)
