"""Which moves concern an account, what each side may do about them, and who has left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from sublet.accounts.models import Account
from sublet.core import tree
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.refs import looks_like_ref
from sublet.moves.models import FormerClient, Move, MovingCode
from sublet.moves.queries.adoptions import PriceTold, price_of_offer
from sublet.moves.queries.parties import party_of
from sublet.moves.queries.plans import Line, Plan, plan_from

#: So many that are over are shown on the page; the API has all.
MOST = 30


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A move as one side reads it. `source` and `target` are names; `party` is as which it takes part (empty: the vendor).

    `price` is told to an account that the vendor has offered another place, and to nobody else.
    `plan` is what was shown when it was asked for: whole for the account and the one that it leaves, None for others, whose
    affair it is not. `lacking` are the parties whose word is still to come.
    """

    ref: str
    kind: str
    state: str
    party: str
    account_ref: str
    account_name: str
    source: str
    target: str
    reason: str
    asked_side: str
    asked_at: datetime
    lapses_at: datetime | None
    ended_at: datetime | None
    lacking: Sequence[str]
    plan: Plan | None
    clients: int
    moved: int
    may_answer: bool
    may_take_back: bool
    price: PriceTold | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is still to come of it."""
        return self.state in tree.OPEN_STATES


@dataclass(frozen=True, slots=True)
class MovePage:
    """Moves, newest first; `next_cursor` is empty on the last page, `previous_cursor` on the first."""

    rows: Sequence[MoveRow]
    next_cursor: str = ""
    previous_cursor: str = ""


@dataclass(frozen=True, slots=True)
class CodeView:
    """The account's own code, if one still names it."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FormerRow:
    """A client that has left, with what was kept about it."""

    id: int
    client_ref: str
    name: str
    kind: str
    went_to: str
    left_at: datetime
    notes: str
    external_id: str
    tags: Sequence[str]


def _may_read(actor: Actor) -> None:
    if actor.account_kind == VENDOR:
        actor.require("accounts:view")
    elif actor.account_kind == RESELLER:
        actor.require("clients:view")
    else:
        actor.require("settings:view")


def moves_of(
    actor: Actor, *, is_open: bool | None = None, cursor: str = "", size: int = MOST, at: datetime
) -> MovePage:
    """The moves that the actor's account takes part in; of the vendor, all (``accounts:view``, of a reseller ``clients:view``, else
    ``settings:view``). Raises Forbidden."""
    _may_read(actor)
    rows = _mine(actor)
    if is_open is not None:
        waiting = Q(state__in=tree.OPEN_STATES)
        rows = rows.filter(waiting) if is_open else rows.exclude(waiting)
    found, newer, older = newest_first(rows, cursor=cursor, size=size)
    return MovePage(tuple(_row(each, actor, at) for each in found), older, newer)


def move_of(actor: Actor, *, move_ref: str, at: datetime) -> MoveRow:
    """One of them. Raises NotFound, Forbidden."""
    _may_read(actor)
    row = _mine(actor).filter(ref=move_ref).first() if looks_like_ref(move_ref, "mov") else None
    if row is None:
        raise NotFound
    told = _row(row, actor, at)
    if row.kind in tree.ADOPTIONS and told.party == tree.ACCOUNT and told.is_open and actor.is_owner:
        return replace(told, price=price_of_offer(row, at=at))
    return told


def _mine(actor: Actor) -> QuerySet[Move]:
    # unscoped: both sides of a move read it; narrowed to those that the actor's account takes part in
    rows = Move.unscoped.select_related("account", "source", "target")
    if actor.account_kind == VENDOR:
        return rows
    own = Q(target_id=actor.account_id) | (Q(source_id=actor.account_id) & ~Q(kind=tree.MERGE))
    if actor.reach is not None:
        # What is about the reseller itself is for whoever reaches all of its clients.
        return rows.filter(own, account_id__in=actor.reach)
    # Of a client that its reseller owns it is the reseller's affair until it is done.
    account = Q(account_id=actor.account_id)
    told = (
        Q(state=Move.State.DONE) | Q(account__ownership="client") | Q(asked_side=tree.ACCOUNT) | ~Q(kind=tree.TRANSFER)
    )  # of what the vendor offers it is told whoever owns it
    rows = rows.filter(own | (account & told))
    if actor.impersonator is not None:
        # Whoever looks after it now reads no more in a visit than at home: not how it left somebody before.
        visitor = actor.impersonator.account_id
        rows = rows.filter(Q(source_id=visitor) | Q(target_id=visitor))
    return rows


