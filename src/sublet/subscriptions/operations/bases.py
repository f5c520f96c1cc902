"""By which periods a plan is charged: said by the vendor of the plan, or chosen for one account by whoever sells to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.operations.places import locked
from sublet.catalog.queries import offer
from sublet.core.bases import EITHER, RULES, BasisRule, BasisSince, basis_at, is_chosen, rule_at
from sublet.core.lifecycle import CLOSED
from sublet.core.proration import ANNIVERSARY, BASES
from sublet.core.rights import RESELLER, VENDOR
from sublet.core.subscription import FARTHEST
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.subscriptions.events import BasisWasChosen, BasisWasRuled, UsualBasisSet
from sublet.subscriptions.models import BasisChosen, BasisRuled, UsualBasis
from sublet.subscriptions.operations.basis_mails import write_of_rule
from sublet.subscriptions.operations.places import BUYS, subscriber
from sublet.subscriptions.operations.plans import NOW, WHENS, moment_of
from sublet.subscriptions.operations.written import told
from sublet.subscriptions.queries.bases import (
    SAYS,
    can_be_taken,
    last_day_begun,
    rules,
    said_of,
    usual_basis_of,
    vendor_says,
)
from sublet.subscriptions.queries.held import held


class CannotChooseBasis(Refusal):
    """Why an account is charged by the same periods as before."""

    SENTENCES: ClassVar = {
        "closed": _("This account is closed. Take the closing back first."),
        "wrong-basis": _("One is charged by the calendar or by the anniversary."),
        "past": _("This moment is over. Choose one that lies ahead."),
        "too-far": _("This is more than two years ahead."),
        "day-missing": _("Choose a day."),
        "no-period": _("Without a plan there is no period whose end could be waited for."),
        "vendor-says": _("The vendor says by which periods this plan is charged."),
    }


class CannotSetUsualBasis(Refusal):
    """Why new clients are charged by the same periods as before."""

    SENTENCES: ClassVar = {
        "closed": _("This account is closed. Take the closing back first."),
        "wrong-basis": _("One is charged by the calendar or by the anniversary."),
    }


class CannotRuleBasis(Refusal):
    """Why a plan is charged by the same periods as before."""

    SENTENCES: ClassVar = {
        "wrong-basis": _("One is charged by the calendar or by the anniversary, or it is left open."),
        "begun": _("This day has begun already somewhere. Choose a later one: what is charged already stays as it is."),
        "too-far": _("This is more than two years ahead."),
    }


def choose_basis(
    *,
    ref: str,
    basis: str,
    when: str = NOW,
    day: date | None = None,
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> bool:
    """Have an account charged by the calendar or by its anniversaries: at once, from the end of its period, or from a `day` on.

    By whoever may change its plan (`places.subscriber`), where the vendor leaves it open. One choice waits at a time: this one
    replaces another, and what is so already takes it back. False: nothing is to be decided. Raises NotFound, Forbidden,
    CannotChooseBasis; ValueError for another `when`.
    """
    if when not in WHENS:
        raise ValueError(when)
    with transaction.atomic():
        account = subscriber(ref, actor, CannotChooseBasis)
        if basis not in BASES:
            raise CannotChooseBasis("wrong-basis", field="basis")
        now = held(account)
        effective = moment_of(when, day, account=account, now=now, at=at, refusal=CannotChooseBasis)
        if effective > at + FARTHEST:
            raise CannotChooseBasis("too-far", field="day")
        said = said_of([account.id])
        if vendor_says(now, said.rules, account.timezone, effective) != EITHER:
            raise CannotChooseBasis("vendor-says", field="basis")
        rows = BasisChosen.objects.filter(account_id=account.id, dropped_at__isnull=True)
        if is_chosen((said.chosen or {}).get(account.id, ()), basis, effective, at):
            return False
        rows.filter(effective_at__gt=at).update(dropped_at=at)
        holds = sorted(
            (BasisSince(row.effective_at, row.basis) for row in rows.order_by("id")), key=lambda each: each.since
        )
        if basis_at(holds, effective) != basis:
            BasisChosen(
                account=account,
                basis=basis,
                effective_at=effective,
                decided_at=at,
                decided_by=actor.name[:200],
            ).save()
        facts = told(account, now.agreed_plan(now.agreement.phase_at(effective)))
        event = BasisWasChosen(**facts, basis=basis, from_at=effective.isoformat())
        record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at, reason=reason)
        return True


def set_usual_basis(*, basis: str, actor: Actor, at: datetime, reason: str = "") -> bool:
    """Say by which periods the clients are charged that the reseller opens from now on (``subscription:manage``, for all clients).

    Who is there already stays as it is, and so does who moves in: its periods run. Where the vendor says it of a plan, that holds.
    False: it is so already. Raises NotFound, Forbidden, CannotSetUsualBasis.
    """
    if actor.account_kind != RESELLER:
        raise NotFound
    actor.require_for_all(BUYS)
    if basis not in BASES:
        raise CannotSetUsualBasis("wrong-basis", field="basis")
    with transaction.atomic():
        own = locked(actor.account_ref)  # two who say it at once follow one another
        if own.state == CLOSED:
            raise CannotSetUsualBasis("closed")
        if usual_basis_of(own.id) == basis:
            return False
        UsualBasis(account=own, basis=basis, decided_at=at, decided_by=actor.name[:200]).save()
        event = UsualBasisSet(ref=own.ref, name=own.name, basis=basis)
        record(event, account_id=own.id, parent_id=own.parent_id, actor=actor, at=at, reason=reason)
        return True


def take_usual_basis(client_ids: Sequence[int], reseller_id: int, at: datetime, actor: Actor) -> None:
    """Give clients that are opened what their reseller has said of new ones, in the transaction of their birth.

    Nothing where that is the anniversary, by which everybody begins, and nothing to who moves in.
    """
    basis = usual_basis_of(reseller_id)
    if basis == ANNIVERSARY:
        return
    born = Account.objects.filter(id__in=client_ids, placed_at__isnull=True).order_by("id")
    BasisChosen.objects.bulk_create(
        BasisChosen(
            account=account, basis=basis, usual=True, effective_at=at, decided_at=at, decided_by=actor.name[:200]
        )
        for account in born
    )


def rule_basis(*, plan: str, basis: str, first_day: date, actor: Actor, at: datetime, reason: str = "") -> bool:
    """Say by which periods whoever is on a plan is charged from a day on, where each account is; ``either``: who sells it says. Each
    reseller that has clients on it is written to.

    The vendor's alone (``billing:manage``, not with a reach to some accounts only). The day has begun nowhere yet, so that
    nothing changes that is charged. What was said for that day or a later one gives way. False: it is so already. Raises
    NotFound, Forbidden, CannotRuleBasis.
    """
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require(SAYS)
    if actor.reach is not None:
        raise Forbidden(SAYS)
    present = offer()
    versions = [item.plan for item in present.every_plan if item.plan.key == plan]
    if not can_be_taken(present, plan):
        raise NotFound
    if basis not in RULES:
        raise CannotRuleBasis("wrong-basis", field="basis")
    if first_day <= last_day_begun(at):
        raise CannotRuleBasis("begun", field="first_day")
    if first_day > (at + FARTHEST).date():
        raise CannotRuleBasis("too-far", field="first_day")
    newest = max(versions, key=lambda each: each.version)
    with transaction.atomic():
        own = locked(actor.account_ref)  # two who say it at once follow one another
        rows = BasisRuled.objects.filter(plan=plan, dropped_at__isnull=True, first_day__gte=first_day)
        kept = [BasisRule(*row) for row in rows.values_list("plan", "first_day", "basis")]
        before = [each for each in rules() if each.plan == plan and each.first_day < first_day]
        if len(kept) == 1 and (kept[0].first_day, kept[0].basis) == (first_day, basis):
            return False
        is_new = rule_at(before, plan, first_day) != basis
        if not kept and not is_new:
            return False
        rows.update(dropped_at=at)
        if is_new:
            BasisRuled(plan=plan, basis=basis, first_day=first_day, decided_at=at, decided_by=actor.name[:200]).save()
        facts = told(own, newest)
        event = BasisWasRuled(**facts, basis=basis, first_day=first_day.isoformat())
        record(event, account_id=own.id, actor=actor, at=at, reason=reason)
        write_of_rule(newest, basis, first_day, vendor=own, actor=actor, at=at)
        return True


__all__ = [
    "CannotChooseBasis",
    "CannotRuleBasis",
    "CannotSetUsualBasis",
    "choose_basis",
    "rule_basis",
    "set_usual_basis",
    "take_usual_basis",
]
