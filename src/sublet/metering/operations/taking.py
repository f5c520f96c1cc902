"""Using up to a ceiling: one statement raises the total or does not, so that nobody ever gets past it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from sublet.catalog.queries import offer
from sublet.core.offer import MeterItem
from sublet.core.periods import Period
from sublet.core.usage import ADDITIVE, COUNT, LONGEST_ID, LONGEST_SOURCE, MOST_STEPS
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.metering.models import DAY, FOREVER, PERIOD, UsageReservation
from sublet.metering.operations.recording import retried
from sublet.metering.operations.rows import instant
from sublet.metering.queries.lines import Line, line_of, read_instant

#: How long something may be held back.
LONGEST_RESERVATION = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether it was allowed, and what the meter stands at then, in steps. `again`: this was answered before.

    `reservation` names what `reserve` held back.
    """

    allowed: bool
    used: int
    reserved: int
    period: Period
    again: bool = False
    reservation: str = ""
    ends_at: datetime | None = None


class CannotTakeUsage(Refusal):
    """Nothing was counted, and it is not for want of room."""

    SENTENCES: ClassVar = {
        "unknown-meter": _("There is no such meter in the product manifest."),
        "does-not-add-up": _("This meter does not add up, so nothing can be taken from what is left of it."),
        "quantity": _("The quantity must be a whole number of steps above zero."),
        "counts-events": _("This meter counts events: take one at a time."),
        "id": _("Source and id are needed, with at most 120 characters each."),
        "used-otherwise": _("This source and id belong to something else."),
        "too-long": _("Nothing is held back longer than a day."),
        "more-than-reserved": _("More was used than had been reserved. Report the rest as usage events."),
        "reservation-lapsed": _(
            "The reservation has lapsed: what it held was given back. Report usage events instead."
        ),
        "reservation-ended": _("The reservation has ended already, in another way."),
    }


@dataclass(frozen=True, slots=True)
class _Wanted:
    account_id: int
    item: MeterItem
    quantity: int
    ceiling: int | None
    source: str
    event_id: str
    line: Line
    at: datetime

    @property
    def period(self) -> Period:
        return self.line.period(self.item.meter.period, self.at)

    @property
    def start(self) -> datetime:
        return self.period.start or FOREVER


class _Refused(Exception):
    """Takes back what the transaction did: there is an answer from before."""


def take(
    *,
    account_id: int,
    meter: str,
    quantity: int,
    ceiling: int | None,
    source: str,
    event_id: str,
    actor: Actor,
    at: datetime,
    line: Line | None = None,
) -> Taken:
    """Use `quantity` steps of a meter if they fit below `ceiling` together with what is used and reserved (None: without end).

    What was allowed is a usage event with that source and id: asked again, it gets the same answer and counts nothing. What
    was refused leaves nothing, and may be asked anew. That the actor may speak for the account is the caller's to know.
    Raises CannotTakeUsage.
    """
    wanted = _wanted(account_id, meter, quantity, ceiling, source, event_id, at, line)
    return retried(lambda: _take(wanted, actor))


def _wanted(
    account_id: int,
    meter: str,
    quantity: int,
    ceiling: int | None,
    source: str,
    event_id: str,
    at: datetime,
    line: Line | None,
) -> _Wanted:
    item = offer().meters.get(meter)
    if item is None:
        raise CannotTakeUsage("unknown-meter", field="meter")
    if item.meter.aggregation not in ADDITIVE:
        raise CannotTakeUsage("does-not-add-up", field="meter")
    if not 0 < quantity <= MOST_STEPS:
        raise CannotTakeUsage("quantity", field="quantity")
    if item.meter.aggregation == COUNT and quantity != 1:
        raise CannotTakeUsage("counts-events", field="quantity")
    if not (0 < len(source) <= LONGEST_SOURCE and 0 < len(event_id) <= LONGEST_ID):
        raise CannotTakeUsage("id", field="id")
    return _Wanted(account_id, item, quantity, ceiling, source, event_id, line or line_of(account_id), at)