def _row(move: Move, actor: Actor, at: datetime) -> MoveRow:
    party = "" if actor.account_kind == VENDOR else party_of(move, actor) or ""
    state = move.state
    if state == Move.State.ASKED and move.lapses_at is not None and move.lapses_at <= at:
        state = Move.State.LAPSED  # nobody has written it down yet
    lacking = tree.still_lacking(move.kind, move.account.ownership, move.agreed) if state == tree.ASKED else frozenset()
    plan = plan_from(move.plan) if party in {tree.SOURCE, tree.ACCOUNT} or not party else None
    clients = next((line["count"] for line in move.plan.get("along", ()) if line["code"] == "clients"), 0)
    acts = actor.impersonator is None and _speaks(move, party, actor)
    return MoveRow(
        ref=move.ref,
        kind=move.kind,
        state=state,
        party=party,
        account_ref=move.account.ref,
        account_name=move.account_name or move.account.name,
        source="" if move.source.kind == VENDOR else move.source.name,
        target=move.target.name if move.target is not None else "",
        reason=move.reason,
        asked_side=move.asked_side,
        asked_at=move.asked_at,
        lapses_at=move.lapses_at if state == tree.ASKED else None,
        ended_at=move.ended_at,
        lacking=tuple(each for each in tree.PARTIES if each in lacking),
        plan=plan,
        clients=clients,
        moved=move.moved,
        may_answer=acts and party in lacking,
        may_take_back=_may_take_back(move, party, actor)
        if state == tree.ASKED and actor.impersonator is None
        else False,
    )


def _may_take_back(move: Move, party: str, actor: Actor) -> bool:
    if move.asked_side == tree.OFFERED:
        return actor.account_kind == VENDOR and actor.may("accounts:manage")
    return party == move.asked_side and _speaks(move, party, actor)


def _speaks(move: Move, party: str, actor: Actor) -> bool:
    if party == tree.ACCOUNT or move.kind in {tree.MERGE, tree.REVERT}:
        return actor.is_owner and actor.user_id is not None
    return actor.may("clients:manage") and (actor.reach is None or party == tree.SOURCE)


def owns_itself(actor: Actor) -> bool:
    """Whether the client in which the actor acts is its own, so that its owner decides where it goes."""
    return Account.objects.filter(id=actor.account_id, kind=CLIENT, ownership=Account.Ownership.CLIENT).exists()


def own_code(actor: Actor, *, at: datetime) -> CodeView | None:
    """The code by which others name the actor's account in a move now."""
    row = MovingCode.objects.filter(account_id=actor.account_id, expires_at__gt=at).first()
    return CodeView(row.code, row.expires_at) if row is not None else None


def require_code(actor: Actor, *, at: datetime) -> CodeView:
    """The same, for a program. Raises NotFound where there is none."""
    found = own_code(actor, at=at)
    if found is None:
        raise NotFound
    return found


def former_clients(actor: Actor, *, cursor: str = "", size: int = 50) -> tuple[Sequence[FormerRow], str, str]:
    """The clients that have left the actor's reseller, newest first, with what it kept about them (``clients:view``); then the
    cursors of the next page and of the one before. Raises Forbidden."""
    actor.require("clients:view")
    if actor.account_kind != RESELLER or actor.reach is not None:
        return (), "", ""  # whoever is confined to chosen clients reaches none of these any more
    found, newer, older = newest_first(
        FormerClient.objects.filter(account_id=actor.account_id), cursor=cursor, size=size
    )
    rows = tuple(
        FormerRow(
            id=each.id,
            client_ref=each.client_ref,
            name=each.name,
            kind=each.kind,
            went_to=each.went_to,
            left_at=each.left_at,
            notes=each.notes,
            external_id=each.external_id,
            tags=tuple(each.tags),
        )
        for each in found
    )
    return rows, older, newer


__all__ = [
    "CodeView",
    "FormerRow",
    "Line",
    "MovePage",
    "MoveRow",
    "former_clients",
    "move_of",
    "moves_of",
    "own_code",
    "owns_itself",
    "require_code",
]
