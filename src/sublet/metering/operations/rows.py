"""The statements that keep events and totals: each is one, however many rows, and each is sorted so that two never wait
for one another in a circle.

What is added up is what the database kept (`RETURNING`), never what was sent: a repeat inside a batch would count twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from sublet.core.usage import LATEST, MAX, UNIQUE, contribution
from sublet.metering.models import DAY, PERIOD
from sublet.metering.queries.lines import read_instant

#: SQLite takes so many values in one statement.
_MOST_VALUES = 30_000


class Row(NamedTuple):
    """A usage event as it is stored."""

    account_id: int
    source: str
    event_id: str
    meter: int
    at: datetime
    quantity: int | None
    value: str
    corrects: str
    received_at: datetime
    person: int | None = None


class Bucket(NamedTuple):
    """What a total is of."""

    account_id: int
    meter: int
    span: int
    start: datetime


Key = tuple[int, str, str]
_EVENT_TYPES = (
    *("bigint", "varchar", "varchar", "int", "timestamptz", "bigint", "varchar", "varchar", "timestamptz"),
    "boolean",
    "bigint",
)


def instant(moment: datetime) -> Any:
    """As the driver takes it."""
    return speller()(moment)


def speller() -> Callable[[datetime], Any]:
    """The same for many: which database it is, is asked once."""
    return _as_it_is if connection.vendor == "postgresql" else _spelt


def _as_it_is(moment: datetime) -> datetime:
    return moment


def _spelt(moment: datetime) -> str:
    """As Django writes it on SQLite."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ")[:-6]


def many(
    head: str, columns: Sequence[str], types: Sequence[str], rows: Sequence[Sequence[Any]], tail: str
) -> list[tuple[Any, ...]]:
    """``INSERT INTO head (columns) … tail`` for all rows, and what it returned. One statement: arrays on PostgreSQL, which
    reads them many times faster than as many placeholders."""
    names = ", ".join(columns)
    found: list[tuple[Any, ...]] = []
    # past the scope: what is inserted was checked by whoever made the rows; the wall stands
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{kind}[]" for kind in types)
            cursor.execute(
                f"INSERT INTO {head} ({names}) SELECT * FROM unnest({arrays}) {tail}",  # noqa: S608  names of columns
                [list(column) for column in zip(*rows, strict=True)],
            )
            return cursor.fetchall() if "RETURNING" in tail else []
        marks = "(" + ", ".join(["%s"] * len(columns)) + ")"
        step = _MOST_VALUES // len(columns)
        for begin in range(0, len(rows), step):
            part = rows[begin : begin + step]
            values = ", ".join([marks] * len(part))
            cursor.execute(
                f"INSERT INTO {head} ({names}) VALUES {values} {tail}",  # noqa: S608  as above
                [value for row in part for value in row],
            )
            if "RETURNING" in tail:
                found += cursor.fetchall()
    return found


def keep_events(rows: Mapping[Key, Row]) -> set[Key]:
    """Store those that are not there yet; which they were."""
    ordered = [rows[key] for key in sorted(rows)]
    spell = speller()
    received = {moment: spell(moment) for moment in {row.received_at for row in ordered}}
    # Nearly all bodies name nobody: what is not there is not sent.
    named = 1 if any(row.person is not None for row in ordered) else 0
    kept = many(
        "usage_event",
        (*Row._fields[:9], "counts", *Row._fields[9:][:named]),
        _EVENT_TYPES[: 10 + named],
        [(*row[:4], spell(row.at), *row[5:8], received[row.received_at], True, *row[9:][:named]) for row in ordered],
        "ON CONFLICT (account_id, source, event_id) DO NOTHING RETURNING account_id, source, event_id",
    )
    return set(rows) if len(kept) == len(rows) else {(row[0], row[1], row[2]) for row in kept}


@dataclass(slots=True)
class Change:
    """What a total changes by: `amount` is added, or for maxima and newest ones the candidate."""

    amount: int = 0
    events: int = 0
    last_at: datetime | None = None
    last_by: str = ""


def raise_totals(aggregation: str, changes: Mapping[Bucket, Change]) -> None:
    """Bring the totals up to date, in one statement for each way of adding up."""
    if not changes:
        return
    ordered, spell = sorted(changes.items()), speller()
    columns = ("account_id", "meter", "span", "start", "quantity", "reserved", "events", "last_at", "last_by")
    types = ("bigint", "int", "smallint", "timestamptz", "bigint", "bigint", "bigint", "timestamptz", "varchar")
    rows = [
        (
            *bucket[:3],
            spell(bucket.start),
            change.amount,
            0,
            change.events,
            None if change.last_at is None else spell(change.last_at),
            change.last_by,
        )
        for bucket, change in ordered
    ]
    newer = (
        "(usage_total.last_at IS NULL OR excluded.last_at > usage_total.last_at OR (excluded.last_at = usage_total.last_at"
        " AND excluded.last_by > usage_total.last_by))"
    )
    # A row that holds reservations alone has seen no event yet: its 0 is no maximum.
    sets = {
        MAX: "quantity = CASE WHEN usage_total.events <= 0 OR excluded.quantity > usage_total.quantity"
        " THEN excluded.quantity ELSE usage_total.quantity END",
        LATEST: f"quantity = CASE WHEN {newer} THEN excluded.quantity ELSE usage_total.quantity END,"
        f" last_by = CASE WHEN {newer} THEN excluded.last_by ELSE usage_total.last_by END,"
        f" last_at = CASE WHEN {newer} THEN excluded.last_at ELSE usage_total.last_at END",
    }.get(aggregation, "quantity = usage_total.quantity + excluded.quantity")
    many(
        "usage_total",
        columns,
        types,
        rows,
        f"ON CONFLICT (account_id, meter, span, start) DO UPDATE SET {sets}, events = usage_total.events + excluded.events",
    )


