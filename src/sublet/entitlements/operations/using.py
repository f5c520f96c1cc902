"""Using up: asked before, refused past the limit, counted in the same transaction in which it was allowed.

What an account may do is read first; the ceiling that comes of it goes into one conditional statement (`metering.take`), so
nobody gets past it whoever else asks meanwhile. A pool that several accounts draw from is locked for the transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from sublet.accounts.models import Account
from sublet.core.cascade import Pool, Share
from sublet.core.quota import crossed, stand
from sublet.core.usage import ADDITIVE, refuse_moment
from sublet.entitlements import models
from sublet.entitlements.models import Alert
from sublet.entitlements.operations.looking import differs, note_state
from sublet.entitlements.queries.facts import Place, known_of, place_of
from sublet.entitlements.queries.portions import ENDLESS, apportionment_of, of_person, people_pool, room_of
from sublet.entitlements.queries.standing import (
    AccountStanding,
    MeterStanding,
    noted_states,
    pools_of,
    standing_of,
    with_pool,
)
from sublet.foundation.actor import Actor
from sublet.foundation.contention import retried
from sublet.foundation.durable import durable
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import enqueue
from sublet.metering import operations as metering
from sublet.metering.operations import CannotTakeUsage, Taken
from sublet.metering.queries import Line, Used, line_of, persons_named, usage_of, used_by_people

LIMIT_REACHED, SERVICE_OFF, SUSPENDED, POOL_EMPTY = "limit-reached", "service-off", "account-closed", "pool-empty"
PERSON_LIMIT = "collaborator-limit"
CHECK = "entitlements.check_limits"


@dataclass(frozen=True, slots=True)
class Consumed:
    """Whether it was allowed, why not, and where the meter stands now. `account`: for what could be done next.

    `person`: where it stands for whoever was named, None for nobody.
    """

    allowed: bool
    reason: str | None
    standing: MeterStanding
    account: AccountStanding
    again: bool = False
    reservation: str = ""
    ends_at: datetime | None = None
    person: MeterStanding | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    place: Place
    account: AccountStanding
    line: Line
    pool: models.Pool | None
    used_at: datetime
    collaborator: str = ""
    person: int | None = None

    def is_of_now(self, meter: str, at: datetime) -> bool:
        """Whether what is used belongs to the period that runs: of one that is over, nothing is noted and nobody told."""
        period = self.account.known.terms.meters[meter].period
        return bool(self.line.period(period, self.used_at) == self.line.period(period, at))


def consume(
    *,
    account_ref: str,
    meter: str,
    quantity: int,
    source: str,
    event_id: str,
    used_at: datetime | None = None,
    collaborator: str = "",
    actor: Actor,
    at: datetime,
) -> Consumed:
    """Use `quantity` steps of a meter, if the account may (``usage:manage``). The same source and id count once and are
    answered the same; what was refused can be asked anew. `used_at` (by the rules of usage events; None: now) says to which
    period it belongs, whose use is then compared with the limits of now. `collaborator`: who of the account uses it (a place
    in its team, or the user as sign-on names it), who may have a portion of its own.

    Raises NotFound, Forbidden, CannotTakeUsage.
    """
    if used_at is not None and (refused := refuse_moment(used_at, at)):
        raise CannotTakeUsage(refused, field="time")
    asked = _ask(account_ref, meter, actor, at, used_at=used_at, collaborator=collaborator)

    def take(ceiling: int | None) -> Taken:
        return metering.take(
            account_id=asked.place.id, meter=meter, quantity=quantity, ceiling=ceiling, source=source, event_id=event_id,
            actor=actor, at=at, used_at=used_at, line=asked.line, person=asked.person,
        )  # fmt: skip

    with durable():
        return retried(lambda: _use(asked, meter, quantity, take, actor, at))


def reserve(
    *,
    account_ref: str,
    meter: str,
    quantity: int,
    lasts: timedelta,
    source: str,
    event_id: str,
    collaborator: str = "",
    actor: Actor,
    at: datetime,
) -> Consumed:
    """Hold `quantity` steps back for work that begins now, under the same limits, for at most a day.

    `collaborator` as in `consume`. Raises NotFound, Forbidden, CannotTakeUsage.
    """
    asked = _ask(account_ref, meter, actor, at, collaborator=collaborator)

    def take(ceiling: int | None) -> Taken:
        return metering.reserve(
            account_id=asked.place.id, meter=meter, quantity=quantity, ceiling=ceiling, source=source, event_id=event_id,
            lasts=lasts, actor=actor, at=at, line=asked.line, person=asked.person,
        )  # fmt: skip

    with durable():
        return retried(lambda: _use(asked, meter, quantity, take, actor, at, holds=True))


def commit(*, reservation: str, quantity: int | None, actor: Actor, at: datetime) -> Consumed:
    """The work is done: count what it took, give the rest back. Raises NotFound, Forbidden, CannotTakeUsage."""
    return _settle(
        reservation,
        lambda: metering.commit(reservation=reservation, quantity=quantity, actor=actor, at=at),
        actor,
        at,
    )


def release(*, reservation: str, actor: Actor, at: datetime) -> Consumed:
    """The work was not done: give back what was held. Raises NotFound, Forbidden, CannotTakeUsage."""
    return _settle(reservation, lambda: metering.release(reservation=reservation, actor=actor, at=at), actor, at)


def _ask(
    ref: str, meter: str, actor: Actor, at: datetime, *, used_at: datetime | None = None, collaborator: str = ""
) -> _Asked:
    actor.require("usage:manage")
    place = place_of(ref)
    if place is None or not actor.reaches(place.id):
        raise NotFound
    asked = _asked(place, meter, at, used_at=used_at)
    if not collaborator:
        return asked
    person = persons_named([(place.id, collaborator)]).get((place.id, collaborator))
    if person is None:
        raise CannotTakeUsage("unknown-collaborator", field="collaborator")
    return replace(asked, collaborator=collaborator, person=person)


def _asked(place: Place, meter: str, at: datetime, *, used_at: datetime | None = None) -> _Asked:
    known = known_of([place], at=at)[place.id]
    if meter not in known.terms.meters:
        raise CannotTakeUsage("unknown-meter", field="meter")
    if known.terms.meters[meter].aggregation not in ADDITIVE:
        raise CannotTakeUsage("does-not-add-up", field="meter")
    line = line_of(place.id)
    used = usage_of(place.id, used_at or at, line=line)
    pools = pools_of([place]).get(place.id, {})
    # Without the pool: what it leaves is asked once it is locked.
    account = standing_of(known, used, noted_states([place.id]).get(place.id, {}), {}, at=at)
    return _Asked(place, account, line, pools.get(meter), used_at or at)


def _use(
    asked: _Asked,
    meter: str,
    quantity: int,
    take: Callable[[int | None], Taken],
    actor: Actor,
    at: datetime,
    *,
    holds: bool = False,
) -> Consumed:
    there = asked.account.meters[meter]
    with transaction.atomic():
        answer = there.answer
        if asked.pool is not None:
            # unscoped: the pool is the reseller's; the lock orders everybody who draws from it
            pool = models.Pool.unscoped.select_for_update().filter(id=asked.pool.id).first()
            if pool is not None:
                now = usage_of(asked.place.id, asked.used_at, line=asked.line)[meter]
                answer = with_pool(answer, pool, asked.place, now, at)
        # After the pool above it, everywhere: whoever draws for a person of the team waits here for the others of the team.
        rule = apportionment_of(asked.place.id, meter, lock=True) if asked.place.apportions else None
        before = stand(
            answer.bounds,
            used=there.standing.used,
            reserved=there.standing.reserved,
            reached_at=there.reached_at,
            at=at,
        )
        people = _people(asked, rule, replace(there, answer=answer, standing=before), meter)
        closed = people is not None and rule is not None and quantity > room_of(people.pool, asked.person)
        # Not taken, but for what was taken before by that name.
        taken = take(0 if closed else before.ceiling)
        after = stand(answer.bounds, used=taken.used, reserved=taken.reserved, reached_at=there.reached_at, at=at)
        standing = MeterStanding(there.meter, answer, after, taken.period, there.reached_at, there.was)
        reason = None if taken.allowed else _reason(standing)
        if closed and not taken.allowed and (after.room is None or quantity <= after.room):
            reason = PERSON_LIMIT
        drawn = (quantity if taken.allowed and not taken.again else 0, holds)
        answered = Consumed(
            taken.allowed, reason, standing, asked.account, taken.again, taken.reservation, taken.ends_at,
            people.stands(standing, drawn, asked, at) if people is not None else None,
        )  # fmt: skip
        tells = False
        if taken.again or not asked.is_of_now(meter, at):
            return answered
        if taken.allowed and not holds:
            percents = after.bound.thresholds if after.bound is not None else ()
            limit = after.limit
            tells = limit is not None and bool(
                crossed(percents, limit=limit, before=taken.used - quantity, after=taken.used)
            )
        elif not taken.allowed and reason in (LIMIT_REACHED, POOL_EMPTY):
            tells = _note_refusal(asked.place.id, standing, at)
        if taken.allowed and differs(standing):
            standing = note_state(asked.place, standing, at=at)
        if tells:
            enqueue(CHECK, account_id=asked.place.id, actor=actor, at=at, key="use")
    return replace(answered, standing=standing)


@dataclass(frozen=True, slots=True)
class _People:
    """How the account's allowance is shared out among its people, and what the one who asks has drawn of it."""

    pool: Pool
    used: tuple[int, int]

    def stands(
        self, standing: MeterStanding, drawn: tuple[int, bool], asked: _Asked, at: datetime
    ) -> MeterStanding | None:
        """Where the meter stands for whoever asked, after so much was drawn (held back, where that is said)."""
        if asked.person is None:
            return None
        quantity, holds = drawn
        own = (self.used[0] + (0 if holds else quantity), self.used[1] + (quantity if holds else 0))
        # It draws up to its room, or beyond where nothing is shared out: its own share is what it has drawn.
        key = str(asked.person)
        share = replace(self.pool.shares.get(key, Share()), used=max(0, sum(own)))
        size = ENDLESS if standing.standing.ceiling is None else standing.standing.ceiling
        pool = replace(self.pool, size=size, shares={**self.pool.shares, key: share})
        return of_person(standing, pool, asked.person, own, asked.collaborator, at)


