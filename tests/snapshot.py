"""The world of tests/people.py, made once in each process and written again as plain rows for every further test.

Making it asks some two hundred questions; writing its rows is one statement for each table. What a test gets is a copy of
the same objects with the same keys, in the same empty database.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model

from sublet.branding.queries import forget_hosts
from sublet.foundation.scope import platform_scope

if TYPE_CHECKING:
    from tests.people import World

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class _Kept:
    world: bytes
    inserts: tuple[tuple[str, Rows], ...]


_kept: _Kept | None = None


def a_world() -> World:
    """The people of tests/people.py, in the database."""
    global _kept
    from tests.people import make_world

    if _kept is None:
        before = _tables()
        world = make_world()
        after = _tables()
        _kept = _Kept(pickle.dumps(world), _inserts(before, after))
        return world
    forget_hosts()
    with platform_scope("test data"), connection.cursor() as cursor:  # past the scope: rows of the tests themselves
        for statement, rows in _kept.inserts:
            cursor.executemany(statement, rows)
    # A third of what a deep copy takes, thousands of times.
    return cast("World", pickle.loads(_kept.world))  # noqa: S301  what this process wrote itself


def _tables() -> dict[str, tuple[list[str], Rows]]:
    """Every table with its columns and rows, those that others refer to first."""
    found = {}
    with platform_scope("test data"), connection.cursor() as cursor:  # past the scope: as above
        for table in _in_order():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = ([column[0] for column in cursor.description], cursor.fetchall())
    return found


def _in_order() -> list[str]:
    models = [
        model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]
    placed: list[str] = []
    waiting = {model._meta.db_table: model for model in models}
    while waiting:
        ready = [
            table
            for table, model in waiting.items()
            if not any(above in waiting and above != table for above in _above(model))
        ]
        # Tables that refer to each other: keys are checked at the end of the transaction.
        for table in ready or list(waiting):
            placed.append(table)
            del waiting[table]
    return placed


def _above(model: type[Model]) -> set[str]:
    """The tables that a row of this one refers to."""
    keys = [field for field in model._meta.local_fields if isinstance(field, ForeignKey)]
    return {field.related_model._meta.db_table for field in keys if not isinstance(field.related_model, str)}


def _inserts(
    before: dict[str, tuple[list[str], Rows]], after: dict[str, tuple[list[str], Rows]]
) -> tuple[tuple[str, Rows], ...]:
    inserts = []
    for table, (names, rows) in after.items():
        old = before[table][1]
        assert rows[: len(old)] == old, (
            f"making the world changes what was in {table}: its rows cannot be written again"
        )
        if new := rows[len(old) :]:
            columns = ", ".join(connection.ops.quote_name(name) for name in names)
            marks = ", ".join(["%s"] * len(names))
            inserts.append((f"INSERT INTO {connection.ops.quote_name(table)} ({columns}) VALUES ({marks})", new))
    return tuple(inserts)