def count_values(changes: Mapping[tuple[Bucket, str], int]) -> dict[Bucket, int]:
    """Note values of ``unique`` meters, by how many events more (or fewer) have them; by how much each total changes."""
    if not changes:
        return {}
    ordered = sorted((*bucket, value, count) for (bucket, value), count in changes.items())
    rows = [(*row[:3], instant(row[3]), *row[4:]) for row in ordered]
    told = many(
        "usage_value",
        ("account_id", "meter", "span", "start", "value", "events"),
        ("bigint", "int", "smallint", "timestamptz", "varchar", "bigint"),
        rows,
        "ON CONFLICT (account_id, meter, span, start, value) DO UPDATE SET events = usage_value.events + excluded.events"
        " RETURNING account_id, meter, span, start, value, events",
    )
    found: dict[Bucket, int] = {}
    for account_id, meter, span, start, value, after in told:
        bucket = Bucket(account_id, meter, span, read_instant(start))
        before = after - changes[bucket, value]
        found[bucket] = found.get(bucket, 0) + (after > 0) - (before > 0)
    return found


def buckets_of(row: Row, start: datetime, day: datetime) -> tuple[Bucket, Bucket]:
    """The two totals that an event belongs to."""
    return Bucket(row.account_id, row.meter, PERIOD, start), Bucket(row.account_id, row.meter, DAY, day)


#: What somebody used: account, meter, where the period begins, who.
Persons = dict[tuple[int, int, datetime, int], int]


def raise_persons(changes: Mapping[tuple[int, int, datetime, int], int]) -> None:
    """Bring what people of the accounts have used up to date, in one statement. After the totals, everywhere: two writers then
    never wait for one another in a circle."""
    rows = [(*key[:2], instant(key[2]), key[3], change) for key, change in sorted(changes.items()) if change]
    if rows:
        many(
            "usage_of_person",
            ("account_id", "meter", "start", "person", "quantity"),
            ("bigint", "int", "timestamptz", "bigint", "bigint"),
            rows,
            "ON CONFLICT (account_id, meter, start, person) DO UPDATE"
            " SET quantity = usage_of_person.quantity + excluded.quantity",
        )


class Sums:
    """Adds events up, before the totals are changed in a few statements."""

    def __init__(self) -> None:
        self.persons: Persons = {}
        self.changes: dict[str, dict[Bucket, Change]] = {}
        self.values: dict[tuple[Bucket, str], int] = {}

    def add(self, aggregation: str, row: Row, buckets: Sequence[Bucket], sign: int = 1) -> None:
        """One event more, or (`sign` -1) one that no longer counts."""
        if row.quantity is None:
            return
        kind = aggregation if aggregation in {MAX, LATEST, UNIQUE} else ""
        changes = self.changes.setdefault(kind, {})
        for bucket in buckets:
            change = changes.get(bucket)
            if change is None:
                change = changes[bucket] = Change(amount=row.quantity if kind == MAX else 0)
            change.events += sign
            if kind == UNIQUE:
                self.values[bucket, row.value] = self.values.get((bucket, row.value), 0) + sign
            elif kind == MAX:
                change.amount = max(change.amount, row.quantity)
            elif kind == LATEST:
                by = f"{row.source}\n{row.event_id}"
                if change.last_at is None or (row.at, by) > (change.last_at, change.last_by):
                    change.amount, change.last_at, change.last_by = row.quantity, row.at, by
            else:
                change.amount += sign * contribution(aggregation, row.quantity)
        if not kind and row.person is not None:
            self.person(row, buckets[0].start, sign * contribution(aggregation, row.quantity))

    def person(self, row: Row, start: datetime, amount: int) -> None:
        """So much more for whoever the event names, in the period that begins then."""
        if row.person is not None:
            key = (row.account_id, row.meter, start, row.person)
            self.persons[key] = self.persons.get(key, 0) + amount

    def additive(self, bucket: Bucket) -> Change:
        """What a total that adds up changes by, to be added to directly."""
        return self.changes.setdefault("", {}).setdefault(bucket, Change())

    def write(self) -> None:
        """Change the totals by all that was added."""
        unique = self.changes.get(UNIQUE, {})
        for bucket, amount in count_values(self.values).items():
            unique[bucket].amount = amount
        merged = self.changes.pop("", {}) | self.changes.pop(UNIQUE, {})
        raise_totals("", merged)
        for aggregation in (MAX, LATEST):
            raise_totals(aggregation, self.changes.get(aggregation, {}))
        raise_persons(self.persons)