def _people(asked: _Asked, rule: models.Apportionment | None, found: MeterStanding, meter: str) -> _People | None:
    """The pool of the team, as it is under the lock of its row; None where nobody asks for it."""
    if rule is None and asked.person is None:
        return None
    now = usage_of(asked.place.id, asked.used_at, line=asked.line)[meter] if rule is not None else None
    if now is not None:
        found = replace(found, standing=replace(found.standing, used=now.quantity, reserved=now.reserved))
    used = used_by_people(asked.place.id, meter, asked.used_at, line=asked.line)
    own = used.get(asked.person, (0, 0)) if asked.person is not None else (0, 0)
    return _People(people_pool(rule, found, used), own)


def _reason(standing: MeterStanding) -> str:
    """Why nothing more is taken, by the bound that refuses."""
    bound = standing.standing.refuses
    layer = bound.layer if bound is not None else ""
    if layer == "state":
        return SUSPENDED
    if layer == "pool":
        return POOL_EMPTY
    if bound is not None and layer == "service" and bound.limit == 0 and not bound.thresholds:
        return SERVICE_OFF
    return LIMIT_REACHED


def _note_refusal(account_id: int, standing: MeterStanding, at: datetime) -> bool:
    """Note that something was refused, once in a period for each limit. Whether that was new."""
    limit = standing.standing.refuses.limit if standing.standing.refuses is not None else 0
    about = {
        "account_id": account_id,
        "meter": standing.meter.key,
        "period_key": standing.period.key,
        "limit": limit or 0,
        "threshold": Alert.REFUSAL,
    }
    # unscoped: the account is the caller's; refusals come many in a row, so whether it is there is asked before writing
    if Alert.unscoped.filter(**about).exists():
        return False
    # unscoped: as above
    _row, new = Alert.unscoped.get_or_create(**about, defaults={"used": standing.standing.used, "at": at})
    return bool(new)


