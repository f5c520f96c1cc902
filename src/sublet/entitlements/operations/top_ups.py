"""Units that are given once, and the limit that an account sets for itself."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.core.entitled import METER
from sublet.core.quota import BLOCK, NOTIFY
from sublet.entitlements.events import CapRemoved, CapSet, TopUpGiven, TopUpTakenBack
from sublet.entitlements.models import Override, TopUp
from sublet.entitlements.operations.common import (
    account_below,
    account_below_of_a_giver,
    changed,
    known,
    names_of,
    own_account,
)
from sublet.entitlements.operations.overrides import MOST_UNITS
from sublet.entitlements.queries.answers import held_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.metering.queries import line_of

OWN = "client"
MOST_GIVEN = 2**31 - 1


class CannotGiveTopUp(Refusal):
    """Why nothing is given."""

    SENTENCES: ClassVar = {
        "wrong-units": _("Give a whole number of units, at least one."),
        "over": _("That date is over."),
        "not-held": _("You hold no more of this yourself: at most %(most)s can be given on top."),
    }


class CannotSetCap(Refusal):
    """Why an account's own limit stays as it is."""

    SENTENCES: ClassVar = {
        "wrong-units": _("An own limit is a whole number, not below zero."),
        "wrong-policy": _("An own limit either refuses or only tells."),
    }


def give_top_up(
    *,
    ref: str,
    meter: str,
    units: int,
    until: datetime | None = None,
    reason: str = "",
    once: str = "",
    actor: Actor,
    at: datetime,
) -> str:
    """Give an account units of a meter on top of its limits, from now until the end of its period (or `until`).

    A reseller its clients, as far as it holds so much more than they were given (``clients:manage``); the vendor anybody
    (``accounts:manage``). A standing amount has no period: there it holds until `until`, or for good. Returns the reference.
    `once` names the form that was sent: the same one again gives nothing more, and returns the reference of the first time.
    Raises NotFound, Forbidden, CannotGiveTopUp.
    """
    with transaction.atomic():
        account = account_below_of_a_giver(ref, actor)
        # unscoped: the account is locked, from the scope
        own = TopUp.unscoped.filter(account_id=account.id, giver_id=actor.account_id)
        before = own.filter(once=once[:64]).first() if once else None
        if before is not None:
            return before.ref
        there = known(account, at=at)
        thing = there.terms.meters.get(meter)
        if thing is None:
            raise NotFound
        if not 1 <= units <= MOST_GIVEN:
            raise CannotGiveTopUp("wrong-units", field="units")
        if until is not None and until <= at:
            raise CannotGiveTopUp("over", field="until")
        if actor.account_kind != "vendor":
            most = _left_to_give(account.id, meter, actor, at)
            if most is not None and units > most:
                raise CannotGiveTopUp("not-held", field="units", most=most)
        ends = until or line_of(account.id).period(thing.period, at).end
        row = TopUp(
            account_id=account.id, giver_id=actor.account_id, meter=meter, units=units, since=at, until=ends,
            reason=reason[:500], given_by=actor.name[:200], once=once[:64],
        )  # fmt: skip
        row.save(force_insert=True)
        changed(account, at=at)
        record(
            TopUpGiven(
                ref=account.ref, name=account.name, top_up=row.ref, key=meter, names=dict(names_of(thing)), units=units,
                until=ends.isoformat() if ends is not None else "", note=reason[:500],
            ),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )  # fmt: skip
        return row.ref


def _left_to_give(account_id: int, meter: str, actor: Actor, at: datetime) -> int | None:
    """What a reseller may still give on top: what it holds itself less what it has given its clients; None: without end."""
    held = held_of(actor.account_id, at)
    answer = held.meters.get(meter)
    most = answer.units if answer is not None else 0
    if most is None:
        return None
    # unscoped: what the reseller itself has given, whoever of its staff asks
    given = TopUp.unscoped.filter(giver_id=actor.account_id, meter=meter, since__lte=at)
    running = [row.units for row in given if row.until is None or row.until > at]
    return max(0, most - sum(running))


def take_back_top_up(*, ref: str, top_up: str, actor: Actor, at: datetime) -> bool:
    """Let units that were given once no longer count; False when they count no more already. Raises NotFound, Forbidden."""
    with transaction.atomic():
        account = account_below(ref, actor)
        # unscoped: the account is locked, from the scope
        row = TopUp.unscoped.select_for_update().filter(account_id=account.id, ref=top_up).first()
        if row is None or (actor.account_kind != "vendor" and row.giver_id != actor.account_id):
            raise NotFound
        if row.until is not None and row.until <= at:
            return False
        row.until = max(at, row.since)
        row.save(update_fields=["until"])
        changed(account, at=at)
        thing = known(account, at=at).terms.meters.get(row.meter)
        record(
            TopUpTakenBack(
                ref=account.ref, name=account.name, top_up=row.ref, key=row.meter,
                names=dict(names_of(thing)) if thing is not None else {}, units=row.units,
            ),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )  # fmt: skip
        return True


def set_own_cap(*, meter: str, units: int | None, policy: str = BLOCK, actor: Actor, at: datetime) -> bool:
    """Limit a meter of the actor's own account (``usage:manage``); None lifts that. False when it was so already.

    Raises Forbidden, NotFound, CannotSetCap.
    """
    with transaction.atomic():
        account = own_account(actor)
        thing = known(account, at=at).terms.meters.get(meter)
        if thing is None:
            raise NotFound
        if units is not None and not 0 <= units <= MOST_UNITS:
            raise CannotSetCap("wrong-units", field="units")
        if policy not in (BLOCK, NOTIFY):
            raise CannotSetCap("wrong-policy", field="policy")
        # unscoped: the account is locked, from the scope
        said = Override.unscoped.filter(account_id=account.id, layer=OWN, kind=METER, key=meter, until__isnull=True)
        before = said.first()
        if (before is None and units is None) or (
            before is not None and units is not None and (before.value, before.policy) == (units, policy)
        ):
            return False
        since = at
        if before is not None:
            # Whoever waited for the lock may have an earlier `at` than what was set meanwhile.
            before.until = since = max(at, before.since)
            before.save(update_fields=["until"])
        if units is not None:
            Override(
                account_id=account.id, giver_id=account.id, layer=OWN, kind=METER, key=meter, value=units, policy=policy,
                since=since, said_by=actor.name[:200],
            ).save(force_insert=True)  # fmt: skip
        changed(account, at=at)
        names = dict(names_of(thing))
        record(
            CapRemoved(key=meter, names=names)
            if units is None
            else CapSet(key=meter, names=names, units=units, policy=policy),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
        return True