def _raise_below(wanted: _Wanted, column: str) -> tuple[int, int] | None:
    """The conditional statement: (used, reserved) afterwards, or None where it did not fit and nothing changed."""
    events = 1 if column == "quantity" else 0
    # Where there is no row yet nothing is used: that case is decided here, and the statement is the same otherwise.
    if wanted.ceiling is not None and wanted.quantity > wanted.ceiling:
        return None
    condition = "" if wanted.ceiling is None else (" WHERE usage_total.quantity + usage_total.reserved + %s <= %s")
    used, held = (wanted.quantity, 0) if column == "quantity" else (0, wanted.quantity)
    # past the scope: the account is the caller's to know; the wall stands
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_total (account_id, meter, span, start, quantity, reserved, events, last_by)"  # noqa: S608  constants
            " VALUES (%s, %s, %s, %s, %s, %s, %s, '') ON CONFLICT (account_id, meter, span, start) DO UPDATE SET"
            f" {column} = usage_total.{column} + %s, events = usage_total.events + %s{condition}"
            " RETURNING quantity, reserved",
            [
                wanted.account_id,
                wanted.item.id,
                PERIOD,
                instant(wanted.start),
                used,
                held,
                events,
                wanted.quantity,
                events,
                *([] if wanted.ceiling is None else [wanted.quantity, wanted.ceiling]),
            ],
        )
        found: tuple[int, int] | None = cursor.fetchone()
    return found


class _Event(NamedTuple):
    account_id: int
    source: str
    event_id: str
    meter: int
    at: datetime


def _add_to_day(event: _Event, line: Line, quantity: int) -> None:
    # past the scope: as above
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_total (account_id, meter, span, start, quantity, reserved, events, last_by)"
            " VALUES (%s, %s, %s, %s, %s, 0, 1, '') ON CONFLICT (account_id, meter, span, start) DO UPDATE SET"
            " quantity = usage_total.quantity + excluded.quantity, events = usage_total.events + 1",
            [event.account_id, event.meter, DAY, instant(line.day_start(event.at)), quantity],
        )


def _keep_event(event: _Event, quantity: int, *, answered: int, received: datetime) -> bool:
    """Whether it is new."""
    # past the scope: as above
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_event (account_id, source, event_id, meter, at, quantity, value, corrects, counts, answered,"
            " received_at) VALUES (%s, %s, %s, %s, %s, %s, '', '', true, %s, %s)"
            " ON CONFLICT (account_id, source, event_id) DO NOTHING",
            [*event[:4], instant(event.at), quantity, answered, instant(received)],
        )
        return bool(cursor.rowcount)


def _take(wanted: _Wanted, actor: Actor) -> Taken:
    try:
        with transaction.atomic():
            after = _raise_below(wanted, "quantity") or _after_lapse(wanted, "quantity")
            if after is not None:
                event = _Event(wanted.account_id, wanted.source, wanted.event_id, wanted.item.id, wanted.at)
                if not _keep_event(event, wanted.quantity, answered=after[0], received=wanted.at):
                    raise _Refused
                _add_to_day(event, wanted.line, wanted.quantity)
                return Taken(True, after[0], after[1], wanted.period)
    except _Refused:
        pass
    with transaction.atomic():
        before = _event_of(wanted)
        used, reserved = standing(wanted.account_id, wanted.item.id, wanted.start)
    if before is None:
        return Taken(False, used, reserved, wanted.period)
    period = wanted.line.period(wanted.item.meter.period, before[1])
    return Taken(True, used if before[0] is None else before[0], reserved, period, again=True)


def _event_of(wanted: _Wanted) -> tuple[int | None, datetime] | None:
    """What was answered when that event was kept, and its moment."""
    # past the scope: as above
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT answered, at, meter FROM usage_event WHERE account_id = %s AND source = %s AND event_id = %s",
            [wanted.account_id, wanted.source, wanted.event_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    if row[2] != wanted.item.id:
        raise CannotTakeUsage("used-otherwise", field="id")
    return row[0], read_instant(row[1])


def standing(account_id: int, meter: int, start: datetime) -> tuple[int, int]:
    """Used and reserved of one meter in the period that begins then."""
    # past the scope: as above
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quantity, reserved FROM usage_total WHERE account_id = %s AND meter = %s AND span = %s AND start = %s",
            [account_id, meter, PERIOD, instant(start)],
        )
        found: tuple[int, int] = cursor.fetchone() or (0, 0)
    return found


# Holding back ---------------------------------------------------------------------------------------------------------


