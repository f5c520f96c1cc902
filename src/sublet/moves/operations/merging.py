"""Carrying a merge out: batch by batch, each whole with all that ends with it; then the reseller that is left is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sublet.accounts.models import Account
from sublet.accounts.operations.lifecycle import end_at_once
from sublet.accounts.operations.moving import move_accounts
from sublet.branding.operations.generation import bump_generation
from sublet.core import tree
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.journal.operations import record, record_many
from sublet.foundation.scope import platform_scope
from sublet.moves.events import AccountMoved, MoveStopped, ResellerMerged
from sublet.moves.models import Move, MovingCode
from sublet.moves.operations.answering import end_unanswered
from sublet.moves.operations.carrying import lock_accounts, refuse
from sublet.moves.operations.parties import write_to

#: So many clients in one transaction: while it lasts, on SQLite nobody else writes.
BATCH = 25


def merge_batch(*, move_ref: str, actor: Actor, at: datetime) -> tuple[int, int] | None:
    """Let the next clients go over, in the caller's transaction and a platform scope: how many have, of how many; None when there
    are none left, or the move is over. Raises CannotMoveAccount when a side is no longer open."""
    with platform_scope("a merge lies on both sides of the line"):
        # The clients together with both resellers, all in the order of their keys: a client that came in as an account of its own
        # is older than its reseller, and whoever moves it locks it first.
        goes = Account.objects.filter(parent_id__in=Move.objects.filter(ref=move_ref).values("account_id"))
        following = list(goes.order_by("id").values_list("id", flat=True)[:BATCH])
        move, locked = _running(move_ref, following)
        if move is None or move.target is None:
            return None
        refuse(tree.MERGE, move.account, move.target, side=move.asked_side, at=at, agreed=True)
        if not following:
            return None
        # One that went elsewhere before it was locked is no longer theirs.
        clients = [locked[each] for each in following if locked[each].parent_id == move.account_id]
        to = tree.Placed(CLIENT, move.target_id, CLIENT)
        end_unanswered(clients, actor=actor, at=at)
        move_accounts(clients, to=to, former_id=move.account_id, within=True, actor=actor, at=at)
        told = [
            (
                each.id,
                AccountMoved(ref=each.ref, name=each.name, move=move.ref, kind=move.kind, joined=move.target.name),
            )
            for each in clients
        ]
        record_many(told, parent_id=move.target_id, actor=actor, at=at)
        bump_generation()
        move.moved += len(clients)
        move.save(update_fields=["moved"])
        left = Account.objects.filter(parent_id=move.account_id).count()
        return move.moved, move.moved + left


def finish_merge(*, move_ref: str, actor: Actor, at: datetime) -> bool:
    """Close the reseller whose clients have all gone over, for good, with everything that works for it, in the caller's
    transaction and a platform scope; False when there are clients again (somebody opened one meanwhile), or it was done."""
    with platform_scope("a merge lies on both sides of the line"):
        move, _locked = _running(move_ref)
        if move is None or move.target is None:
            return move is None
        # Whoever opens a client has its reseller locked against this: either it is seen here, or it finds it closed.
        if Account.objects.filter(parent_id=move.account_id).exists():
            return False
        gone = move.account
        move.state, move.ended_at, move.ended_by = Move.State.DONE, at, actor.name[:200]
        move.save(update_fields=["state", "ended_at", "ended_by"])
        told = ResellerMerged(ref=gone.ref, name=gone.name, move=move.ref, target=move.target.name, clients=move.moved)
        for side in (gone, move.target):
            record(told, account_id=side.id, parent_id=side.parent_id, actor=actor, at=at)
        # Before it is closed: afterwards it has no host that a link could lead to.
        for side in (gone, move.target):
            write_to(side, move, "done", actor=actor, at=at)
        MovingCode.objects.filter(account=gone).delete()
        end_at_once(gone, reason=move.reason, actor=actor, at=at, told=False, successor_id=move.target.id)
        bump_generation()
    return True


def stop_merge(*, move_ref: str, why: str, actor: Actor, at: datetime) -> bool:
    """End a merge that cannot go on, in the caller's transaction and a platform scope: both sides are told why (a code of
    `CannotMoveAccount`). Who has gone over stays there, the others stay where they are; both may move again. False when it was
    over."""
    with platform_scope("a merge lies on both sides of the line"):
        move, _locked = _running(move_ref)
        if move is None or move.target is None:
            return False
        move.state, move.ended_at, move.ended_by = Move.State.STOPPED, at, ""
        move.save(update_fields=["state", "ended_at", "ended_by"])
        told = MoveStopped(
            move=move.ref, kind=move.kind, ref=move.account.ref, name=move.account.name, target=move.target.name, why=why,
            moved=move.moved,
        )  # fmt: skip
        for side in (move.account, move.target):
            record(told, account_id=side.id, parent_id=side.parent_id, actor=actor, at=at)
            write_to(side, move, "stopped", actor=actor, at=at, why=why)
    return True


def _running(move_ref: str, clients: Sequence[int] = ()) -> tuple[Move | None, dict[int, Account]]:
    """The merge, if it is being carried out, and what is locked: both resellers and these clients."""
    ids = Move.objects.filter(ref=move_ref).values_list("account_id", "target_id").first()
    if ids is None:
        raise NotFound
    accounts = lock_accounts(each for each in (*ids, *clients) if each is not None)
    move = Move.objects.select_for_update(of=("self",)).get(ref=move_ref)
    if move.state != Move.State.APPROVED:
        return None, accounts
    move.account, move.target = accounts[ids[0]], accounts.get(ids[1] or 0)
    return move, accounts