def meter_of_reservation(reservation: str) -> str:
    """The key of the meter that a reservation of the scope is of. Raises NotFound."""
    found = metering.reservation_of(reservation)
    if found is None:
        raise NotFound
    return found[1]


def _settle(reservation: str, settle: Callable[[], Taken], actor: Actor, at: datetime) -> Consumed:
    actor.require("usage:manage")
    found = metering.reservation_of(reservation)
    if found is None or not actor.reaches(found[0]):
        raise NotFound
    account_id, meter = found
    # unscoped: the reservation was found in the scope, and its account with it
    ref = Account.unscoped.filter(id=account_id).values_list("ref", flat=True).get()
    place = place_of(ref)
    if place is None:
        raise NotFound
    asked = _asked(place, meter, at)

    def work() -> Consumed:
        with transaction.atomic():
            taken = settle()
            there = asked.account.meters[meter]
            # What is held back belongs to the period in which it was reserved; the standing is that of now.
            used: Used = usage_of(place.id, at, line=asked.line)[meter]
            after = stand(
                there.answer.bounds, used=used.quantity, reserved=used.reserved, reached_at=there.reached_at, at=at
            )
            standing = note_state(
                place, MeterStanding(there.meter, there.answer, after, used.period, there.reached_at, there.was), at=at
            )
            if not taken.again:
                enqueue(CHECK, account_id=place.id, actor=actor, at=at, key="use")
        return Consumed(True, None, standing, asked.account, taken.again, taken.reservation, taken.ends_at)

    # Around the transaction: what `metering` asks for within one comes too late.
    with durable():
        return retried(work)
