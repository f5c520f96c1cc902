"""Using up to a ceiling: one statement raises the total or does not, so that nobody ever gets past it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from django.db import DataError, connection, transaction
from django.utils.translation import gettext_lazy as _

from sublet.catalog.queries import offer
from sublet.core.offer import MeterItem
from sublet.core.periods import Period
from sublet.core.usage import ADDITIVE, COUNT, LONGEST_ID, LONGEST_SOURCE, MOST_STEPS, refuse_moment
from sublet.foundation.actor import Actor
from sublet.foundation.contention import retried
from sublet.foundation.durable import durable
from sublet.foundation.errors import Refusal
from sublet.foundation.postgresql.planned import Planned
from sublet.metering.models import DAY, FOREVER, PERIOD
from sublet.metering.operations.rows import instant, raise_persons
from sublet.metering.queries.lines import Line, line_of, read_instant


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
        "unknown-collaborator": _("Nobody of that name is or was in the team of the account."),
        "does-not-add-up": _("This meter does not add up, so nothing can be taken from what is left of it."),
        "quantity": _("The quantity must be a whole number of steps above zero."),
        "counts-events": _("This meter counts events: take one at a time."),
        "id": _("Source and id are needed, with at most 120 characters each."),
        "too-old": _("This was used too long ago: at most 35 days."),
        "too-far-ahead": _("This lies in the future: a clock may be ahead by at most five minutes."),
        "used-otherwise": _("This source and id belong to something else."),
        "too-long": _("Nothing is held back longer than a day."),
        "more-than-reserved": _("More was used than had been reserved. Report the rest as usage events."),
        "reservation-lapsed": _(
            "The reservation has lapsed: what it held was given back. Report usage events instead."
        ),
        "reservation-ended": _("The reservation has ended already, in another way."),
    }


@dataclass(frozen=True, slots=True)
class Wanted:
    account_id: int
    item: MeterItem
    quantity: int
    ceiling: int | None
    source: str
    event_id: str
    line: Line
    at: datetime  # when it was used
    received: datetime
    person: int | None = None  # the user who uses it

    @property
    def period(self) -> Period:
        return self.line.period(self.item.meter.period, self.at)

    @property
    def start(self) -> datetime:
        return self.period.start or FOREVER


class AnsweredBefore(Exception):
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
    used_at: datetime | None = None,
    line: Line | None = None,
    person: int | None = None,
) -> Taken:
    """Use `quantity` steps of a meter if they fit below `ceiling` together with what is used and reserved (None: without end).

    What was allowed is a usage event with that source and id: asked again, it gets the same answer and counts nothing. What
    was refused leaves nothing, and may be asked anew. That the actor may speak for the account is the caller's to know.
    `used_at` by the rules of usage events (None: now): what was used belongs to its period. `person`: the user who uses it.
    Raises CannotTakeUsage.
    """
    wanted = wanted_of(account_id, meter, quantity, ceiling, source, event_id, at, line, used_at, person)
    with durable():
        return retried(lambda: _take(wanted, actor))


def wanted_of(
    account_id: int,
    meter: str,
    quantity: int,
    ceiling: int | None,
    source: str,
    event_id: str,
    at: datetime,
    line: Line | None,
    used_at: datetime | None = None,
    person: int | None = None,
) -> Wanted:
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
    if used_at is not None and (refused := refuse_moment(used_at, at)):
        raise CannotTakeUsage(refused, field="time")
    there = line or line_of(account_id)
    return Wanted(account_id, item, quantity, ceiling, source, event_id, there, used_at or at, at, person)


def raise_below(wanted: Wanted, column: str) -> tuple[int, int] | None:
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


class TakenEvent(NamedTuple):
    account_id: int
    source: str
    event_id: str
    meter: int
    at: datetime


def add_to_day(event: TakenEvent, line: Line, quantity: int) -> None:
    # past the scope: as above
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_total (account_id, meter, span, start, quantity, reserved, events, last_by)"
            " VALUES (%s, %s, %s, %s, %s, 0, 1, '') ON CONFLICT (account_id, meter, span, start) DO UPDATE SET"
            " quantity = usage_total.quantity + excluded.quantity, events = usage_total.events + 1",
            [event.account_id, event.meter, DAY, instant(line.day_start(event.at)), quantity],
        )


def keep_event(
    event: TakenEvent, quantity: int, *, answered: int, received: datetime, person: int | None = None
) -> bool:
    """Whether it is new."""
    # past the scope: as above
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_event (account_id, source, event_id, meter, at, quantity, value, corrects, counts, answered,"
            " received_at, person) VALUES (%s, %s, %s, %s, %s, %s, '', '', true, %s, %s, %s)"
            " ON CONFLICT (account_id, source, event_id) DO NOTHING",
            [*event[:4], instant(event.at), quantity, answered, instant(received), person],
        )
        return bool(cursor.rowcount)


def _use(wanted: Wanted) -> tuple[int, int] | None:
    """Raise the total, keep the event, raise the day: (used, reserved) afterwards, or None where it did not fit.

    Raises AnsweredBefore for an event that was there already.
    """
    if connection.vendor == "postgresql":
        return _use_at_once(wanted)
    after = raise_below(wanted, "quantity")
    if after is not None:
        event = TakenEvent(wanted.account_id, wanted.source, wanted.event_id, wanted.item.id, wanted.at)
        if not keep_event(event, wanted.quantity, answered=after[0], received=wanted.received, person=wanted.person):
            raise AnsweredBefore
        add_to_day(event, wanted.line, wanted.quantity)
        add_to_person(event, wanted.start, wanted.person, wanted.quantity)
    return after


def add_to_person(event: TakenEvent, start: datetime, person: int | None, quantity: int) -> None:
    """What was used is that person's; nobody's where none was named."""
    if person is not None:
        raise_persons({(event.account_id, event.meter, start, person): quantity})


#: The three in one message: what waits for the row of a total waits for no round trip of ours. What is there already is not
#: taken again; where another transaction keeps it meanwhile, the division by nothing takes everything back.
_TYPES = {
    "account": "bigint", "meter": "int", "start": "timestamptz", "quantity": "bigint", "ceiling": "bigint",
    "source": "varchar", "event": "varchar", "at": "timestamptz", "received": "timestamptz", "begins": "timestamptz",
}  # fmt: skip


def _at_once(*, named: bool) -> Planned:
    """`named`: it is kept who used it. The same without, for nearly all."""
    column, value = (", person", ", %(person)s") if named else ("", "")
    theirs = """
), theirs AS (
    INSERT INTO usage_of_person (account_id, meter, start, person, quantity)
    SELECT %(account)s, %(meter)s, %(start)s, %(person)s, %(quantity)s FROM kept
    ON CONFLICT (account_id, meter, start, person) DO UPDATE
    SET quantity = usage_of_person.quantity + excluded.quantity"""
    return Planned(
        "take_for" if named else "take",
        {**_TYPES, "person": "bigint"} if named else _TYPES,
        f"""
WITH raised AS (
    INSERT INTO usage_total (account_id, meter, span, start, quantity, reserved, events, last_by)
    SELECT %(account)s, %(meter)s, {PERIOD}, %(start)s, %(quantity)s, 0, 1, ''
    WHERE NOT EXISTS (
        SELECT 1 FROM usage_event WHERE account_id = %(account)s AND source = %(source)s AND event_id = %(event)s
    )
    ON CONFLICT (account_id, meter, span, start) DO UPDATE
    SET quantity = usage_total.quantity + excluded.quantity, events = usage_total.events + 1
    WHERE %(ceiling)s IS NULL OR usage_total.quantity + usage_total.reserved + excluded.quantity <= %(ceiling)s
    RETURNING quantity, reserved
), kept AS (
    INSERT INTO usage_event
        (account_id, source, event_id, meter, at, quantity, value, corrects, counts, answered, received_at{column})
    SELECT %(account)s, %(source)s, %(event)s, %(meter)s, %(at)s, %(quantity)s, '', '', true, raised.quantity,
        %(received)s{value}
    FROM raised
    ON CONFLICT (account_id, source, event_id) DO NOTHING RETURNING 1
), day AS (
    INSERT INTO usage_total (account_id, meter, span, start, quantity, reserved, events, last_by)
    SELECT %(account)s, %(meter)s, {DAY}, %(begins)s, %(quantity)s, 0, 1, '' FROM kept
    ON CONFLICT (account_id, meter, span, start) DO UPDATE
    SET quantity = usage_total.quantity + excluded.quantity, events = usage_total.events + 1{theirs if named else ""}
)
SELECT quantity, reserved, 1 / (SELECT count(*) FROM kept) FROM raised
""",  # noqa: S608  constants
    )


_AT_ONCE, _AT_ONCE_FOR = _at_once(named=False), _at_once(named=True)


def _use_at_once(wanted: Wanted) -> tuple[int, int] | None:
    if wanted.ceiling is not None and wanted.quantity > wanted.ceiling:
        return None
    # past the scope: as above
    try:
        statement, who = (_AT_ONCE, {}) if wanted.person is None else (_AT_ONCE_FOR, {"person": wanted.person})
        found = statement.row(
            account=wanted.account_id, meter=wanted.item.id, start=wanted.start, quantity=wanted.quantity,
            ceiling=wanted.ceiling, source=wanted.source, event=wanted.event_id, at=wanted.at, received=wanted.received,
            begins=wanted.line.day_start(wanted.at), **who,
        )  # fmt: skip
    except DataError as fault:
        if getattr(fault.__cause__, "sqlstate", "") == "22012":
            raise AnsweredBefore from None
        raise
    return None if found is None else (found[0], found[1])


#: What there is to say to whoever was refused: in one message, as nearly all of them hear. What is not said here is looked into.
_REFUSED = Planned(
    "refused",
    {name: _TYPES[name] for name in ("account", "meter", "start", "source", "event", "received")},
    f"""
SELECT coalesce(t.quantity, 0), coalesce(t.reserved, 0)
FROM (SELECT 1) one
LEFT JOIN usage_total t ON t.account_id = %(account)s AND t.meter = %(meter)s AND t.span = {PERIOD} AND t.start = %(start)s
WHERE NOT EXISTS (
    SELECT 1 FROM usage_event WHERE account_id = %(account)s AND source = %(source)s AND event_id = %(event)s
) AND NOT EXISTS (
    SELECT 1 FROM usage_reservation
    WHERE state = 'open' AND account_id = %(account)s AND meter = %(meter)s AND start = %(start)s AND ends_at <= %(received)s
)
""",  # noqa: S608  constants
)


def _refused(wanted: Wanted) -> Taken | None:
    """The answer to what did not fit, on PostgreSQL; None where it was taken before, or what was held back there has lapsed."""
    found = _REFUSED.row(
        account=wanted.account_id, meter=wanted.item.id, start=wanted.start, source=wanted.source, event=wanted.event_id,
        received=wanted.received,
    )  # fmt: skip
    return None if found is None else Taken(False, found[0], found[1], wanted.period)


def _take(wanted: Wanted, actor: Actor) -> Taken:
    plans = connection.vendor == "postgresql"
    try:
        # One statement is a transaction of its own: what it is begun and ended with would be two messages more.
        if plans and not connection.in_atomic_block:
            after = _use_at_once(wanted)
            if after is not None:
                return Taken(True, after[0], after[1], wanted.period)
            if (refused := _refused(wanted)) is not None:
                return refused
        with transaction.atomic():
            after = _use(wanted)
            if after is None and plans and (refused := _refused(wanted)) is not None:
                return refused
            if after is None and lapsed_made_room(wanted):
                after = _use(wanted)
            if after is not None:
                return Taken(True, after[0], after[1], wanted.period)
    except AnsweredBefore:
        pass
    with transaction.atomic():
        before = _event_of(wanted)
        used, reserved = standing(wanted.account_id, wanted.item.id, wanted.start)
    if before is None:
        return Taken(False, used, reserved, wanted.period)
    period = wanted.line.period(wanted.item.meter.period, before[1])
    return Taken(True, used if before[0] is None else before[0], reserved, period, again=True)


def _event_of(wanted: Wanted) -> tuple[int | None, datetime] | None:
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


def lapsed_made_room(wanted: Wanted) -> bool:
    """Whether something that was held back there has lapsed: nobody waits for the job that gives it back."""
    if wanted.ceiling is not None and wanted.quantity > wanted.ceiling:
        return False
    return bool(return_lapsed(wanted.account_id, wanted.item.id, wanted.start, wanted.received))


def lock_total(cursor: Any, account_id: int, meter: int, start: datetime) -> None:
    """Totals are locked before reservations, everywhere: otherwise two could wait for one another."""
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT 1 FROM usage_total WHERE account_id = %s AND meter = %s AND span = %s AND start = %s FOR UPDATE",
            [account_id, meter, PERIOD, start],
        )


def return_lapsed(account_id: int, meter: int, start: datetime, at: datetime) -> int:
    """Each once: the row of the reservation says so, in the same transaction as the total."""
    # past the scope: reservations of the account in hand
    with connection.cursor() as cursor:
        lock_total(cursor, account_id, meter, start)
        cursor.execute(
            "UPDATE usage_reservation SET state = 'lapsed'"
            " WHERE state = 'open' AND account_id = %s AND meter = %s AND start = %s AND ends_at <= %s RETURNING quantity",
            [account_id, meter, instant(start), instant(at)],
        )
        lapsed = cursor.fetchall()
        if lapsed:
            return_held(cursor, account_id, meter, start, sum(row[0] for row in lapsed))
    return len(lapsed)


def return_held(cursor: Any, account_id: int, meter: int, start: datetime, quantity: int) -> None:
    cursor.execute(
        "UPDATE usage_total SET reserved = reserved - %s WHERE account_id = %s AND meter = %s AND span = %s AND start = %s",
        [quantity, account_id, meter, PERIOD, instant(start)],
    )
