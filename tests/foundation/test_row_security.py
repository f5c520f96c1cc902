"""The database's own wall, asked as the role of the running application and by raw SQL: past every fence of the code."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.foundation import walls
from sublet.foundation.postgresql.base import sentence
from sublet.foundation.scope import account_scope, platform_scope
from sublet.foundation.unscoped import past_scope
from sublet.portals.cli.findings import NOTE, OK, WRONG
from sublet.portals.cli.wall_findings import row_security
from tests.owner import owning
from tests.people import World

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

VALUES = {
    "bool": False,
    "jsonb": "{}",
    "bytea": b"",
    "uuid": "00000000-0000-7000-8000-000000000001",
    "timestamptz": "2026-01-01T00:00Z",
    "date": "2026-01-01",
    "int2": 1,
    "int4": 1,
    "int8": 1,
    "numeric": 1,
}
WALLED = sorted({policy.table for policy in walls.policies()})
BY_KEY = {model._meta.db_table for model in walls.tenant_models() if model.found_by_key}


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def touched(statement: str) -> int:
    """How many rows it changes: none where a fence refuses it before the wall does."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            return int(cursor.rowcount)
    except IntegrityError as refused:
        if "is append-only" not in str(refused):
            raise
        return 0


def rows_of(tables: list[str]) -> dict[str, int]:
    counts = ", ".join(f'(SELECT count(*) FROM "{table}")' for table in tables)
    return dict(zip(tables, sql(f"SELECT {counts}")[0], strict=True))


Statements = dict[str, tuple[str, list[Any]]]


def _path_of(table: str) -> tuple[str, str]:
    """The column by which a table has its account, and the table to which that leads."""
    for model in walls.tenant_models():
        if model._meta.db_table == table:
            field = model._meta.get_field(model.scope_path.partition("__")[0])
            return str(field.column), str(field.related_model._meta.db_table)  # type: ignore[union-attr]  # keys
    return "account_id", "account"


COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = current_schema()"


@pytest.fixture
def filled(world: World) -> Iterator[Statements]:
    """One more row of Carl's in every walled table; gives the statements that made them. Rolled back at the end.

    Made without any rule but the wall's: checks have tests of their own.
    """
    statements: Statements = {}
    with transaction.atomic():
        with past_scope("a test fills every table"):
            sql("SET CONSTRAINTS ALL IMMEDIATE")  # a table with a question still open is not altered
            sql("SET CONSTRAINTS ALL DEFERRED")
            with owning():
                for table, name in sql(
                    "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c'"
                    " AND conrelid::regclass::text = ANY(%s)", WALLED,
                ):  # fmt: skip
                    sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            made: dict[str, Any] = {"account": world.carl.id}
            # Those that have their account by way of another table come after it.
            for table in sorted(set(WALLED) - {"account"}, key=lambda each: _path_of(each)[1] != "account"):
                column, up = _path_of(table)
                names, values = [column], [made[up]]
                for name, kind, width in sql(
                    "SELECT column_name, udt_name, character_maximum_length FROM information_schema.columns"
                    " WHERE table_name = %s AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
                    " AND table_schema = current_schema()", table,
                ):  # fmt: skip
                    if name != column:
                        names.append(name)
                        values.append(VALUES.get(kind, f"x{table}"[:width]))
                listed = ", ".join(f'"{name}"' for name in names)
                marks = ", ".join(["%s"] * len(names))
                statement = f'INSERT INTO "{table}" ({listed}) VALUES ({marks})'
                back = "id" if ("id",) in sql(COLUMNS, table) else "0"  # some have a row for each account, or a seal
                [(made[table],)] = sql(f"{statement} RETURNING {back}", *values)
                statements[table] = (statement, values)
        yield statements
        transaction.set_rollback(True)


def test_every_walled_table_is_empty_without_a_scope(filled: Statements) -> None:
    assert set(rows_of(WALLED).values()) == {0}
    with platform_scope("the control: the rows are there"):
        assert min(rows_of(WALLED).values()) > 0
    assert set(rows_of(WALLED).values()) == {0}


def test_each_sees_its_own_and_those_above_see_it_too(filled: Statements, world: World) -> None:
    with account_scope(world.carl.id):
        assert min(rows_of(WALLED).values()) > 0
    with account_scope(world.rosa.id):
        assert min(rows_of(WALLED).values()) > 0


