"""Codes by which an account is named in a move: given out by itself, by telephone or mail. Nobody searches for anybody."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from sublet.accounts.models import Account
from sublet.core.lifecycle import lets_people_in
from sublet.core.rights import DIRECT, RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden
from sublet.foundation.journal.operations import record
from sublet.foundation.unscoped import past_scope
from sublet.moves.events import MovingCodeMade
from sublet.moves.models import MovingCode
from sublet.moves.operations.refusals import CannotMoveAccount
from sublet.people.operations.throttle import HOUR, Limit, count_attempt

#: For how long a code names its account.
LASTS = timedelta(days=7)
#: No letter and digit that sound or look alike on the phone: 30 to the power of 12 codes.
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
#: How many codes a person, or a key, may try.
TRIES = Limit("moving-code", 20, HOUR)


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a code names."""

    account_id: int
    name: str
    kind: str


def make_moving_code(*, actor: Actor, at: datetime) -> str:
    """A new code for the actor's own account; the one before names nobody any more.

    Of a reseller with ``clients:manage``, of a direct account its owner in person. Raises Forbidden, CannotWhileImpersonating,
    CannotMoveAccount.
    """
    require_own(actor)
    code = "-".join("".join(secrets.choice(_LETTERS) for _each in range(4)) for _part in range(3))
    with transaction.atomic():
        account = Account.objects.select_for_update(of=("self",)).get(id=actor.account_id)
        if not lets_people_in(account.state):
            raise CannotMoveAccount("closed")
        MovingCode.objects.update_or_create(
            account=account,
            defaults={"code": code, "made_by": actor.name[:200], "made_at": at, "expires_at": at + LASTS},
        )
        record(MovingCodeMade(), account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
    return code


def require_own(actor: Actor) -> None:
    """Raise unless the actor speaks for its own account in moves: staff of a reseller that looks after all clients, or the
    owner of a direct account in person."""
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("never")
    if actor.account_kind == RESELLER:
        actor.require("clients:manage")
        if actor.reach is not None:
            raise CannotMoveAccount("confined")
    elif actor.account_kind == DIRECT and actor.is_owner:
        actor.require_in_person()
    else:
        raise Forbidden("settings:manage")


def whose_code(*, code: str, kind: str, actor: Actor, at: datetime) -> Named:
    """Whom that code names, if it is an account of that kind that can take part in a move. Counts as a try.

    Raises CannotMoveAccount, CannotTryAgainYet.
    """
    count_attempt(TRIES, f"{actor.account_id}:{actor.user_id or actor.key_ref}", at=at)
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    wanted = "-".join(plain[start : start + 4] for start in range(0, 12, 4)) if len(plain) == 12 else ""
    with past_scope("the code names an account that the actor does not see"):
        # unscoped: as said
        row = MovingCode.unscoped.select_related("account").filter(code=wanted, expires_at__gt=at).first()
    if row is None or row.account.kind != kind or not lets_people_in(row.account.state):
        raise CannotMoveAccount("code", field="code")
    if row.account_id == actor.account_id:
        raise CannotMoveAccount("itself", field="code")
    return Named(row.account_id, row.account.name, row.account.kind)
