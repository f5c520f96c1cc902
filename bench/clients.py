"""Resellers with 1 k, 100 k and 1 M clients, for the benchmarks that only read.

Made by the database itself from a few words, indexes last, so that the million takes a minute or two; on SQLite kept
under ``var/bench`` until the tables change. All three resellers stand in one database.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.installation import database_kind, installed

SIZES = (1_000, 100_000, 1_000_000)
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TOP = Path(__file__).parents[1]
KEPT = TOP / "var" / "bench"
PASSWORD = "wide river, small boat"

#: One client in five is a trattoria and every second is in Rome, so one in ten is found by both words; one in twenty is a hotel;
#: nobody is two of the kinds, and one client alone has each number. The shares are the same at every size.
COMMON, SOME, TWO, APART, ABSENT = "trattoria", "hotel", "trattoria roma", "pizzeria salone", "zzyzx"
KINDS = (
    "Trattoria", "Pizzeria", "Salone", "Bar", "Hotel", "Trattoria", "Farmacia", "Palestra", "Boulangerie", "Restaurant",
    "Trattoria", "Kapsalon", "Bakkerij", "Pizzeria", "Salone", "Trattoria", "Garage", "Kafe", "Clinica", "Studio",
)  # fmt: skip
NAMES = tuple(
    f"{first}{second}"
    for first in ("Quer", "Bel", "Mon", "Ros", "Ver", "Sol", "Mar", "Luc", "Fior", "Cas")
    for second in ("cia", "la", "te", "ina", "ello")
)
PEOPLE = tuple(
    f"{first} {last}"
    for first in ("Anna", "Mario", "Zoe", "Sanne", "Agron")
    for last in ("Conti", "Durand", "Bakker", "Hoxha")
)
CITIES = ("Roma", "Milano", "Roma", "Lyon", "Roma", "Utrecht", "Roma", "Tirana", "Roma", "Lisboa")


@dataclass(frozen=True, slots=True)
class Place:
    """A reseller with that many clients, and its owner acting there."""

    count: int
    actor: Any
    host: str

    def scope(self) -> AbstractContextManager[Any]:
        """Within: what the owner works in."""
        from sublet.foundation.scope import actor_scope

        return actor_scope(self.actor)


@contextmanager
def kept_installation() -> Iterator[str]:
    """Within: Django is set up on the database with all the clients; gives its kind. Says on the error output how long
    making it took, if it had to be made."""
    if database_kind() == "postgresql":
        with installed() as kind:
            _fill()
            yield kind
        return
    migrations = sorted((TOP / "src/sublet").glob("*/migrations/0*.py"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in (*migrations, Path(__file__)))).hexdigest()[:12]
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / f"clients-{digest}.sqlite3"
    for old in KEPT.glob("clients-*"):
        if not old.name.startswith(file.name):
            old.unlink()
    making = file.with_suffix(".part")
    if not file.exists():
        making.unlink(missing_ok=True)
        _set_up(f"sqlite:///{making}")
        _fill()
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        making.rename(file)
        connection.settings_dict["NAME"] = str(file)
        os.environ["SUBLET_DATABASE_URL"] = f"sqlite:///{file}"
    else:
        _set_up(f"sqlite:///{file}")
    yield "sqlite"
    from django.db import connections

    connections.close_all()


def _set_up(url: str) -> None:
    for name in [name for name in os.environ if name.startswith("SUBLET_")]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "sublet.config.settings",
        "SUBLET_SECRET_KEY": "signs nothing outside the benchmarks, and is as long as a real one must be",
        "SUBLET_DATABASE_URL": url,
        "SUBLET_VAR": str(KEPT),
        "SUBLET_SCHEME": "http",
        "SUBLET_LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)


def place_of(count: int) -> Place:
    """The reseller with that many clients."""
    from sublet.foundation.scope import platform_scope
    from sublet.people import queries
    from sublet.people.models import Collaborator

    host = f"r{count}.localhost"
    with platform_scope("a benchmark looks up its own people"):
        row = Collaborator.objects.select_related("user", "account").get(user__email=f"owner@{host}")
        return Place(count, queries.actor_of(row, row.account, host=host, request_id="bench", via="web"), host)


def _fill() -> None:
    from sublet.accounts.models import Account
    from sublet.branding.models import Domain
    from sublet.foundation.scope import platform_scope
    from sublet.people.models import Collaborator, User

    began = time.perf_counter()
    with platform_scope("a benchmark fills its own database"):
        facts = {"state_since": AT, "created_at": AT}
        vendor = Account(kind="vendor", name="Vendor", sort_name="vendor", **facts)
        vendor.save()
        places = []
        for count in SIZES:
            name = f"Reseller {count}"
            reseller = Account(kind="reseller", parent=vendor, name=name, sort_name=name.lower(), **facts)
            reseller.save()
            owner = User(email=f"owner@r{count}.localhost", name="Rosa Ricci", created_at=AT)
            owner.set_password(PASSWORD)
            owner.save()
            Collaborator(account=reseller, user=owner, is_owner=True, created_at=AT).save()
            Domain(
                account=reseller,
                host=f"r{count}.localhost",
                state="proved",
                is_primary=True,
                created_at=AT,
                proved_at=AT,
            ).save()
            places.append((reseller.id, count))
    _insert(places)
    import sys

    print(f"made {sum(SIZES)} clients in {time.perf_counter() - began:.0f} s", file=sys.stderr)


def _insert(places: list[tuple[int, int]]) -> None:
    from django.db import connection, transaction

    from sublet.accounts.models import Account
    from sublet.foundation.unscoped import past_scope

    postgresql = connection.vendor == "postgresql"
    made_again = _drop_indexes() + (_drop_keys() if postgresql else [])
    with past_scope("a benchmark fills its own database"), transaction.atomic(), connection.cursor() as cursor:
        for number, words in enumerate((KINDS, NAMES, PEOPLE, CITIES)):
            cursor.execute(f"CREATE TEMPORARY TABLE list{number} (i integer PRIMARY KEY, word text)")
            cursor.executemany(f"INSERT INTO list{number} VALUES (%s, %s)", list(enumerate(words)))
        first = 1_000
        for reseller_id, count in places:
            cursor.execute(
                "CREATE TEMPORARY TABLE made (id bigint PRIMARY KEY, n integer, name text, person text, city text)"
            )
            series = (
                "SELECT n FROM generate_series(0, %s) AS n"
                if postgresql
                else "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < %s) SELECT n FROM s"
            )
            cursor.execute(
                f"INSERT INTO made SELECT {first} + n, n, list0.word || ' ' || list1.word || ' ' || n, list2.word, list3.word"
                f" FROM ({series}) AS numbers JOIN list0 ON list0.i = n %% {len(KINDS)}"
                f" JOIN list1 ON list1.i = (n / {len(KINDS)}) %% {len(NAMES)} JOIN list2 ON list2.i = n %% {len(PEOPLE)}"
                f" JOIN list3 ON list3.i = (n / 7) %% {len(CITIES)}",
                [count - 1],
            )
            columns, values = _account_values(Account, reseller_id, postgresql)
            cursor.execute(f"INSERT INTO account ({columns}) SELECT {values} FROM made")
            for word in (
                "lower(list0.word)", "lower(list1.word)", "CAST(n AS text)", "'info' || n", "'example'",
                "lower(substr(person, 1, 4))", "lower(city)", "lower(substr(person, 6))",
            ):  # fmt: skip
                cursor.execute(
                    f"INSERT INTO account_word (account_id, parent_id, word, personal)"
                    f" SELECT id, {reseller_id}, {word}, {'substr(person' in word or 'info' in word} FROM made"
                    f" JOIN list0 ON list0.i = n %% {len(KINDS)} JOIN list1 ON list1.i = (n / {len(KINDS)}) %% {len(NAMES)}",
                    [],
                )
            cursor.execute(
                f"INSERT INTO account_tag (account_id, parent_id, name)"
                f" SELECT id, {reseller_id}, 'restaurant' FROM made WHERE n %% 3 = 0", []
            )  # fmt: skip
            cursor.execute(
                f"INSERT INTO account_tag (account_id, parent_id, name)"
                f" SELECT id, {reseller_id}, 'vip' FROM made WHERE n %% 50 = 0", []
            )  # fmt: skip
            cursor.execute("DROP TABLE made")
            first += count
        if postgresql:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('account', 'id'), {first})")
    with connection.cursor() as cursor:
        for sql in made_again:
            cursor.execute(sql)
        cursor.execute("VACUUM ANALYZE" if postgresql else "ANALYZE")


def _account_values(model: Any, reseller_id: int, postgresql: bool) -> tuple[str, str]:
    """The columns of an account and what the database makes of a row of `made` for each."""
    at = "2026-03-02 09:30:00" + ("+00" if postgresql else "")

    def before(minutes: str) -> str:
        if postgresql:
            return f"timestamptz '{at}' - ({minutes}) * interval '1 minute'"
        return f"datetime('{at}', '-' || ({minutes}) || ' minutes')"

    digits = "lpad(CAST(id AS text), 14, '0')" if postgresql else "printf('%014d', id)"
    made = {
        "id": "id",
        "ref": f"'acc_' || replace(replace({digits}, '0', 'A'), '1', 'B')",
        "kind": "'client'",
        "parent_id": str(reseller_id),
        "name": "name",
        "sort_name": "lower(name)",
        "state": "CASE WHEN n % 25 = 0 THEN 'suspended' WHEN n % 33 = 0 THEN 'closed' WHEN n % 40 = 0 THEN 'invited' ELSE 'active' END",
        "state_since": before("n"),
        "language": "CASE n % 4 WHEN 0 THEN 'it' WHEN 1 THEN 'fr' WHEN 2 THEN 'nl' ELSE '' END",
        "country": "'IT'",
        "timezone": "'Europe/Rome'",
        "contact_name": "person",
        "email": "'info' || n || '@example.com'",
        "phone": "'+3906' || (2000000 + n)",
        "street": "'Via Roma ' || (n % 200)",
        "postal_code": "'00184'",
        "city": "city",
        "website": "CASE WHEN n % 2 = 0 THEN 'https://c' || n || '.example.com' ELSE '' END",
        "external_id": "CASE WHEN n % 3 = 0 THEN CAST(n AS text) ELSE '' END",
        "notes": "CASE WHEN n % 5 = 0 THEN 'calls in the morning' ELSE '' END",
        "responsible_id": "CASE WHEN n % 7 = 0 THEN 1 ELSE NULL END",
        "last_seen_at": f"CASE WHEN n % 2 = 0 THEN {before('n / 2')} ELSE NULL END",
        "created_at": before("n"),
    }
    columns, values = [], []
    for field in model._meta.concrete_fields:
        columns.append(field.column)
        default = None if field.column in made else field.get_default()
        plain = "NULL" if default is None else str(default) if isinstance(default, int) else f"'{default}'"
        values.append(made.get(field.column, plain))
    return ", ".join(columns), ", ".join(values)


def _drop_indexes() -> list[str]:
    """Drop the indexes of the large tables; the statements that make them again."""
    from django.db import connection

    tables = "('account', 'account_word', 'account_tag')"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN " + tables + " AND indexname NOT IN"
                " (SELECT conname FROM pg_constraint)"
            )
        else:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN " + tables
            )
        found = cursor.fetchall()
        for name, _sql in found:
            cursor.execute(f'DROP INDEX "{name}"')
        return [sql for _name, sql in found]


def _drop_keys() -> list[str]:
    """Drop the foreign keys of those tables, which PostgreSQL would look up row by row at the end of the transaction; the
    statements that make them again, and then check all rows at once."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
            " AND conrelid::regclass::text IN ('account', 'account_word', 'account_tag')"
        )
        found = cursor.fetchall()
        for table, name, _definition in found:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    return [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}' for table, name, definition in found]