@pytest.mark.parametrize("other", ["dora", "remo", "elan", "bakery"])
def test_nobody_else_sees_changes_deletes_or_makes_it(filled: Statements, world: World, other: str) -> None:
    with account_scope(getattr(world, other).id):
        for table, (statement, values) in filled.items():
            key = _path_of(table)[0]
            mine = f'WHERE "{key}" = {values[0]}'
            assert sql(f'SELECT count(*) FROM "{table}" {mine}') == [(0,)], table
            if table not in walls.APPEND_ONLY:
                assert touched(f'UPDATE "{table}" SET "{key}" = "{key}" {mine}') == 0, table
                assert touched(f'DELETE FROM "{table}" {mine}') == 0, table
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                sql(statement, *values)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            sql(
                "UPDATE account SET parent_id = NULL, id = %s WHERE id = %s",
                world.carl.id + 10**6,
                getattr(world, other).id,
            )
    with platform_scope("the control: it is still there"):
        assert min(rows_of(WALLED).values()) > 0


def test_joins_and_aggregates_show_nothing_of_others(world: World) -> None:
    counted = "SELECT array_agg(DISTINCT a.name ORDER BY a.name), count(*) FROM collaborator c JOIN account a ON true"
    with platform_scope("the control"):
        assert "Remo" in str(sql("SELECT array_agg(name) FROM account"))
    with account_scope(world.rosa.id):
        names, number = sql(counted)[0]
        assert set(names) == {world.vendor.name, world.rosa.name, world.carl.name, world.elan.name, world.zorba.name}
        assert number == 5 * sql("SELECT count(*) FROM collaborator")[0][0]


def test_those_above_can_be_named_but_not_changed(world: World) -> None:
    with account_scope(world.carl.id):
        assert {row[0] for row in sql("SELECT id FROM account")} == {world.carl.id, world.rosa.id, world.vendor.id}
        assert touched(f"UPDATE account SET name = 'x' WHERE id = {world.rosa.id}") == 0
        assert touched("UPDATE account SET name = name") == 1


def test_who_reaches_some_clients_sees_those_alone(world: World) -> None:
    with account_scope(world.rosa.id) as scope:
        scope.reach = frozenset({world.elan.id})
        assert {row[0] for row in sql("SELECT id FROM account WHERE kind = 'client'")} == {world.elan.id}
        scope.reach = frozenset()
        assert sql("SELECT id FROM account WHERE kind = 'client'") == []


def test_a_link_to_another_accounts_row_is_refused(world: World) -> None:
    links = sql(r"SELECT count(*) FROM pg_constraint WHERE conname LIKE '%%\_stays\_in\_its\_account'")
    assert links == [(len(walls.LINKS),)]
    with platform_scope("the database refuses it to everybody"):
        [(endpoint,)] = _insert("webhook_endpoint", account_id=world.carl.id)
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="stays_in_its_account"), transaction.atomic():
            _insert("webhook_delivery", account_id=world.elan.id, endpoint_id=endpoint)
        assert _insert("webhook_delivery", account_id=world.carl.id, endpoint_id=endpoint)  # the control


def _insert(table: str, **given: Any) -> list[tuple[Any, ...]]:
    values = dict(given)
    for name, kind, width in sql(
        "SELECT column_name, udt_name, character_maximum_length FROM information_schema.columns WHERE table_name = %s"
        " AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND table_schema = current_schema()",
        table,
    ):
        values.setdefault(name, VALUES.get(kind, f"x{table}"[:width]))
    listed = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(["%s"] * len(values))
    return sql(f'INSERT INTO "{table}" ({listed}) VALUES ({marks}) RETURNING id', *values.values())


def test_every_table_with_an_account_is_forced_behind_the_wall() -> None:
    forced = {
        name for (name,) in sql(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')"
            " AND relrowsecurity AND relforcerowsecurity"
        )
    }  # fmt: skip
    tables = {name for (name,) in sql("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")}
    assert forced == set(WALLED)
    assert tables - forced <= set(walls.WITHOUT_ACCOUNT)
    assert (
        sql("SELECT viewname FROM pg_views WHERE schemaname = current_schema()") == []
    )  # a view would ask as its owner


def test_the_application_is_nobody_special() -> None:
    assert walls.role_faults(connection) == []
    for table in ("account", "journal"):
        [rights] = sql(
            "SELECT has_table_privilege(%s, 'TRUNCATE'), has_table_privilege(%s, 'TRIGGER'),"
            " has_schema_privilege(current_schema(), 'CREATE')", table, table,
        )  # fmt: skip
        assert rights == (False, False, False)
    with owning():
        assert walls.role_faults(connection) == ["owner"]


