"""Asking for a move, or doing it at once where nobody else has a word in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from sublet.accounts.models import Account
from sublet.core import tree
from sublet.core.rights import DIRECT, RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.scope import platform_scope
from sublet.moves.events import MoveAsked
from sublet.moves.models import Move
from sublet.moves.operations.carrying import carry_out, lock_accounts, refuse, vendor_id
from sublet.moves.operations.codes import require_own, whose_code
from sublet.moves.operations.parties import tell_parties, write_to
from sublet.moves.operations.refusals import CannotMoveAccount
from sublet.moves.queries.parties import account_of
from sublet.moves.queries.plans import Plan, plan_of
from sublet.people.operations.granting import one_line

LONGEST_REASON = 500
#: For how long a request can be answered.
ANSWER_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it: the move, and whether it is done. Otherwise others have to agree."""

    ref: str
    done: bool


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a move would do: the plan, the account that would move, and the other side's name."""

    kind: str
    account_name: str
    other: str
    plan: Plan
    asks: bool  # somebody else has to agree


def detach(*, account_ref: str, reason: str = "", actor: Actor, at: datetime) -> Asked:
    """Make a client a direct account, at once: its reseller (``clients:manage``) or its owner in person, whoever owns it.

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotMoveAccount.
    """
    return _ask(tree.DETACH, account_ref, None, reason=reason, actor=actor, at=at)


def preview_detach(*, account_ref: str, actor: Actor, at: datetime) -> Previewed:
    """What `detach` would do. Raises as it does."""
    return _preview(tree.DETACH, account_ref, None, actor=actor, at=at)


def ask_transfer(*, account_ref: str, code: str, reason: str = "", actor: Actor, at: datetime) -> Asked:
    """Ask for a client to go to the reseller that `code` names; that reseller, the present one and, where the account is the
    client's own, its owner have to agree. Whoever owns it asks. Raises as `detach`, CannotTryAgainYet.
    """
    named = whose_code(code=code, kind=RESELLER, actor=actor, at=at)
    return _ask(tree.TRANSFER, account_ref, named.account_id, reason=reason, actor=actor, at=at)


def preview_transfer(*, account_ref: str, code: str, actor: Actor, at: datetime) -> Previewed:
    """What `ask_transfer` would lead to. Raises as it does."""
    named = whose_code(code=code, kind=RESELLER, actor=actor, at=at)
    return _preview(tree.TRANSFER, account_ref, named.account_id, actor=actor, at=at)


def ask_attach(*, code: str, reason: str = "", actor: Actor, at: datetime) -> Asked:
    """Ask for a direct account to become a client: its owner in person with the code of a reseller, or a reseller with the code
    that the account's owner has read out. The other side has to agree. Raises as `ask_transfer`.
    """
    require_own(actor)
    joins = actor.account_kind == DIRECT
    named = whose_code(code=code, kind=RESELLER if joins else DIRECT, actor=actor, at=at)
    account_id, target_id = (actor.account_id, named.account_id) if joins else (named.account_id, actor.account_id)
    return _ask(tree.ATTACH, _ref_of(account_id), target_id, reason=reason, actor=actor, at=at)


def preview_attach(*, code: str, actor: Actor, at: datetime) -> Previewed:
    """What `ask_attach` would lead to. To the reseller it tells no more of the account than its name. Raises as it does."""
    require_own(actor)
    joins = actor.account_kind == DIRECT
    named = whose_code(code=code, kind=RESELLER if joins else DIRECT, actor=actor, at=at)
    account_id, target_id = (actor.account_id, named.account_id) if joins else (named.account_id, actor.account_id)
    return _preview(tree.ATTACH, _ref_of(account_id), target_id, actor=actor, at=at)


def ask_merge(*, code: str, reason: str = "", actor: Actor, at: datetime) -> Asked:
    """Ask for all clients of the actor's reseller to go to the one that `code` names, and for itself to be closed: its owner in
    person. The owner of the other has to agree. Raises as `ask_transfer`.
    """
    _require_owner(actor)
    named = whose_code(code=code, kind=RESELLER, actor=actor, at=at)
    return _ask(tree.MERGE, actor.account_ref, named.account_id, reason=reason, actor=actor, at=at)


def preview_merge(*, code: str, actor: Actor, at: datetime) -> Previewed:
    """What `ask_merge` would lead to. Raises as it does."""
    _require_owner(actor)
    named = whose_code(code=code, kind=RESELLER, actor=actor, at=at)
    return _preview(tree.MERGE, actor.account_ref, named.account_id, actor=actor, at=at)


def revert(*, reason: str = "", actor: Actor, at: datetime) -> Asked:
    """Make the actor's reseller, which has no clients, a direct account again: its owner in person.

    Raises Forbidden, CannotWhileImpersonating, CannotMoveAccount.
    """
    _require_owner(actor)
    return _ask(tree.REVERT, actor.account_ref, None, reason=reason, actor=actor, at=at)


def preview_revert(*, actor: Actor, at: datetime) -> Previewed:
    """What `revert` would do. Raises as it does."""
    _require_owner(actor)
    return _preview(tree.REVERT, actor.account_ref, None, actor=actor, at=at)


def _require_owner(actor: Actor) -> None:
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("never")
    if not actor.is_owner or actor.account_kind != RESELLER:
        raise Forbidden("settings:manage")
    actor.require_in_person()


