"""Agreeing to a move, declining it, taking it back; and what runs out because nobody answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from sublet.accounts.models import Account
from sublet.core import tree
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import PLATFORM, enqueue
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.scope import platform_scope
from sublet.moves.events import MoveAgreed, MoveDeclined, MoveLapsed, MoveTakenBack
from sublet.moves.models import Move
from sublet.moves.operations.asking import LONGEST_REASON
from sublet.moves.operations.carrying import carry_out, lock_accounts, refuse
from sublet.moves.operations.parties import require_party, tell_parties, write_to
from sublet.moves.operations.refusals import CannotMoveAccount
from sublet.moves.queries.parties import account_of, parties_of, party_of
from sublet.people.operations.granting import one_line

_MOST_AT_ONCE = 100


def agree(*, move_ref: str, actor: Actor, at: datetime) -> bool:
    """Agree for the actor's account; whether the move is done by it, or a merge begun. Otherwise others still have to.

    Asked anew with everything locked: whether it is lawful, whether the account still stands where it was. Twice is once. Raises
    NotFound, Forbidden, CannotWhileImpersonating, CannotMoveAccount.
    """
    with _open(move_ref, actor, at) as move:
        party = _whose_word(move, actor)
        if move.state == Move.State.DONE and party in move.agreed:
            return True
        _require_asked(move, at)
        if party in move.agreed:
            raise CannotMoveAccount("not-yours")
        require_party(move, party, actor)
        if (move.account.parent_id or 0) != move.source_id:
            raise CannotMoveAccount("meanwhile")
        refuse(move.kind, move.account, move.target, side=move.asked_side, at=at, agreed=True)
        move.agreed = {**move.agreed, party: [actor.name[:200], at.isoformat()]}
        if tree.still_lacking(move.kind, move.account.ownership, move.agreed):
            move.save(update_fields=["agreed"])
            tell_parties(move, MoveAgreed(**_named(move)), actor=actor, at=at)
            return False
        tell_parties(move, MoveAgreed(**_named(move)), actor=actor, at=at)
        if move.kind == tree.MERGE:
            move.state = Move.State.APPROVED
            move.job_id = enqueue(
                "moves.merge", account_id=PLATFORM, actor=actor, at=at, payload={"move_ref": move.ref}, key=move.ref
            )
            move.save(update_fields=["agreed", "state", "job_id"])
        else:
            carry_out(move, actor=actor, at=at)
        return True


def decline(*, move_ref: str, reason: str = "", actor: Actor, at: datetime) -> None:
    """Say no for the actor's account, as one whose word it takes. Raises as `agree`."""
    with _open(move_ref, actor, at) as move:
        party = _whose_word(move, actor)
        if party == move.asked_side:
            raise NotFound
        _require_asked(move, at)
        require_party(move, party, actor)
        _end(move, Move.State.DECLINED, actor=actor, at=at)
        why = one_line(reason, LONGEST_REASON)
        tell_parties(move, MoveDeclined(**_named(move)), actor=actor, at=at, reason=why)
        _write_to_asker(move, "declined", actor=actor, at=at)


def take_back(*, move_ref: str, actor: Actor, at: datetime) -> None:
    """No longer ask for it, as the side that did. Raises as `agree`."""
    with _open(move_ref, actor, at) as move:
        party = party_of(move, actor)
        if party != move.asked_side:
            raise NotFound
        _require_asked(move, at)
        require_party(move, party, actor)
        _end(move, Move.State.TAKEN_BACK, actor=actor, at=at)
        tell_parties(move, MoveTakenBack(**_named(move)), actor=actor, at=at)


def let_moves_lapse(*, actor: Actor, at: datetime) -> int:
    """Write down which requests nobody has answered in time; how many. For the schedule, in a platform scope.

    One that has run out can be agreed to no more since its end, whenever this runs.
    """
    with transaction.atomic():
        rows = Move.objects.select_for_update(of=("self",)).filter(state=Move.State.ASKED, lapses_at__lte=at)
        over = list(rows.select_related("account", "source", "target").order_by("id")[:_MOST_AT_ONCE])
        for move in over:
            _lapse(move, actor=actor, at=at)
            _write_to_asker(move, "lapsed", actor=actor, at=at)
    return len(over)


def end_unanswered(accounts: Sequence[Account], *, actor: Actor, at: datetime) -> None:
    """Let what was asked for about these accounts, locked, run out: they go elsewhere, where nobody could answer it or take it
    back, and an account moves once at a time. In the caller's transaction and a platform scope, before they go. No mail: its
    words say that everything stays as it is."""
    rows = Move.objects.select_for_update(of=("self",)).filter(account__in=accounts, state=Move.State.ASKED)
    for move in rows.select_related("account", "source", "target").order_by("id"):
        _lapse(move, actor=actor, at=at)


def _lapse(move: Move, *, actor: Actor, at: datetime) -> None:
    _end(move, Move.State.LAPSED, actor=actor, at=at)
    tell_parties(move, MoveLapsed(**_named(move)), actor=actor, at=at)


@contextmanager
def _open(move_ref: str, actor: Actor, at: datetime) -> Iterator[Move]:
    """The move with its accounts, all locked: the accounts first, in the order of their keys, as whoever asks does."""
    if not looks_like_ref(move_ref, "mov") or actor.account_kind == VENDOR:
        raise NotFound
    with transaction.atomic(), platform_scope("a move lies on both sides of the line"):
        ids = Move.objects.filter(ref=move_ref).values_list("account_id", "source_id", "target_id").first()
        # A stranger waits for no lock, and learns nothing.
        if ids is None or actor.account_id not in ids:
            raise NotFound
        accounts = lock_accounts(each for each in ids if each is not None)
        move = Move.objects.select_for_update(of=("self",)).get(ref=move_ref)
        move.account, move.source = accounts[ids[0]], accounts[ids[1]]
        move.target = accounts[ids[2]] if ids[2] is not None else None
        yield move


def _whose_word(move: Move, actor: Actor) -> str:
    """As which party the actor answers. A client whose reseller owns it is asked nothing, and learns of nothing before it is
    done. Raises NotFound."""
    party = party_of(move, actor)
    if party is None or party not in parties_of(move):
        raise NotFound
    return party


def _require_asked(move: Move, at: datetime) -> None:
    if move.state != Move.State.ASKED:
        raise CannotMoveAccount("lapsed" if move.state == Move.State.LAPSED else "answered")
    if move.lapses_at is not None and move.lapses_at <= at:
        raise CannotMoveAccount("lapsed")


def _end(move: Move, state: str, *, actor: Actor, at: datetime) -> None:
    move.state, move.ended_at, move.ended_by = state, at, actor.name[:200]
    move.save(update_fields=["state", "ended_at", "ended_by"])


def _write_to_asker(move: Move, what: str, *, actor: Actor, at: datetime) -> None:
    asker = account_of(move, move.asked_side)
    if asker is not None:
        write_to(asker, move, what, actor=actor, at=at)


def _named(move: Move) -> dict[str, str]:
    return {
        "move": move.ref,
        "kind": move.kind,
        "ref": move.account.ref,
        "name": move.account.name,
        "target": move.target.name if move.target is not None else "",
    }
