"""Thousands of rows at once, past the ORM: `executemany` on SQLite, COPY on PostgreSQL.

For the few writes that are measured in rows per second. Values are plain Python values in the order of the columns;
nothing checks a tenant here, so the caller has.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.db import connection, models, transaction

_JSON: Final = json.JSONEncoder(ensure_ascii=False)
_INSTANTS: Final = 100
Converter: TypeAlias = Callable[[Any], Any]


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert `rows`, in the caller's transaction. `columns` are column names; every other column must have a default.

    Datetimes are aware, JSON columns take what `json` takes. Constraints hold as ever: IntegrityError.
    """
    by_column = {field.column: field for field in model._meta.concrete_fields}
    fields = [by_column[name] for name in columns]
    copies = connection.vendor == "postgresql"
    turn = [(at, converter) for at, field in enumerate(fields) if (converter := _converter(field, copies)) is not None]
    turned = (_turned(row, turn) for row in rows)
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in columns)
    table = quote(model._meta.db_table)
    if copies:
        with transaction.atomic(savepoint=False):
            _by_copy(table, names, turned)
    else:
        marks = ", ".join(["%s"] * len(columns))
        with connection.cursor() as cursor:  # past the scope: see the head of this module
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(turned))  # noqa: S608  names of columns


def _by_copy(table: str, names: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY by way of a table of our own: PostgreSQL takes none into a table behind a wall (`walls`)."""
    make = f"CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"  # noqa: S608  names of columns
    move = f"INSERT INTO {table} ({names}) SELECT {names} FROM arriving; DROP TABLE arriving"  # noqa: S608  as above
    # Below Django's log: all of it is one insertion. The driver's errors are turned into Django's by hand.
    with connection.wrap_database_errors, connection.cursor() as cursor:  # past the scope: see the head of this module
        cursor.cursor.execute(make)
        with cursor.copy(f"COPY arriving ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.cursor.execute(move)


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` fresh numbers for the model's automatic key, ascending; nobody else gets them.

    On SQLite only inside a transaction that writes: it has the database's one write lock. Raises RuntimeError else.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:  # past the scope: numbers only
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return sorted(row[0] for row in cursor.fetchall())
        if not connection.in_atomic_block:
            raise RuntimeError("without a transaction somebody else could get the same numbers")
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        first = (found[0] if found else 0) + 1
        return list(range(first, first + count))


def _turned(row: Sequence[Any], turn: Sequence[tuple[int, Converter]]) -> Sequence[Any]:
    values = list(row)
    for at, converter in turn:
        if values[at] is not None:
            values[at] = converter(values[at])
    return values


def _converter(field: models.Field[Any, Any], copies: bool) -> Converter | None:
    """What the driver cannot do by itself for that column; None for most."""
    if isinstance(field, models.JSONField):
        return _JSON.encode
    if copies:
        return None
    if isinstance(field, models.UUIDField):
        return _hex
    if isinstance(field, models.DateTimeField):
        known: dict[datetime, str] = {}

        def adapted(value: datetime) -> str:
            # Whole batches carry the same few instants.
            if value not in known:
                if len(known) == _INSTANTS:
                    known.clear()
                known[value] = str(connection.ops.adapt_datetimefield_value(value))
            return known[value]

        return adapted
    return None


def _hex(value: uuid.UUID) -> str:
    return value.hex
