"""Making totals anew from the events: after an anchor was dated back, or when an invariant says that they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from sublet.catalog.queries import offer
from sublet.core.usage import ADDITIVE, LATEST, UNIQUE, Counted, contribution, total_of
from sublet.foundation.actor import Actor
from sublet.metering.models import (
    DAY,
    FOREVER,
    PERIOD,
    UsageEvent,
    UsageOfPerson,
    UsageReservation,
    UsageTotal,
    UsageValue,
)
from sublet.metering.operations.rows import Bucket, Persons, raise_persons
from sublet.metering.queries.lines import line_of

#: So many rows in one statement.
_AT_ONCE = 1000


def rebuild_totals(*, account_id: int, since: datetime | None, actor: Actor, at: datetime) -> int:
    """Make the account's totals anew, those of the periods that end after `since` (None: all); how many there are.

    In one transaction: nobody sees half. Reservations stay held back where they were made.
    """
    with transaction.atomic():
        begins = FOREVER if since is None else _begins(account_id, since)
        later = {"account_id": account_id, "start__gte": begins}
        # Whoever raises a total meanwhile waits for this.
        list(
            UsageTotal.objects.filter(**later)
            .select_for_update()
            .order_by("meter", "span", "start")
            .values_list("meter")
        )
        wanted: dict[Bucket, list[Counted]] = {}
        for bucket, counted in counted_events(account_id, begins):
            wanted.setdefault(bucket, []).append(counted)
        held: dict[Bucket, int] = {}
        reservations = UsageReservation.objects.filter(state=UsageReservation.State.OPEN, **later)
        for meter, start, quantity in reservations.values_list("meter", "start", "quantity"):
            bucket = Bucket(account_id, meter, PERIOD, start)
            held[bucket] = held.get(bucket, 0) + quantity
        UsageTotal.objects.filter(**later).delete()
        UsageValue.objects.filter(**later).delete()
        made = [bucket for bucket in sorted(wanted.keys() | held.keys()) if bucket.start >= begins]
        totals = (_total(bucket, wanted.get(bucket, []), held.get(bucket, 0)) for bucket in made)
        UsageTotal.objects.bulk_create(totals, batch_size=_AT_ONCE)
        values = (value for bucket in made for value in _values(bucket, wanted.get(bucket, [])))
        UsageValue.objects.bulk_create(values, batch_size=_AT_ONCE)
        _rebuild_persons(account_id, begins)
        return len(made)


def _rebuild_persons(account_id: int, begins: datetime) -> None:
    """What people used, from the events that name somebody."""
    UsageOfPerson.objects.filter(account_id=account_id, start__gte=begins).delete()
    line, meters = line_of(account_id), offer().meter_by_id
    named = UsageEvent.objects.filter(
        account_id=account_id, counts=True, at__gte=begins, person__isnull=False, quantity__isnull=False
    )
    found: Persons = {}
    for meter, moment, quantity, person in named.values_list("meter", "at", "quantity", "person").iterator(2000):
        declared = meters[meter].meter
        start = line.period(declared.period, moment).start or FOREVER
        if person is not None and declared.aggregation in ADDITIVE and start >= begins:
            key = (account_id, meter, start, person)
            found[key] = found.get(key, 0) + contribution(declared.aggregation, quantity)
    raise_persons(found)


def _begins(account_id: int, since: datetime) -> datetime:
    """The earliest beginning of what a change at `since` can have touched: also of what it cut short."""
    line = line_of(account_id)
    kinds = {item.meter.period for item in offer().every_meter} | {"day"}
    periods = [line.period(kind, moment) for kind in kinds for moment in (since, since - timedelta(microseconds=1))]
    return min(period.start for period in periods if period.start is not None)


def _total(bucket: Bucket, counted: list[Counted], held: int) -> UsageTotal:
    aggregation = offer().meter_by_id[bucket.meter].meter.aggregation
    counting = [event for event in counted if event.quantity is not None]
    last = max(counting, key=lambda event: (event.at, event.source, event.event_id), default=None)
    newest = last if aggregation == LATEST else None
    return UsageTotal(
        account_id=bucket.account_id,
        meter=bucket.meter,
        span=bucket.span,
        start=bucket.start,
        quantity=total_of(aggregation, counting),
        reserved=held,
        events=len(counting),
        last_at=None if newest is None else newest.at,
        last_by="" if newest is None else f"{newest.source}\n{newest.event_id}",
    )


def _values(bucket: Bucket, counted: list[Counted]) -> list[UsageValue]:
    if offer().meter_by_id[bucket.meter].meter.aggregation != UNIQUE:
        return []
    values = Counter(event.value for event in counted if event.quantity is not None)
    return [UsageValue(**bucket._asdict(), value=value, events=count) for value, count in values.items()]


def counted_events(account_id: int, since: datetime = FOREVER) -> Iterator[tuple[Bucket, Counted]]:
    """Every event of an account from `since` on that counts, once for its period and once for its day."""
    line, meters = line_of(account_id), offer().meter_by_id
    events = UsageEvent.objects.filter(account_id=account_id, counts=True, at__gte=since).order_by("meter", "at")
    for row in events.values_list("meter", "source", "event_id", "at", "quantity", "value").iterator(2000):
        meter, source, event_id, moment, quantity, value = row
        counted = Counted(source, event_id, moment, quantity, value)
        period = line.period(meters[meter].meter.period, moment)
        yield Bucket(account_id, meter, PERIOD, period.start or FOREVER), counted
        yield Bucket(account_id, meter, DAY, line.day_start(moment)), counted
