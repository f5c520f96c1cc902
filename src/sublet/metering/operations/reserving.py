"""Holding quantity back for work that has begun: used in the end, given back, or lapsed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from sublet.catalog.queries import offer
from sublet.core.offer import MeterItem
from sublet.foundation.actor import Actor
from sublet.foundation.contention import retried
from sublet.foundation.durable import durable
from sublet.foundation.errors import NotFound
from sublet.metering.models import PERIOD, UsageReservation
from sublet.metering.operations.rows import instant
from sublet.metering.operations.taking import (
    AnsweredBefore,
    CannotTakeUsage,
    Taken,
    TakenEvent,
    Wanted,
    add_to_day,
    add_to_person,
    keep_event,
    lapsed_made_room,
    lock_total,
    raise_below,
    return_held,
    return_lapsed,
    standing,
    wanted_of,
)
from sublet.metering.queries.lines import Line, line_of

#: How long something may be held back.
LONGEST_RESERVATION = timedelta(days=1)


def give_back_lapsed(*, actor: Actor, at: datetime) -> int:
    """Give back everywhere what was held back until before `at`; how many reservations that were."""
    # unscoped: the schedule looks after every account
    lapsed = UsageReservation.unscoped.filter(state=UsageReservation.State.OPEN, ends_at__lte=at)
    count = 0
    for account_id, meter, start in sorted(set(lapsed.values_list("account_id", "meter", "start"))):
        with transaction.atomic():
            count += return_lapsed(account_id, meter, start, at)
    return count


def reserve(
    *,
    account_id: int,
    meter: str,
    quantity: int,
    ceiling: int | None,
    source: str,
    event_id: str,
    lasts: timedelta,
    actor: Actor,
    at: datetime,
    line: Line | None = None,
    person: int | None = None,
) -> Taken:
    """Hold `quantity` steps back for work that begins now, under the same condition as `take`, until `at` + `lasts`.

    Asked again with the same source and id it is the same reservation. `person`: the user for whom. Raises CannotTakeUsage.
    """
    if not timedelta(0) < lasts <= LONGEST_RESERVATION:
        raise CannotTakeUsage("too-long", field="seconds")
    wanted = wanted_of(account_id, meter, quantity, ceiling, source, event_id, at, line, person=person)
    with durable():
        return retried(lambda: _reserve(wanted, lasts))


def _hold(wanted: Wanted) -> tuple[int, int] | None:
    return raise_below(wanted, "reserved")


def _reserve(wanted: Wanted, lasts: timedelta) -> Taken:
    period = wanted.period
    try:
        with transaction.atomic():
            after = _hold(wanted) or (_hold(wanted) if lapsed_made_room(wanted) else None)
            if after is not None:
                made, new = UsageReservation.objects.get_or_create(
                    account_id=wanted.account_id,
                    source=wanted.source,
                    event_id=wanted.event_id,
                    defaults={
                        "meter": wanted.item.id,
                        "start": wanted.start,
                        "quantity": wanted.quantity,
                        "at": wanted.at,
                        "ends_at": wanted.at + lasts,
                        "answered": after[0],
                        "person": wanted.person,
                    },
                )
                if not new:
                    raise AnsweredBefore
                return Taken(True, after[0], after[1], period, reservation=made.ref, ends_at=made.ends_at)
    except AnsweredBefore:
        pass
    with transaction.atomic():
        before = UsageReservation.objects.filter(
            account_id=wanted.account_id, source=wanted.source, event_id=wanted.event_id
        ).first()
        used, reserved = standing(wanted.account_id, wanted.item.id, wanted.start)
    if before is None:
        return Taken(False, used, reserved, period)
    if before.meter != wanted.item.id:
        raise CannotTakeUsage("used-otherwise", field="id")
    period = wanted.line.period(wanted.item.meter.period, before.at)
    return Taken(True, before.answered, reserved, period, again=True, reservation=before.ref, ends_at=before.ends_at)


def commit(*, reservation: str, quantity: int | None, actor: Actor, at: datetime) -> Taken:
    """The work is done: count what it took (None: all that was held back, or fewer steps) and give the rest back.

    It counts in the period in which it was reserved. Again with the same quantity changes nothing. Raises NotFound,
    CannotTakeUsage.
    """
    with durable():
        return retried(lambda: _commit(reservation, quantity, at))


def _commit(reservation: str, quantity: int | None, at: datetime) -> Taken:
    with transaction.atomic():
        row, item, line = _held(reservation)
        used = row.quantity if quantity is None else quantity
        if not 0 <= used <= row.quantity:
            raise CannotTakeUsage("more-than-reserved" if used > 0 else "quantity", field="quantity")
        period = line.period(item.meter.period, row.at)
        if row.state == UsageReservation.State.COMMITTED and row.used == used:
            return Taken(True, *standing(row.account_id, row.meter, row.start), period, again=True, reservation=row.ref)
        _refuse_ended(row, at)
        # past the scope: the reservation was found within it
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE usage_total SET reserved = reserved - %s, quantity = quantity + %s, events = events + %s"
                " WHERE account_id = %s AND meter = %s AND span = %s AND start = %s RETURNING quantity, reserved",
                [
                    row.quantity, used, 1 if used else 0, row.account_id, row.meter, PERIOD, instant(row.start),
                ],
            )  # fmt: skip
            after = cursor.fetchone()
        if used:
            event = TakenEvent(row.account_id, row.source, row.event_id, row.meter, row.at)
            if not keep_event(event, used, answered=after[0], received=at, person=row.person):
                raise CannotTakeUsage("used-otherwise", field="id")
            add_to_day(event, line, used)
            add_to_person(event, row.start, row.person, used)
        row.state, row.used = UsageReservation.State.COMMITTED, used
        row.save(update_fields=["state", "used"])
        return Taken(True, after[0], after[1], period, reservation=row.ref)


def release(*, reservation: str, actor: Actor, at: datetime) -> Taken:
    """The work was not done: give back what was held. Again changes nothing. Raises NotFound, CannotTakeUsage."""
    with durable():
        return retried(lambda: _release(reservation, at))


def _release(reservation: str, at: datetime) -> Taken:
    with transaction.atomic():
        row, item, line = _held(reservation)
        period = line.period(item.meter.period, row.at)
        if row.state == UsageReservation.State.COMMITTED:
            raise CannotTakeUsage("reservation-ended")
        again = row.state != UsageReservation.State.OPEN
        if not again:
            # past the scope: as above
            with connection.cursor() as cursor:
                return_held(cursor, row.account_id, row.meter, row.start, row.quantity)
            row.state = UsageReservation.State.RELEASED
            row.save(update_fields=["state"])
        return Taken(True, *standing(row.account_id, row.meter, row.start), period, again=again, reservation=row.ref)


def _held(reservation: str) -> tuple[UsageReservation, MeterItem, Line]:
    seen = UsageReservation.objects.filter(ref=reservation).first()
    if seen is None:
        raise NotFound
    # past the scope: the reservation was found within it
    with connection.cursor() as cursor:
        lock_total(cursor, seen.account_id, seen.meter, seen.start)
    row = UsageReservation.objects.select_for_update().get(ref=reservation)
    return row, offer().meter_by_id[row.meter], line_of(row.account_id)


def _refuse_ended(row: UsageReservation, at: datetime) -> None:
    if row.state == UsageReservation.State.LAPSED or (row.state == UsageReservation.State.OPEN and row.ends_at <= at):
        raise CannotTakeUsage("reservation-lapsed")
    if row.state != UsageReservation.State.OPEN:
        raise CannotTakeUsage("reservation-ended")


def reservation_of(reservation: str) -> tuple[int, str] | None:
    """Whose reservation that is (the account's id), and of which meter (its key); None when there is none in the scope."""
    row = UsageReservation.objects.filter(ref=reservation).values_list("account_id", "meter").first()
    if row is None:
        return None
    return row[0], offer().meter_by_id[row[1]].meter.key
