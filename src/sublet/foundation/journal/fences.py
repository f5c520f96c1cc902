"""What the database itself refuses: to change or to delete a journal entry, or a seal.

Triggers, also for raw SQL. They are laid after each `migrate` and not by a migration alone, because SQLite loses the
triggers of a table whenever a later migration has to build that table anew. `sublet doctor` says when one is missing.

On PostgreSQL only the owner of the tables could take them off again, which the role of the running application need not
be. Whoever may write a SQLite file can do anything with it; there the chain of seals shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True)
class Fence:
    """A trigger on one table: the journal's here, or one that an app above lays on a table of its own.

    `sqlite` and `postgresql` are what follows ``CREATE TRIGGER name`` there (empty: none there); `function` is a statement that
    makes what the second calls.
    """

    table: str
    name: str
    sqlite: str = ""
    postgresql: str = ""
    function: str = ""

    def body(self, vendor: str) -> str:
        return self.postgresql if vendor == "postgresql" else self.sqlite


_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def append_only(table: str, twin: str, *, sentence: str = "") -> tuple[Fence, ...]:
    """The fences of a table of which nothing is ever changed. `twin` says in SQL that ``NEW`` is there already.

    `sentence` is what the database answers.
    """
    sentence = sentence or f"{table} is append-only"
    refuses = f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    return (
        Fence(table, f"{table}_is_not_changed", sqlite=f"BEFORE UPDATE ON {table} {refuses}"),
        Fence(table, f"{table}_is_not_deleted", sqlite=f"BEFORE DELETE ON {table} {refuses}"),
        # INSERT OR REPLACE removes the old row without telling the trigger above.
        Fence(table, f"{table}_is_not_replaced", sqlite=f"BEFORE INSERT ON {table} WHEN {twin} {refuses}"),
        Fence(
            table,
            f"{table}_is_append_only",
            postgresql=f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change('{sentence}')",
            function=_FUNCTION,
        ),
    )


SENTENCE = "the journal is append-only"
_fences: list[Fence] = [
    *append_only(
        "journal",
        "EXISTS (SELECT 1 FROM journal WHERE account_id = NEW.account_id AND id = NEW.id)",
        sentence=SENTENCE,
    ),
    *append_only(
        "journal_seal",
        "EXISTS (SELECT 1 FROM journal_seal WHERE account_id = NEW.account_id AND position = NEW.position)",
        sentence=SENTENCE,
    ),
]


def register(*fences: Fence) -> None:
    """Told once by an app when the apps are ready: triggers that are laid, missed and lifted together with the journal's."""
    _fences.extend(fence for fence in fences if fence not in _fences)


def lay(connection: BaseDatabaseWrapper) -> None:
    """Lay the triggers that are missing. Safe to repeat; tables that do not exist yet are left out."""
    named = {(fence.table, fence.name): fence for fence in _fences}
    for table, name in missing(connection):
        fence = named[table, name]
        with connection.cursor() as cursor:  # past the scope: the shape of tables, no rows
            if connection.vendor == "postgresql" and fence.function:
                cursor.execute(fence.function)
            cursor.execute(f"CREATE TRIGGER {name} {fence.body(connection.vendor)}")
            if connection.vendor == "postgresql":
                # ALWAYS: also in a session that plays a replica.
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def missing(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """The triggers that are not in force: ``(table, trigger)``."""
    with connection.cursor() as cursor:  # past the scope: the shape of tables, no rows
        tables = set(connection.introspection.table_names(cursor))
        wanted = [(each.table, each.name) for each in _fences if each.table in tables and each.body(connection.vendor)]
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = ANY(%s::regclass[]) AND tgenabled = 'A'",
                [sorted({table for table, _name in wanted})],
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        laid = {row[0] for row in cursor.fetchall()}
    return [(table, name) for table, name in wanted if name not in laid]


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within: the journal can be emptied. For tests and benchmarks that begin anew; on PostgreSQL the owner alone may."""
    with connection.cursor() as cursor:  # past the scope: the shape of tables, no rows
        there = set(connection.introspection.table_names(cursor))
        for each in _fences:
            if each.table in there and each.body(connection.vendor):
                where = f" ON {each.table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {each.name}{where}")
    try:
        yield
    finally:
        lay(connection)


def lay_after_migrate(using: str, **_more: Any) -> None:
    """Receiver of Django's `post_migrate`."""
    from django.db import connections

    lay(connections[using])