def test_a_wall_that_is_missing_is_found_and_built(world: World) -> None:
    assert walls.missing(connection) == []
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with owning():
        sql("DROP POLICY within_the_scope ON brand")
        sql("ALTER TABLE domain NO FORCE ROW LEVEL SECURITY")
        sql("ALTER TABLE collaborator DISABLE ROW LEVEL SECURITY")
        assert {policy.table for policy in walls.missing(connection)} == {"brand", "domain", "collaborator"}
    # The control: what the tests above ask sees a wall that is down.
    assert rows_of(["collaborator"]) != {"collaborator": 0}
    with owning():
        walls.lay(connection)

    assert walls.missing(connection) == []
    assert rows_of(["collaborator"]) == {"collaborator": 0}


def test_a_function_that_says_something_else_is_found_and_made_anew(world: World) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with owning():
        sql(walls.WITHIN.replace("told = '*'", "true"))
        assert {policy.table for policy in walls.missing(connection)} == BY_KEY
    assert touched("UPDATE usage_total SET quantity = quantity") == 0
    assert sql("SELECT within_the_scope(1)") == [(True,)]  # the control: it did say something else
    with owning():
        walls.lay(connection)

    assert walls.missing(connection) == []
    assert sql("SELECT within_the_scope(1)") == [(None,)]


def test_asked_row_by_row_the_wall_says_the_same(world: World) -> None:
    luck = random.Random(11)
    everybody = [each.id for each in vars(world).values() if isinstance(each, Account)]
    keys = [*everybody, max(everybody) + 1, -1, None]
    both = (
        'SELECT "rows".key, '
        f"coalesce({walls._within('rows', 'key')}, false), coalesce({walls._by_key('rows', 'key')}, false)"
        " FROM unnest(%s::bigint[]) rows (key)"
    )
    shown = set()
    with (
        transaction.atomic(),
        connection.connection.cursor() as cursor,
    ):  # the driver's own, which tells no scope by itself
        for _ in range(200):
            account = luck.choice([*everybody, max(everybody) + 1, "*", ""])
            reach = luck.sample(everybody, luck.randrange(len(everybody)))
            told = luck.choice(["", "{" + ",".join(map(str, reach)) + "}"])
            cursor.execute(sentence((str(account), told)))
            found = cursor.execute(both, [keys]).fetchall()
            assert [(key, old) for key, old, _ in found] == [(key, new) for key, _, new in found], (account, told)
            shown.add(sum(old for _, old, _ in found))
    wrapper: Any = connection
    wrapper.forget()
    assert {0, 1, 2, 3, len(keys)} < shown  # the control: every kind of scope was met


def test_a_migration_moves_the_rows_of_everybody(world: World) -> None:
    with connection.schema_editor():
        assert rows_of(["account"])["account"] == sum(1 for value in vars(world).values() if isinstance(value, Account))
    assert rows_of(["account"]) == {"account": 0}


def test_the_scope_is_told_anew_when_it_changes_and_after_a_savepoint(world: World) -> None:
    own = "SELECT count(*) FROM account WHERE kind = 'client'"
    with account_scope(world.carl.id):
        assert sql(own) == [(1,)]
        with account_scope(world.rosa.id):
            assert sql(own) == [(3,)]
        before = transaction.savepoint()
        with account_scope(world.remo.id):
            assert sql(own) == [(1,)]
        transaction.savepoint_rollback(before)
        assert sql("SELECT id FROM account WHERE kind = 'client'") == [(world.carl.id,)]
    assert sql(own) == [(0,)]


def test_nobody_counts_or_reads_what_is_told(world: World) -> None:
    with account_scope(world.carl.id), CaptureQueriesContext(connection) as found:
        sql("SELECT 'first'")
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE account SET name = %s WHERE id = %s", [("Carl", world.carl.id)])
            with cursor.copy("COPY (SELECT id FROM account WHERE kind = 'client') TO STDOUT") as copy:
                assert list(copy.rows()) == [(str(world.carl.id),)]
    assert [query["sql"].removeprefix("1 times: ").split()[0] for query in found] == ["SELECT", "UPDATE", "COPY"]


def test_the_doctor_says_how_strong_the_wall_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def levels() -> list[str]:
        return [finding.level for finding in row_security()]

    assert levels() == [OK]
    with owning():
        assert levels() == [NOTE]  # the application as the owner of the tables
        sql("DROP POLICY within_the_scope ON brand")
        assert levels() == [WRONG, NOTE]
        walls.lay(connection)
    for fault in ("superuser", "bypass"):
        monkeypatch.setattr(walls, "role_faults", lambda _connection, fault=fault: [fault, "owner"])
        assert levels() == [WRONG]
