"""Who takes part in a move, as which party, and who hears of it."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils import translation

from sublet.accounts.models import Account
from sublet.branding.queries import origin, primary_host
from sublet.core.rights import CLIENT, DIRECT, RESELLER
from sublet.core.tree import ACCOUNT, ADOPTIONS, MERGE, REVERT, SOURCE, TARGET
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.messaging.operations import queue_mail
from sublet.moves.models import Move
from sublet.moves.operations.refusals import CannotMoveAccount
from sublet.moves.queries.parties import account_of, parties_of
from sublet.people.models import Collaborator


def require_party(move: Move, party: str, actor: Actor) -> None:
    """Raise unless the actor may speak for that party of the move: an owner in person for its own account and in a merge,
    staff of a reseller with ``clients:manage`` otherwise, within its reach."""
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("never")
    if party == ACCOUNT or move.kind in {MERGE, REVERT}:
        if not actor.is_owner:
            raise Forbidden("settings:manage")
        actor.require_in_person()
        return
    actor.require("clients:manage")
    if actor.reach is not None and (party == TARGET or not actor.reaches(move.account_id)):
        raise CannotMoveAccount("confined")


def tell_parties(move: Move, event: Event, *, actor: Actor, at: datetime, reason: str = "") -> None:
    """Write it into the history of each account that takes part and whose word counts, once."""
    told: set[int] = set()
    # Of what the vendor offers, the reseller that would be left is no party, and reads it all the same.
    told_of = (*parties_of(move), *((SOURCE,) if move.kind in ADOPTIONS else ()))
    for party in told_of:
        account = account_of(move, party)
        if account is None or account.id in told:
            continue
        told.add(account.id)
        # Its own affair: whoever stands above a client reads it in its own history, if it takes part.
        record(event, account_id=account.id, actor=actor, at=at, reason=reason)


def write_to(
    account: Account,
    move: Move,
    what: str,
    *,
    actor: Actor,
    at: datetime,
    who: str = "",
    days: int = 0,
    key: str = "",
    why: str = "",
) -> None:
    """Write to the owner of an account, in the brand and language of where it stands now; nobody where it has none.

    `why`: a code of `CannotMoveAccount`, which is told as the reason.
    """
    # unscoped: people of the other side
    places = Collaborator.unscoped.filter(
        account_id=account.id, is_owner=True, ended_at__isnull=True, user__is_active=True
    )
    owner = places.select_related("user").first()
    if owner is None:
        return
    user = owner.user
    language = user.language or account.language
    with translation.override(language or "en"):
        reason = str(CannotMoveAccount.SENTENCES.get(why, "")) if why else move.reason if what == "asked" else ""
    queue_mail(
        template="move",
        account_id=account.id,
        to_email=user.email,
        to_name=user.name,
        language=language,
        context={
            "what": what,
            "kind": move.kind,
            "name": user.name or user.email,
            "who": who or actor.name,
            "account": move.account.name,
            "target": move.target.name if move.target is not None else "",
            "reason": reason,
            "days": days,
            "url": origin(primary_host(account.id)) + _page(account),
        },
        key=f"move:{move.ref}:{what}:{key or account.ref}",
        actor=actor,
        at=at,
    )


_PAGES = {RESELLER: "reseller-moves", CLIENT: "client-moves", DIRECT: "client-moves"}


def _page(account: Account) -> str:
    name = _PAGES.get(account.kind)
    return reverse(name, kwargs={"account": account.ref}) if name is not None else "/"
