"""Carrying a move out: the tree, everything that ends with it, what stays, the histories and the mails, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sublet.accounts.models import Account
from sublet.accounts.operations.moving import Kept, move_accounts
from sublet.branding.operations.generation import bump_generation
from sublet.core import tree
from sublet.core.rights import CLIENT, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.journal.operations import record
from sublet.moves.events import AccountMoved, ClientLeft
from sublet.moves.models import FormerClient, Move, MovingCode
from sublet.moves.operations.parties import write_to
from sublet.moves.operations.refusals import CannotMoveAccount
from sublet.moves.queries.facts import node_of


def lock_accounts(ids: Iterable[int]) -> dict[int, Account]:
    """These accounts, locked in the order of their keys, in the platform scope of the caller. Raises NotFound."""
    wanted = sorted(set(ids))
    rows = Account.objects.select_for_update(of=("self",)).filter(id__in=wanted).order_by("id")
    found = {account.id: account for account in rows}
    if len(found) != len(wanted):
        raise NotFound
    return found


def vendor_id() -> int:
    """The root of the tree."""
    return int(Account.objects.values_list("id", flat=True).get(kind=VENDOR))


def refuse(
    kind: str, account: Account, target: Account | None, *, side: str, at: datetime, agreed: bool = False
) -> None:
    """Raise CannotMoveAccount unless the move is lawful now. With `agreed`, everybody has given its word: a notice that runs
    keeps nobody any more."""
    if kind in {tree.MERGE, tree.REVERT} and account.read_only_since is not None:
        # It could close what owes, and go on elsewhere.
        raise CannotMoveAccount("unpaid")
    node = node_of(account, at=at)
    code: str | None
    if kind == tree.DETACH:
        code = tree.refuse_detach(node, side=side)
    elif kind == tree.REVERT:
        code = tree.refuse_revert(node)
    elif kind in tree.ADOPTIONS:
        source = Account.objects.get(id=account.parent_id or 0) if account.kind == CLIENT else account
        code = tree.refuse_adoption(
            node, node_of(source, at=at), node_of(target, at=at) if target is not None else None,
            limited=source.read_only_since is not None,
        )  # fmt: skip
    elif target is None:
        raise ValueError(kind)
    elif kind == tree.TRANSFER:
        # When the last word is said, ownership may be another than when it was asked: who has agreed says enough.
        owner_side = next(iter(tree.may_dispose(node.ownership)))
        code = tree.refuse_transfer(node, node_of(target, at=at), side=owner_side if agreed else side)
    elif kind == tree.ATTACH:
        code = tree.refuse_attach(node, node_of(target, at=at))
    else:
        code = tree.refuse_merge(node, node_of(target, at=at))
    if code is not None:
        raise CannotMoveAccount(code)


def carry_out(move: Move, *, actor: Actor, at: datetime) -> None:
    """Do what everybody has agreed to, but a merge, which a job does. In a platform scope, with the accounts and the row locked,
    once `refuse` has found nothing."""
    account = move.account
    former_id = account.parent_id or 0
    node = node_of(account, at=at)
    to = tree.placed(move.kind, node, vendor_id=vendor_id(), to_id=move.target_id)
    if move.kind == tree.REVERT:
        # It stands where it stood, and looks after nobody any more: codes and hosts of a reseller are over.
        account.kind, account.placed_at = to.kind, at
        account.version += 1
        account.save(update_fields=["kind", "placed_at", "version"])
    else:
        if move.kind == tree.ADOPT_TO:
            account.ownership = to.ownership  # its owner has chosen: whoever else stays a client keeps its ownership
        kept = move_accounts([account], to=to, former_id=former_id, actor=actor, at=at)
        if move.kind in tree.LEAVING:
            keep_for_former(kept, move, former_id=former_id, at=at)
    # Whom it named then is somebody else now.
    MovingCode.objects.filter(account=account).delete()
    move.state, move.ended_at, move.ended_by = Move.State.DONE, at, actor.name[:200]
    move.save()
    bump_generation()
    moved = AccountMoved(
        ref=account.ref, name=account.name, move=move.ref, kind=move.kind,
        joined=move.target.name if move.target is not None else "",
    )  # fmt: skip
    record(moved, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=move.reason)
    if move.kind in tree.LEAVING:
        left = ClientLeft(ref=account.ref, name=account.name, kind=move.kind)
        record(left, account_id=former_id, actor=actor, at=at)
    _write_to_all(move, actor=actor, at=at)


def keep_for_former(kept: Sequence[Kept], move: Move, *, former_id: int, at: datetime) -> None:
    """What the one that is left kept about its client stays with it."""
    FormerClient.objects.bulk_create(
        FormerClient(
            account_id=former_id,
            client_ref=each.ref,
            name=each.name,
            notes=each.notes,
            external_id=each.external_id,
            tags=list(each.tags),
            kind=move.kind,
            went_to=move.target.name if move.target is not None else "",
            left_at=at,
        )
        for each in kept
    )


def _write_to_all(move: Move, *, actor: Actor, at: datetime) -> None:
    """The account itself in its new brand, each side in its own. The vendor is written to by nobody: it reads its list."""
    sides = [move.account, *([move.target] if move.target is not None else [])]
    if move.source.kind != VENDOR:
        sides.append(move.source)
    # As they stand now: what was read before the move says who stood above then.
    now = {each.id: each for each in Account.objects.filter(id__in=[side.id for side in sides])}
    for side in {side.id: side for side in sides}:
        write_to(now[side], move, "done", actor=actor, at=at)