def _after_lapse(wanted: _Wanted, column: str) -> tuple[int, int] | None:
    """Try again if something that was held back there has lapsed: nobody waits for the job that gives it back."""
    if wanted.ceiling is not None and wanted.quantity > wanted.ceiling:
        return None
    if not _give_back_lapsed(wanted.account_id, wanted.item.id, wanted.start, wanted.at):
        return None
    return _raise_below(wanted, column)


def _lock_total(cursor: Any, account_id: int, meter: int, start: datetime) -> None:
    """Totals are locked before reservations, everywhere: otherwise two could wait for one another."""
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT 1 FROM usage_total WHERE account_id = %s AND meter = %s AND span = %s AND start = %s FOR UPDATE",
            [account_id, meter, PERIOD, start],
        )


def _give_back_lapsed(account_id: int, meter: int, start: datetime, at: datetime) -> int:
    """Each once: the row of the reservation says so, in the same transaction as the total."""
    # past the scope: reservations of the account in hand
    with connection.cursor() as cursor:
        _lock_total(cursor, account_id, meter, start)
        cursor.execute(
            "UPDATE usage_reservation SET state = 'lapsed'"
            " WHERE state = 'open' AND account_id = %s AND meter = %s AND start = %s AND ends_at <= %s RETURNING quantity",
            [account_id, meter, instant(start), instant(at)],
        )
        lapsed = cursor.fetchall()
        if lapsed:
            _give_back(cursor, account_id, meter, start, sum(row[0] for row in lapsed))
    return len(lapsed)


def _give_back(cursor: Any, account_id: int, meter: int, start: datetime, quantity: int) -> None:
    cursor.execute(
        "UPDATE usage_total SET reserved = reserved - %s WHERE account_id = %s AND meter = %s AND span = %s AND start = %s",
        [quantity, account_id, meter, PERIOD, instant(start)],
    )


def give_back_lapsed(*, actor: Actor, at: datetime) -> int:
    """Give back everywhere what was held back until before `at`; how many reservations that were."""
    # unscoped: the schedule looks after every account
    lapsed = UsageReservation.unscoped.filter(state=UsageReservation.State.OPEN, ends_at__lte=at)
    count = 0
    for account_id, meter, start in sorted(set(lapsed.values_list("account_id", "meter", "start"))):
        with transaction.atomic():
            count += _give_back_lapsed(account_id, meter, start, at)
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
) -> Taken:
    """Hold `quantity` steps back for work that begins now, under the same condition as `take`, until `at` + `lasts`.

    Asked again with the same source and id it is the same reservation. Raises CannotTakeUsage.
    """
    if not timedelta(0) < lasts <= LONGEST_RESERVATION:
        raise CannotTakeUsage("too-long", field="seconds")
    wanted = _wanted(account_id, meter, quantity, ceiling, source, event_id, at, line)
    return retried(lambda: _reserve(wanted, lasts))


def _reserve(wanted: _Wanted, lasts: timedelta) -> Taken:
    period = wanted.period
    try:
        with transaction.atomic():
            after = _raise_below(wanted, "reserved") or _after_lapse(wanted, "reserved")
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
                    },
                )
                if not new:
                    raise _Refused
                return Taken(True, after[0], after[1], period, reservation=made.ref, ends_at=made.ends_at)
    except _Refused:
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
            event = _Event(row.account_id, row.source, row.event_id, row.meter, row.at)
            if not _keep_event(event, used, answered=after[0], received=at):
                raise CannotTakeUsage("used-otherwise", field="id")
            _add_to_day(event, line, used)
        row.state, row.used = UsageReservation.State.COMMITTED, used
        row.save(update_fields=["state", "used"])
        return Taken(True, after[0], after[1], period, reservation=row.ref)


def release(*, reservation: str, actor: Actor, at: datetime) -> Taken:
    """The work was not done: give back what was held. Again changes nothing. Raises NotFound, CannotTakeUsage."""
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
                _give_back(cursor, row.account_id, row.meter, row.start, row.quantity)
            row.state = UsageReservation.State.RELEASED
            row.save(update_fields=["state"])
        return Taken(True, *standing(row.account_id, row.meter, row.start), period, again=again, reservation=row.ref)


def _held(reservation: str) -> tuple[UsageReservation, MeterItem, Line]:
    seen = UsageReservation.objects.filter(ref=reservation).first()
    if seen is None:
        raise NotFound
    # past the scope: the reservation was found within it
    with connection.cursor() as cursor:
        _lock_total(cursor, seen.account_id, seen.meter, seen.start)
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
