"""Accounts for show: marked with an end, prolonged, turned into clients, closed when the end has come."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.events import (
    AboutAccount,
    DemonstrationExtended,
    DemonstrationLapsed,
    DemonstrationMarked,
    ProspectTurnedIntoClient,
)
from sublet.accounts.models import Account
from sublet.accounts.operations.births import refuse_demo_end
from sublet.accounts.operations.lifecycle import BATCH, GRACE, note_idle, turn_closed
from sublet.accounts.operations.places import below
from sublet.core.lifecycle import ACTIVE, CLOSED, PROSPECT
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record

_ENDS = {
    "demo-past": _("A demonstration ends in the future."),
    "demo-too-long": _("A demonstration lasts at most a year."),
    "closed": _("This account is closed."),
}


class CannotMarkDemonstration(Refusal):
    """Why an account is not marked as a demonstration."""

    SENTENCES = {**_ENDS, "already": _("This account is a demonstration already.")}


class CannotExtendDemonstration(Refusal):
    """Why the end of a demonstration stays where it is."""

    SENTENCES = {**_ENDS, "not-a-demonstration": _("This account is not a demonstration.")}


class CannotTurnProspectIntoClient(Refusal):
    """Why a prospect does not become a client."""

    SENTENCES = {
        "not-a-demonstration": _("This account is a client already."),
        "closed": _("This account is closed. Take the closing back first."),
    }


def _client(ref: str, actor: Actor, refusal: type[Refusal]) -> Account:
    account = below(ref, actor)
    if account.kind != CLIENT:
        raise NotFound
    if account.state == CLOSED:
        raise refusal("closed")
    return account


def _store(
    account: Account, event: AboutAccount, *fields: str, actor: Actor, at: datetime, reason: str = ""
) -> Account:
    account.version += 1
    account.save(update_fields=[*fields, "version"])
    record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)
    return account


def mark_demonstration(*, ref: str, until: datetime, actor: Actor, at: datetime, reason: str = "") -> Account:
    """Mark a client's account as a demonstration that closes by itself at `until` (``clients:manage``).

    Raises NotFound, Forbidden, CannotMarkDemonstration.
    """
    with transaction.atomic():
        account = _client(ref, actor, CannotMarkDemonstration)
        if account.demo_until is not None:
            raise CannotMarkDemonstration("already")
        if code := refuse_demo_end(until, at):
            raise CannotMarkDemonstration(code, field="demo_until")
        account.demo_until = until
        event = DemonstrationMarked(ref=account.ref, name=account.name, until=until.isoformat())
        return _store(account, event, "demo_until", actor=actor, at=at, reason=reason)


def extend_demonstration(*, ref: str, until: datetime, actor: Actor, at: datetime, reason: str = "") -> Account:
    """Let a demonstration end at another moment, later or sooner. Raises NotFound, Forbidden, CannotExtendDemonstration."""
    with transaction.atomic():
        account = _client(ref, actor, CannotExtendDemonstration)
        if account.demo_until is None:
            raise CannotExtendDemonstration("not-a-demonstration")
        if code := refuse_demo_end(until, at):
            raise CannotExtendDemonstration(code, field="demo_until")
        if account.demo_until == until:
            return account
        before, account.demo_until = account.demo_until, until
        event = DemonstrationExtended(
            ref=account.ref, name=account.name, before=before.isoformat(), until=until.isoformat()
        )
        return _store(account, event, "demo_until", actor=actor, at=at, reason=reason)


def turn_prospect_into_client(*, ref: str, actor: Actor, at: datetime, reason: str = "") -> Account:
    """Take the mark of a demonstration off: the account stays, and a prospect becomes active.

    Raises NotFound, Forbidden, CannotTurnProspectIntoClient.
    """
    with transaction.atomic():
        account = _client(ref, actor, CannotTurnProspectIntoClient)
        if account.demo_until is None and account.state != PROSPECT:
            raise CannotTurnProspectIntoClient("not-a-demonstration")
        account.demo_until = None
        changed = ["demo_until"]
        if account.state == PROSPECT:
            note_idle(account, ACTIVE, at)
            account.state, account.state_since, account.state_reason = ACTIVE, at, reason[:500]
            changed += ["state", "state_since", "state_reason", "idle"]
        event = ProspectTurnedIntoClient(ref=account.ref, name=account.name)
        return _store(account, event, *changed, actor=actor, at=at, reason=reason)


def close_lapsed_demonstrations(*, actor: Actor, at: datetime) -> int:
    """Close the demonstrations whose end has come; returns how many. A job of the platform, in its scope.

    Each can be taken back for `GRACE`. In short transactions: it can be stopped anywhere and begun again.
    """
    actor.require("accounts:manage")
    closed = 0
    over = Account.objects.filter(demo_until__isnull=False, demo_until__lte=at).exclude(state=CLOSED)
    while True:
        with transaction.atomic():
            accounts = list(over.select_for_update(skip_locked=True).order_by("id")[:BATCH])
            for account in accounts:
                until = at + GRACE
                event = DemonstrationLapsed(ref=account.ref, name=account.name, until=until.isoformat())
                turn_closed(account, event, until=until, actor=actor, at=at, reason="")
        closed += len(accounts)
        if len(accounts) < BATCH:
            return closed
