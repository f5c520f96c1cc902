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

TABLES = ("journal", "journal_seal")
SENTENCE = "the journal is append-only"

_SQLITE = {
    "{table}_is_not_changed": "BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '" + SENTENCE + "'); END",
    "{table}_is_not_deleted": "BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '" + SENTENCE + "'); END",
    # INSERT OR REPLACE removes the old row without telling the trigger above.
    "{table}_is_not_replaced": "BEFORE INSERT ON {table} WHEN EXISTS {twin} BEGIN SELECT RAISE(ABORT, '"
    + SENTENCE
    + "'); END",
}
_TWINS = {
    "journal": "(SELECT 1 FROM journal WHERE account_id = NEW.account_id AND id = NEW.id)",
    "journal_seal": "(SELECT 1 FROM journal_seal WHERE account_id = NEW.account_id AND position = NEW.position)",
}

_FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
_POSTGRESQL = "{table}_is_append_only"


@dataclass(frozen=True, slots=True)
class Fence:
    """A trigger that an app above lays on a table of its own.

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


_more: list[Fence] = []


def register(*fences: Fence) -> None:
    """Told once by an app when the apps are ready: triggers that are laid, missed and lifted together with the journal's."""
    _more.extend(fence for fence in fences if fence not in _more)


def append_only(table: str, twin: str) -> tuple[Fence, ...]:
    """The fences of a table of which nothing is ever changed. `twin` says in SQL that ``NEW`` is there already."""
    sentence = f"{table} is append-only"
    refuses = f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    return (
        Fence(table, f"{table}_is_not_changed", sqlite=f"BEFORE UPDATE ON {table} {refuses}"),
        Fence(table, f"{table}_is_not_deleted", sqlite=f"BEFORE DELETE ON {table} {refuses}"),
        Fence(table, f"{table}_is_not_replaced", sqlite=f"BEFORE INSERT ON {table} WHEN {twin} {refuses}"),
        Fence(
            table,
            f"{table}_is_append_only",
            postgresql=f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change('{sentence}')",
            function="""
CREATE OR REPLACE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$
""",
        ),
    )


def lay(connection: BaseDatabaseWrapper) -> None:
    """Lay the triggers that are missing. Safe to repeat; tables that do not exist yet are left out."""
    more = {fence.name: fence for fence in _more}
    for table, name in missing(connection):
        with connection.cursor() as cursor:  # past the scope: the shape of tables, no rows
            if name in more:
                if connection.vendor == "postgresql" and more[name].function:
                    cursor.execute(more[name].function)
                cursor.execute(f"CREATE TRIGGER {name} {more[name].body(connection.vendor)}")
                if connection.vendor == "postgresql":
                    cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
            elif connection.vendor == "postgresql":
                cursor.execute(_FUNCTION)
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history()"
                )
                # ALWAYS: also in a session that plays a replica.
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
            else:
                body = _SQLITE[name.replace(table, "{table}")].format(table=table, twin=_TWINS[table])
                cursor.execute(f"CREATE TRIGGER {name} {body}")


def missing(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """The triggers that are not in force: ``(table, trigger)``."""
    with connection.cursor() as cursor:  # past the scope: the shape of tables, no rows
        tables = set(connection.introspection.table_names(cursor))
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = ANY(%s::regclass[]) AND tgenabled = 'A'",
                [[table for table in (*TABLES, *{fence.table for fence in _more}) if table in tables]],
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        laid = {row[0] for row in cursor.fetchall()}
    names = (_POSTGRESQL,) if connection.vendor == "postgresql" else tuple(_SQLITE)
    wanted = [(table, name.format(table=table)) for table in TABLES if table in tables for name in names]
    wanted += [(each.table, each.name) for each in _more if each.table in tables and each.body(connection.vendor)]
    return [(table, name) for table, name in wanted if name not in laid]


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within: the journal can be emptied. For tests and benchmarks that begin anew; on PostgreSQL the owner alone may."""
    with connection.cursor() as cursor:  # past the scope: the shape of tables, no rows
        for table in TABLES:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {_POSTGRESQL.format(table=table)} ON {table}")
            else:
                for name in _SQLITE:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name.format(table=table)}")
        there = set(connection.introspection.table_names(cursor))
        for each in _more:
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