def _ref_of(account_id: int) -> str:
    # unscoped: named by a code
    return str(Account.unscoped.values_list("ref", flat=True).get(id=account_id))


def _side(kind: str, account: Account, actor: Actor) -> str:
    """As which party the actor asks. Raises NotFound for whoever is none, Forbidden without the right."""
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("never")
    if account.id == actor.account_id:
        if not actor.is_owner:
            raise Forbidden("settings:manage")
        actor.require_in_person()
        return tree.SOURCE if kind == tree.MERGE else tree.ACCOUNT
    if kind == tree.ATTACH:
        return tree.TARGET
    if account.parent_id != actor.account_id or actor.account_kind != RESELLER or not actor.reaches(account.id):
        raise NotFound
    actor.require("clients:manage")
    return tree.SOURCE


def _read(kind: str, account_ref: str, target_id: int | None, actor: Actor, at: datetime, *, lock: bool) -> tuple[
    Account, Account | None, str
]:  # fmt: skip
    """The account, where it goes, and as which party the actor asks; the move is lawful."""
    if not looks_like_ref(account_ref, "acc"):
        raise NotFound
    found = Account.objects.filter(ref=account_ref).values_list("id", "parent_id").first()
    if found is None:
        raise NotFound
    wanted = [each for each in (*found, target_id) if each is not None]
    if lock:
        accounts = lock_accounts(wanted)
    else:
        accounts = {each.id: each for each in Account.objects.filter(id__in=wanted).select_related("parent__parent")}
    account, target = accounts[found[0]], accounts.get(target_id or 0)
    if account.parent_id != found[1]:
        raise CannotMoveAccount("meanwhile")  # it went elsewhere before it was locked: the one above it now is not
    side = _side(kind, account, actor)
    refuse(kind, account, target, side=side, at=at)
    return account, target, side


def _preview(kind: str, account_ref: str, target_id: int | None, *, actor: Actor, at: datetime) -> Previewed:
    with platform_scope("a move lies on both sides of the line"):
        account, target, side = _read(kind, account_ref, target_id, actor, at, lock=False)
        plan = _plan(kind, account, target, at)
        if kind == tree.ATTACH and side == tree.TARGET:
            # What the account has is its own affair until it has agreed.
            plan = Plan(along=(), ends=(), stays=(), brand=plan.brand, host=("", ""))
        lacking = tree.still_lacking(kind, account.ownership, {side})
        return Previewed(
            kind=kind,
            account_name=account.name,
            other=target.name if target is not None and target.id != actor.account_id else account.name,
            plan=plan,
            asks=bool(lacking),
        )


def _plan(kind: str, account: Account, target: Account | None, at: datetime) -> Plan:
    if kind == tree.REVERT:
        # It stands where it stood, with all that it has.
        return Plan(along=(), ends=(), stays=(), brand=("", ""), host=("", ""))
    return plan_of(account, target=target, at=at, merges=kind == tree.MERGE)


def _ask(kind: str, account_ref: str, target_id: int | None, *, reason: str, actor: Actor, at: datetime) -> Asked:
    why = one_line(reason, LONGEST_REASON + 1)
    if len(why) > LONGEST_REASON:
        raise CannotMoveAccount("reason-too-long", field="reason", most=LONGEST_REASON)
    try:
        with transaction.atomic(), platform_scope("a move lies on both sides of the line"):
            return _written(kind, account_ref, target_id, why, actor=actor, at=at)
    except IntegrityError:
        # Two at the same moment: the constraint let one through.
        raise CannotMoveAccount("moving") from None


def _written(kind: str, account_ref: str, target_id: int | None, why: str, *, actor: Actor, at: datetime) -> Asked:
    account, target, side = _read(kind, account_ref, target_id, actor, at, lock=True)
    if Move.objects.filter(account=account, state__in=tree.OPEN_STATES).exists():
        raise CannotMoveAccount("moving")
    plan = _plan(kind, account, target, at)
    lacking = tree.still_lacking(kind, account.ownership, {side})
    move = Move(
        account=account,
        kind=kind,
        state=Move.State.ASKED,
        source_id=account.parent_id or vendor_id(),
        target=target,
        account_name=account.name,
        reason=why,
        asked_side=side,
        asked_by=actor.name[:200],
        asked_at=at,
        lapses_at=at + ANSWER_WITHIN if lacking else None,
        agreed={side: [actor.name[:200], at.isoformat()]},
        plan=plan.as_data(),
    )
    move.save()
    if not lacking:
        carry_out(move, actor=actor, at=at)
        return Asked(ref=move.ref, done=True)
    names = {"move": move.ref, "kind": kind, "ref": account.ref, "name": account.name}
    told = MoveAsked(**names, target=target.name if target is not None else "")
    tell_parties(move, told, actor=actor, at=at, reason=why)
    for party in tree.PARTIES:
        other = account_of(move, party) if party in lacking else None
        if other is not None:
            write_to(other, move, "asked", actor=actor, at=at, days=ANSWER_WITHIN.days)
    return Asked(ref=move.ref, done=False)


__all__ = [
    "ANSWER_WITHIN", "Asked", "Previewed", "ask_attach", "ask_merge", "ask_transfer", "detach", "preview_attach",
    "preview_detach", "preview_merge", "preview_transfer", "revert",
]  # fmt: skip
