"""Taking usage events: each counts once for ever, in the period that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.catalog.queries import offer
from sublet.core.offer import MeterItem, Offer
from sublet.core.rights import VENDOR
from sublet.core.usage import (
    ADDITIVE,
    BY_PEOPLE,
    COUNT,
    LONGEST_ID,
    LONGEST_SOURCE,
    LONGEST_VALUE,
    UNIQUE,
    refuse_moment,
    steps_of,
)
from sublet.foundation.actor import Actor
from sublet.foundation.contention import retried
from sublet.foundation.durable import durable
from sublet.foundation.errors import Forbidden, Refusal
from sublet.metering.operations.following import follow_usage
from sublet.metering.operations.rows import Change, Key, Row, Sums, keep_events
from sublet.metering.operations.taking_back import buckets_in, fill_places, recompute, take_back
from sublet.metering.queries.lines import Line, Place, places_by_ref
from sublet.metering.queries.persons import persons_named

MOST_EVENTS = 1000
MOST_FAULTS = 20
RIGHT = "usage:manage"


@dataclass(frozen=True, slots=True)
class Usage:
    """A usage event as it is told. `quantity` None: 1, or with `corrects` nothing at all (the other is only taken back)."""

    source: str
    id: str
    at: datetime
    account: str
    meter: str
    quantity: int | float | Decimal | None = None
    properties: Mapping[str, str] | None = None
    corrects: str = ""
    collaborator: str = ""  # who of the account used it: a place in its team, or the user as sign-on names it


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a body: how many events are new, and how many were there already."""

    accepted: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the event at that place of the body."""

    index: int
    field: str
    code: str


class CannotRecordUsage(Refusal):
    """Nothing of the body was counted. `faults` says what is wrong, in the order of the events."""

    status = 422
    SENTENCES: ClassVar = {
        "events": _("Nothing was counted: some of the usage events cannot be taken."),
        "too-many": _("At most %(most)s usage events come at once."),
    }

    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """The events of one body, ready to be kept. `times`: how many there were of each."""

    rows: Mapping[Key, Row]
    count: int


def record_usage(*, events: Sequence[Usage], actor: Actor, at: datetime) -> Recorded:
    """Count up to 1,000 usage events (``usage:manage``, the vendor's): all of them, or none.

    An event that is there already (same account, source and id) is acknowledged and counts nothing. Raises Forbidden, and
    CannotRecordUsage with its `faults`: an account out of reach is a fault like one that is not there.
    """
    [told] = record_bodies(bodies=[events], actor=actor, at=at)
    if isinstance(told, Refusal):
        raise told
    return told


def record_bodies(
    *, bodies: Sequence[Sequence[Usage]], actor: Actor, at: datetime, read_at: float | None = None
) -> list[Recorded | CannotRecordUsage]:
    """The same for several bodies of one actor in one transaction: what each is answered once all are durable.

    For requests that come at the same time; one that is refused takes nothing from the others. `read_at` as `follow_usage` takes
    it. Raises Forbidden.
    """
    if actor.account_kind != VENDOR:
        raise Forbidden(RIGHT)  # what is owed for follows from it: nobody counts what it pays for itself
    actor.require(RIGHT)
    with durable():
        return retried(lambda: _record(bodies, actor, at, read_at))


def _record(
    bodies: Sequence[Sequence[Usage]], actor: Actor, at: datetime, read_at: float | None
) -> list[Recorded | CannotRecordUsage]:
    there = offer()
    with transaction.atomic():
        places = places_by_ref(event.account for body in bodies for event in body)
        places = {ref: place for ref, place in places.items() if actor.reaches(place.id)}
        persons = _persons(bodies, places)
        told: list[Batch | CannotRecordUsage] = []
        for body in bodies:
            try:
                told.append(_batch(body, places, persons, there, at))
            except CannotRecordUsage as refusal:
                told.append(refusal)
        rows: dict[Key, Row] = {}
        for batch in told:
            if isinstance(batch, Batch):
                rows.update((key, row) for key, row in batch.rows.items() if key not in rows)
        lines = {place.id: place.line for place in places.values()}
        kept = keep_rows(rows, lines, there) if rows else set()
        if kept:
            follow_usage(sorted({key[0] for key in kept}), actor=actor, at=at, read_at=read_at)
    found: list[Recorded | CannotRecordUsage] = []
    for batch in told:
        if not isinstance(batch, Batch):
            found.append(batch)
            continue
        new = kept & batch.rows.keys()
        kept -= new  # the same event in another body of this transaction is a repeat there
        found.append(Recorded(accepted=len(new), duplicates=batch.count - len(new)))
    return found


def _persons(bodies: Sequence[Sequence[Usage]], places: Mapping[str, Place]) -> Mapping[tuple[int, str], int]:
    """Whoever the events name, in one statement; none where they name nobody."""
    named = {
        (places[event.account].id, event.collaborator)
        for body in bodies
        for event in body
        if event.collaborator and event.account in places
    }
    return persons_named(named) if named else {}


def _batch(
    body: Sequence[Usage],
    places: Mapping[str, Place],
    persons: Mapping[tuple[int, str], int],
    there: Offer,
    at: datetime,
) -> Batch:
    if len(body) > MOST_EVENTS:
        raise CannotRecordUsage("too-many", most=MOST_EVENTS)
    faults: list[Fault] = []
    rows: dict[Key, Row] = {}
    for index, event in enumerate(body):
        place, item = places.get(event.account), there.meters.get(event.meter)
        wrong = _wrong(event, place, item, at)
        person = persons.get((place.id, event.collaborator)) if event.collaborator and place is not None else None
        if event.collaborator and place is not None and person is None:
            wrong.append(("collaborator", "unknown-collaborator"))
        quantity: int | None = None
        if not wrong and item is not None:
            try:
                quantity = _quantity(event, item)
            except ValueError as fault:
                wrong = [("quantity", str(fault))]
        if wrong or place is None or item is None:
            faults += [Fault(index, *each) for each in wrong]
            if len(faults) >= MOST_FAULTS:
                break
            continue
        value = _value(event, item)
        row = Row(place.id, event.source, event.id, item.id, event.at, quantity, value, event.corrects, at, person)
        rows.setdefault((place.id, event.source, event.id), row)
    if faults:
        refusal = CannotRecordUsage("events")
        refusal.faults = tuple(faults[:MOST_FAULTS])
        raise refusal
    return Batch(rows, len(body))


def _wrong(event: Usage, place: Place | None, item: MeterItem | None, at: datetime) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not 0 < len(event.id) <= LONGEST_ID:
        found.append(("id", "wrong-length"))
    if not 0 < len(event.source) <= LONGEST_SOURCE or event.source == BY_PEOPLE:
        found.append(("source", "not-yours" if event.source == BY_PEOPLE else "wrong-length"))
    if moment := refuse_moment(event.at, at):
        found.append(("time", moment))
    if place is None:
        found.append(("account", "unknown-account"))
    if item is None:
        found.append(("meter", "unknown-meter"))
    elif item.meter.aggregation == UNIQUE and not _cancels(event) and not 0 < len(_value(event, item)) <= LONGEST_VALUE:
        found.append(("properties", "value-missing"))
    if event.corrects and (event.corrects == event.id or len(event.corrects) > LONGEST_ID):
        found.append(("corrects", "corrects-itself" if event.corrects == event.id else "wrong-length"))
    return found


def _value(event: Usage, item: MeterItem) -> str:
    """What the meter counts the different ones of; of other meters nothing is kept."""
    by = item.meter.unique_by if item.meter.aggregation == UNIQUE else None
    return (event.properties or {}).get(by, "") if by else ""


def _cancels(event: Usage) -> bool:
    return bool(event.corrects) and event.quantity is None


def _quantity(event: Usage, item: MeterItem) -> int | None:
    """In steps; None where the event only takes another back. Raises ValueError with the code."""
    if event.quantity is None:
        return None if event.corrects else 10**item.meter.decimals
    steps = steps_of(event.quantity, item.meter.decimals)
    # Otherwise a reporter could lower what was counted without saying what it corrects.
    if steps < 0 and not (item.meter.period == "standing" and item.meter.aggregation == "sum"):
        raise ValueError("negative")
    return steps


def keep_rows(
    rows: Mapping[Key, Row], lines: Mapping[int, Line], there: Offer, *, instead: Mapping[Key, Key] | None = None
) -> set[Key]:
    """Keep those that are new and bring the totals up to date, in the caller's transaction; which were new.

    `instead`: which event of another source a person's correction is of; without it what one corrects is of its own source.
    """
    kept = keep_events(rows)
    repeats = rows.keys() - kept if len(kept) < len(rows) else ()
    late = fill_places({key: rows[key] for key in repeats if rows[key].corrects})
    sums = Sums()
    places: dict[tuple[int, int], _Lately] = {}
    for key in kept:
        row = rows[key]
        place = places.get((row.account_id, row.meter))
        if place is None or not place.begins <= row.at < place.ends:
            item, line = there.meter_by_id[row.meter], lines[row.account_id]
            if item.meter.aggregation not in ADDITIVE:
                sums.add(item.meter.aggregation, row, buckets_in(row, item, line))
                continue
            place = places[row.account_id, row.meter] = _Lately.of(row, item, line, sums)
        if row.quantity is not None:
            amount = 1 if place.counts else row.quantity
            for change in place.changes:
                change.amount += amount
                change.events += 1
            if row.person is not None:
                sums.person(row, place.start, amount)
    named = instead or {}
    corrections = {
        key: named.get(key, (row.account_id, row.source, row.corrects))
        for key in kept | late
        if (row := rows[key]).corrects
    }
    made_anew = take_back(corrections, late, sums, lines, there) if corrections else {}
    sums.write()
    for bucket, (item, line) in sorted(made_anew.items(), key=lambda each: each[0]):
        recompute(bucket, item, line)
    return kept | late


@dataclass(slots=True)
class _Lately:
    """Where the last event of a meter that adds up went: nearly always the next one goes there as well."""

    begins: datetime
    ends: datetime
    counts: bool
    changes: tuple[Change, Change]
    start: datetime

    @classmethod
    def of(cls, row: Row, item: MeterItem, line: Line, sums: Sums) -> _Lately:
        period, day = line.period(item.meter.period, row.at), line.day(row.at)
        first, second = buckets_in(row, item, line)
        return cls(
            max(each.start for each in (period, day) if each.start is not None),
            min(each.end for each in (period, day) if each.end is not None),
            item.meter.aggregation == COUNT,
            (sums.additive(first), sums.additive(second)),
            first.start,
        )
