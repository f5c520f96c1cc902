"""What the vendor offers to clients whose reseller does not pay, or is not open: a place of their own, or another reseller.

Nothing changes before the client's owner has accepted, and the other reseller has agreed; who declines stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from sublet.accounts.models import Account
from sublet.core import tree
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.scope import platform_scope
from sublet.moves.events import MoveOffered, MoveTakenBack
from sublet.moves.models import Move
from sublet.moves.operations.asking import LONGEST_REASON
from sublet.moves.operations.carrying import lock_accounts, refuse
from sublet.moves.operations.codes import whose_code
from sublet.moves.operations.parties import tell_parties, write_to
from sublet.moves.operations.refusals import CannotMoveAccount
from sublet.moves.queries.parties import account_of
from sublet.moves.queries.plans import plan_of
from sublet.people.operations.granting import one_line

RIGHT: Final = "accounts:manage"
#: For how long an offer can be answered.
OFFERED_FOR: Final = timedelta(days=30)
#: To so many clients at once.
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Offered:
    """What came of it: the references of the offers, and of the accounts that got none why (a code of `CannotMoveAccount`)."""

    moves: Sequence[str]
    left_out: Mapping[str, str]


def offer_adoption(
    *, reseller: str, accounts: Sequence[str], code: str = "", reason: str = "", actor: Actor, at: datetime
) -> Offered:
    """Offer clients of a reseller that can only read and pay, or is not open, another place (the vendor's ``accounts:manage``).

    `code`: that of another reseller, which has to agree for each of them; without one the vendor takes them in itself, as direct
    accounts. Each client's owner accepts or declines within thirty days. Raises NotFound, Forbidden, CannotWhileImpersonating,
    CannotTryAgainYet, CannotMoveAccount (for all of them alone).
    """
    source = _source(reseller, actor)
    why = one_line(reason, LONGEST_REASON + 1)
    if len(why) > LONGEST_REASON:
        raise CannotMoveAccount("reason-too-long", field="reason", most=LONGEST_REASON)
    wanted = list(dict.fromkeys(accounts))
    if len(wanted) > MOST:
        raise CannotMoveAccount("too-many", field="accounts", most=MOST)
    target = whose_code(code=code, kind=RESELLER, actor=actor, at=at).account_id if code.strip() else None
    if target == source.id:
        raise CannotMoveAccount("already-there", field="code")
    made, left_out = [], {}
    for ref in wanted:
        try:
            with transaction.atomic(), platform_scope("a move lies on both sides of the line"):
                made.append(_offer(ref, source.id, target, why, actor=actor, at=at))
        except CannotMoveAccount as refusal:
            left_out[ref] = refusal.code
        except IntegrityError:  # two at the same moment: the constraint let one through
            left_out[ref] = "moving"
    return Offered(made, left_out)


def _source(reseller: str, actor: Actor) -> Account:
    if actor.account_kind != VENDOR:
        raise NotFound
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("never")
    actor.require(RIGHT)
    found = Account.objects.filter(ref=reseller, kind=RESELLER).first() if looks_like_ref(reseller, "acc") else None
    if found is None or not actor.reaches(found.id):
        raise NotFound
    return found


def _offer(ref: str, source: int, target_id: int | None, why: str, *, actor: Actor, at: datetime) -> str:
    account_id = Account.objects.filter(ref=ref, parent_id=source).values_list("id", flat=True).first()
    if account_id is None:
        raise CannotMoveAccount("not-a-client")
    accounts = lock_accounts([account_id, source, *([target_id] if target_id is not None else [])])
    account, target = accounts[account_id], accounts.get(target_id or 0)
    if account.parent_id != source:
        raise CannotMoveAccount("meanwhile")
    kind = tree.ADOPT if target is None else tree.ADOPT_TO
    refuse(kind, account, target, side=tree.OFFERED, at=at)
    if Move.objects.filter(account=account, state__in=tree.OPEN_STATES).exists():
        raise CannotMoveAccount("moving")
    move = Move(
        account=account, kind=kind, state=Move.State.ASKED, source_id=source, target=target, account_name=account.name,
        reason=why, asked_side=tree.OFFERED, asked_by=actor.name[:200], asked_at=at, lapses_at=at + OFFERED_FOR,
        agreed={tree.OFFERED: [actor.name[:200], at.isoformat()]}, plan=plan_of(account, target=target, at=at).as_data(),
    )  # fmt: skip
    move.save()
    names = {"move": move.ref, "kind": kind, "ref": account.ref, "name": account.name}
    told = MoveOffered(**names, target=target.name if target is not None else "")
    tell_parties(move, told, actor=actor, at=at, reason=why)
    for party in sorted(tree.must_agree(kind)):
        other = account_of(move, party)
        if other is not None:
            write_to(other, move, "asked", actor=actor, at=at, days=OFFERED_FOR.days)
    return move.ref


def take_offer_back(*, move_ref: str, actor: Actor, at: datetime) -> None:
    """No longer offer it (the vendor's ``accounts:manage``). Raises NotFound, Forbidden, CannotMoveAccount."""
    if actor.account_kind != VENDOR or not looks_like_ref(move_ref, "mov"):
        raise NotFound
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("never")
    actor.require(RIGHT)
    with transaction.atomic(), platform_scope("a move lies on both sides of the line"):
        rows = Move.objects.select_for_update(of=("self",)).select_related("account", "source", "target")
        move = rows.filter(ref=move_ref, asked_side=tree.OFFERED).first()
        if move is None or not actor.reaches(move.source_id):
            raise NotFound
        if move.state != Move.State.ASKED or (move.lapses_at is not None and move.lapses_at <= at):
            raise CannotMoveAccount("answered")
        move.state, move.ended_at, move.ended_by = Move.State.TAKEN_BACK, at, actor.name[:200]
        move.save(update_fields=["state", "ended_at", "ended_by"])
        told = MoveTakenBack(
            move=move.ref, kind=move.kind, ref=move.account.ref, name=move.account.name,
            target=move.target.name if move.target is not None else "",
        )  # fmt: skip
        tell_parties(move, told, actor=actor, at=at)


__all__ = ["MOST", "OFFERED_FOR", "Offered", "offer_adoption", "take_offer_back"]
