"""Beginning a sandbox, moving its clock, saying whose cards are declined, deleting it (``billing:manage`` for the whole account)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core import sandboxes as rules
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.sandboxes.events import SandboxBegun, SandboxCardsSet, SandboxDeleted, SandboxMoved, SandboxUseSet
from sublet.sandboxes.models import Sandbox, SandboxMove
from sublet.sandboxes.queries import own_sandbox, usable_meters

MANAGE: Final = "billing:manage"
COPY, MOVE = "sandboxes.copy", "sandboxes.move"
LONGEST_NAME: Final = 120
MOST_UNITS: Final = 1_000_000_000


class CannotBeginSandbox(Refusal):
    """Nothing is copied."""

    SENTENCES: ClassVar = {
        "name": _("Give the sandbox a name of at most 120 characters."),
        "too-many": _("There are %(most)s sandboxes. Delete one that nobody needs."),
        "nobody": _("There is nobody to copy: choose at least one client."),
        "too-many-clients": _("A sandbox has at most %(most)s clients. Choose those that matter."),
        "unknown-client": _("One of the clients is not known here."),
        "no-reseller": _("Choose whose clients are copied."),
    }


class CannotMoveSandbox(Refusal):
    """The clock stays where it is."""

    SENTENCES: ClassVar = {
        "copying": _("The sandbox is still being copied. Wait until that is done."),
        "failed": _("This sandbox could not be copied. Delete it and begin another."),
        "moving": _("Time is passing in this sandbox already. Wait until it has come to where it was sent."),
        "past": _("A clock is only moved forward. To go back, begin another sandbox."),
        "far": _("One move goes at most 400 days. Go on from there with the next."),
        "too-far": _("A sandbox goes at most five years beyond the day of its copy."),
        "full": _("So much has happened in this sandbox that it takes no more. Begin another one."),
        "step": _("Choose how far the clock is moved."),
        "date": _("Say to which day the clock is moved."),
        "unknown-client": _("One of the clients is not in this sandbox."),
        "unknown-meter": _("Choose a meter whose quantities add up."),
        "units": _("Enter a whole number of units, at most a billion."),
        "too-many-uses": _("So much use waits already. Move the clock first."),
    }


def begin_sandbox(
    *,
    name: str,
    clients: Sequence[str] | None = None,
    reseller: str = "",
    once: str = "",
    actor: Actor,
    at: datetime,
) -> Sandbox:
    """Have a portfolio copied by a job: a reseller's own clients, or for the vendor those of one reseller, or its direct accounts.

    `clients`: references; None: all. `reseller`: for the vendor alone; empty: its direct accounts. The same `once` again begins
    nothing more. Raises NotFound, Forbidden, CannotBeginSandbox.
    """
    manages(actor)
    called = " ".join(name.split())
    with transaction.atomic():
        own = Account.objects.select_for_update(of=("self",)).filter(id=actor.account_id).first()
        if own is None:
            raise NotFound
        if once:
            before = Sandbox.objects.filter(account_id=own.id, once=once[:64]).first()
            if before is not None:
                return before
        if not called or len(called) > LONGEST_NAME:
            raise CannotBeginSandbox("name", field="name")
        if Sandbox.objects.filter(account_id=own.id).count() >= rules.MOST:
            raise CannotBeginSandbox("too-many", most=rules.MOST)
        portfolio = _portfolio(own, reseller)
        chosen = None if clients is None else sorted(set(clients))
        number = _count(portfolio, chosen)
        row = Sandbox(
            account_id=own.id, portfolio=portfolio, name=called, chosen=chosen, copied_at=at, clock=at, made_at=at,
            made_by=actor.name[:200], expires_at=at + rules.LIFE, once=once[:64],
        )  # fmt: skip
        row.save(force_insert=True)
        told = SandboxBegun(
            sandbox=row.ref,
            called=row.name,
            ref=portfolio.ref,
            name=portfolio.name,
            clients=0 if chosen is None else number,
        )
        record(told, account_id=own.id, actor=actor, at=at)
        row.job_id = enqueue(
            COPY, account_id=own.id, actor=actor, at=at, payload={"sandbox": row.ref}, key=f"copy:{row.ref}"
        )
        row.save(update_fields=["job_id"])
    return row


def move_sandbox(
    *, ref: str, by: str, until: date | None = None, once: str = "", actor: Actor, at: datetime
) -> SandboxMove:
    """Move the clock of a sandbox forward by a job.

    `by` is one of `core.sandboxes.STEPS`: a step, to the next event, or to the noon of the day `until` where the portfolio is.
    Raises NotFound, Forbidden, CannotMoveSandbox.
    """
    manages(actor)
    with transaction.atomic():
        row = own_sandbox(ref, actor, lock=True)
        if once:
            before = SandboxMove.objects.filter(sandbox_id=row.id, once=once[:64]).first()
            if before is not None:
                return before
        _may_move(row)
        target = _target(row, by, until)
        code = rules.fault(row.clock, target, row.copied_at)
        if code is not None:
            raise CannotMoveSandbox(code, field="until")
        move = SandboxMove(
            account_id=row.account_id, sandbox=row, starts=row.clock, target=target, asked_at=at,
            asked_by=actor.name[:200], once=once[:64],
        )  # fmt: skip
        move.save(force_insert=True)
        told = SandboxMoved(
            sandbox=row.ref, called=row.name, move=move.ref, starts=row.clock.isoformat(), target=target.isoformat()
        )
        record(told, account_id=row.account_id, actor=actor, at=at)
        row.state, row.why = Sandbox.State.MOVING, ""
        row.job_id = enqueue(
            MOVE, account_id=row.account_id, actor=actor, at=at, key=f"move:{move.ref}",
            payload={"sandbox": row.ref, "move": move.ref, "to_next": by == rules.NEXT},
        )  # fmt: skip
        row.save(update_fields=["state", "why", "job_id"])
    return move


def set_declined_cards(*, ref: str, declines: Sequence[str], actor: Actor, at: datetime) -> Sandbox:
    """Say whose cards are declined in a sandbox from now on: exactly those. Raises NotFound, Forbidden, CannotMoveSandbox."""
    manages(actor)
    with transaction.atomic():
        row = own_sandbox(ref, actor, lock=True)
        _may_move(row)
        wanted = sorted(set(declines))
        if not set(wanted) <= {each[0] for each in row.clients}:
            raise CannotMoveSandbox("unknown-client", field="declines")
        if wanted != row.declines:
            row.declines = wanted
            row.save(update_fields=["declines"])
            told = SandboxCardsSet(sandbox=row.ref, called=row.name, declines=wanted)
            record(told, account_id=row.account_id, actor=actor, at=at)
    return row


def set_use(*, ref: str, client: str, meter: str, units: int, actor: Actor, at: datetime) -> Sandbox:
    """Say how much of a meter a client uses when the clock moves on from where it stands: whole units, 0 for nothing after all.

    Said again for the same client and meter, the last word holds. Raises NotFound, Forbidden, CannotMoveSandbox.
    """
    manages(actor)
    with transaction.atomic():
        row = own_sandbox(ref, actor, lock=True)
        _may_move(row)
        names = {each[0]: each[1] for each in row.clients}
        if client not in names:
            raise CannotMoveSandbox("unknown-client", field="client")
        if meter not in {each.key for each in usable_meters()}:
            raise CannotMoveSandbox("unknown-meter", field="meter")
        if not 0 <= units <= MOST_UNITS:
            raise CannotMoveSandbox("units", field="units")
        others = [each for each in row.uses if each[:2] != [client, meter]]
        uses = [*others, [client, meter, units]] if units else others
        if len(uses) > rules.MOST_USES:
            raise CannotMoveSandbox("too-many-uses", field="units")
        if uses != row.uses:
            row.uses = uses
            row.save(update_fields=["uses"])
            told = SandboxUseSet(
                sandbox=row.ref, called=row.name, client=client, client_name=names[client], key=meter, units=units
            )
            record(told, account_id=row.account_id, actor=actor, at=at)
    return row


def delete_sandbox(*, ref: str, actor: Actor, at: datetime) -> None:
    """Throw a sandbox away with all that is told of it; a move that runs ends by itself. Raises NotFound, Forbidden."""
    manages(actor)
    with transaction.atomic():
        _delete(own_sandbox(ref, actor, lock=True), actor, at)


def throw_away_expired(*, actor: Actor, at: datetime) -> int:
    """Delete the sandboxes whose time is over; how many. A job of the installation."""
    gone = 0
    for row in Sandbox.objects.filter(expires_at__lte=at).order_by("id").defer("data"):
        with transaction.atomic():
            locked = Sandbox.objects.select_for_update().filter(id=row.id).defer("data").first()
            if locked is not None:
                _delete(locked, actor, at)
                gone += 1
    return gone


def manages(actor: Actor) -> None:
    """Raise NotFound for whoever resells nothing, Forbidden without ``billing:manage`` for the whole account."""
    if actor.account_kind not in (RESELLER, VENDOR):
        raise NotFound
    actor.require_for_all(MANAGE)


def _delete(row: Sandbox, actor: Actor, at: datetime) -> None:
    told = SandboxDeleted(sandbox=row.ref, called=row.name)
    record(told, account_id=row.account_id, actor=actor, at=at)
    row.delete()


def _portfolio(own: Account, reseller: str) -> Account:
    if own.kind != VENDOR or not reseller:
        if own.kind != VENDOR and reseller not in ("", own.ref):
            raise NotFound
        return own
    if not looks_like_ref(reseller, "acc"):
        raise NotFound
    found = Account.objects.filter(parent_id=own.id, kind=RESELLER, ref=reseller).first()
    if found is None:
        raise NotFound
    return found


def _count(portfolio: Account, chosen: Sequence[str] | None) -> int:
    rows = Account.objects.filter(parent_id=portfolio.id, kind=CLIENT).exclude(state=CLOSED)
    if chosen is not None:
        if len(chosen) > rules.MOST_CLIENTS:
            raise CannotBeginSandbox("too-many-clients", field="clients", most=rules.MOST_CLIENTS)
        if any(not looks_like_ref(each, "acc") for each in chosen):
            raise CannotBeginSandbox("unknown-client", field="clients")
        rows = rows.filter(ref__in=chosen)
    number = rows.count()
    if chosen is not None and number != len(chosen):
        raise CannotBeginSandbox("unknown-client", field="clients")
    if not number:
        raise CannotBeginSandbox("nobody", field="clients")
    if number > rules.MOST_CLIENTS:
        raise CannotBeginSandbox("too-many-clients", field="clients", most=rules.MOST_CLIENTS)
    return number


def _may_move(row: Sandbox) -> None:
    if row.state != Sandbox.State.READY:
        raise CannotMoveSandbox(str(row.state))
    if row.lines >= rules.MOST_LINES:
        raise CannotMoveSandbox("full")


def _target(row: Sandbox, by: str, until: date | None) -> datetime:
    zone = row.portfolio.timezone
    if by == rules.NEXT:
        return min(row.clock + rules.LONGEST_MOVE, row.copied_at + rules.FARTHEST)
    if by == rules.DATE:
        if until is None:
            raise CannotMoveSandbox("date", field="until")
        if not abs((until - row.clock.astimezone(ZoneInfo(zone)).date()).days) < 366 * 100:
            raise CannotMoveSandbox("too-far", field="until")
        return rules.end_of(until, zone)
    if by not in rules.STEPS:
        raise CannotMoveSandbox("step", field="by")
    return rules.step(row.clock, by, zone)


__all__ = [
    "CannotBeginSandbox", "CannotMoveSandbox", "begin_sandbox", "delete_sandbox", "manages", "move_sandbox",
    "set_declined_cards", "set_use", "throw_away_expired",
]  # fmt: skip
