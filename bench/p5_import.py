"""P5: a list of 100 k clients in, with everything: read, checked, written with tags, search words and journal.

The floor writes the very same clean rows into the same four tables, in batches of the same size, with the driver's own
`executemany` or COPY, without reading, checking or asking anything. `seconds` is the import by the job; the check before
it, which the person looks at, is `check_seconds`. Goal: at most 4 times the floor; `mb` is what the import adds to the
process.
"""

from __future__ import annotations

import csv
import io
import os
import resource
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bench.clients import AT
from bench.installation import installed

IMPORTED = 100_000


def main() -> Iterator[str]:
    """One line."""
    with installed() as kind:
        yield from _imports(kind)


def _reseller() -> Any:
    from sublet.accounts.models import Account
    from sublet.accounts.queries import acting_for_reseller, installation_actor
    from sublet.foundation.scope import platform_scope

    with platform_scope("a benchmark fills its own database"):
        vendor = Account(kind="vendor", name="Vendor", sort_name="vendor", state_since=AT, created_at=AT)
        vendor.save()
        reseller = Account(kind="reseller", parent=vendor, name="R", sort_name="r", state_since=AT, created_at=AT)
        reseller.save()
        return acting_for_reseller(installation_actor(name="Bench", via="cli"), reseller.ref)


def _list(count: int, first: int) -> bytes:
    """A list as an agency keeps it: fourteen columns, a few phone formats, now and then nothing."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        ("Company", "Contact person", "E-mail", "Phone", "Mobile", "Address", "Postal code", "City", "Country",
         "Language", "Tags", "Website", "Client since", "Notes")
    )  # fmt: skip
    for n in range(first, first + count):
        writer.writerow(
            (
                f"Trattoria Numero {n}", f"Mario Rossi {n % 977}" if n % 9 else "", f"info{n}@trattoria{n}.example",
                f"+39 06 {2000000 + n % 5900000}" if n % 3 else f"06/{2000000 + n % 5900000}", "", f"Via Roma {n % 200}",
                "00184", "Roma", "Italia", "Italiano", "restaurant, vip" if n % 4 else "bar",
                f"www.trattoria{n}.example" if n % 2 else "", f"{n % 28 + 1:02}/03/20{10 + n % 15}",
                "calls in the morning" if n % 5 == 0 else "",
            )
        )  # fmt: skip
    return text.getvalue().encode()


def _imports(kind: str) -> Iterator[str]:
    from django.db import connection

    from sublet.accounts import operations, queries
    from sublet.accounts.models import Account, AccountTag, SearchWord
    from sublet.foundation.jobs.worker import run_worker
    from sublet.foundation.journal.models import JournalEntry
    from sublet.foundation.scope import actor_scope
    from sublet.people.models import Grant

    actor = _reseller()
    data = _list(IMPORTED, 0)
    with actor_scope(actor):
        began = time.perf_counter()
        ref = operations.upload_import(file_name="list.csv", data=data, actor=actor, at=AT)
        run_worker(threads=1, once=True)  # the check
        checked = time.perf_counter()
        operations.start_import(ref=ref, revision=1, actor=actor, at=AT + timedelta(seconds=1))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        run_worker(threads=1, once=True)
        wall = time.perf_counter() - started
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        facts = queries.import_facts(actor, ref)
        assert facts.made == IMPORTED, facts
        tables = (Account, AccountTag, SearchWord, Grant, JournalEntry)
        rows = []
        ids = list(Account.objects.filter(import_id=facts.id).order_by("id").values_list("id", flat=True))
        for model in tables:
            field = "id" if model is Account else "account_id"
            rows.append(_raw_rows(model, field, ids[0], ids[-1]))
        floor = _write_bare(tables, rows, ids)
        yield (
            f"P5.{kind}.import.{IMPORTED} ratio_floor={wall / floor:.2f}"
            f" with_check={(wall + checked - began) / floor:.2f} goal=4 seconds={wall:.1f} floor_seconds={floor:.1f}"
            f" check_seconds={checked - began:.1f} rows_per_second={IMPORTED / wall:.0f} mb={grown:.0f}"
        )
        assert connection.vendor == kind


def _raw_rows(model: Any, field: str, first: int, last: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The rows of one table as the driver has them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM {model._meta.db_table} WHERE {field} BETWEEN %s AND %s ORDER BY {field}", [first, last]
        )
        names = [column[0] for column in cursor.description]
        return names, cursor.fetchall()


def _past_the_wall(tables: Any) -> Any:
    """A connection of the owner's whose COPY the wall lets through: no walled table takes any. The database is thrown away."""
    import psycopg

    plain = psycopg.connect(os.environ["SUBLET_DATABASE_URL"], autocommit=True)
    for model in tables:
        plain.execute(f"ALTER TABLE {model._meta.db_table} NO FORCE ROW LEVEL SECURITY")
    plain.execute("VACUUM")
    return plain


def _write_bare(tables: Any, rows: list[tuple[list[str], list[tuple[Any, ...]]]], ids: list[int]) -> float:
    """Delete what the import made and write the same rows again with the bare driver; the seconds of the writing."""
    from django.db import connection

    from sublet.foundation.journal import fences

    with fences.lifted(connection), connection.cursor() as cursor:
        for model in reversed(tables):
            field = "id" if model._meta.db_table == "account" else "account_id"
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE {field} BETWEEN %s AND %s", [ids[0], ids[-1]])
    plain = _past_the_wall(tables) if connection.vendor == "postgresql" else connection.connection
    place = {}
    for number, (names, found) in enumerate(rows):
        key = names.index("id" if number == 0 else "account_id")
        by_batch: list[list[tuple[Any, ...]]] = [[] for _ in range(len(ids) // 500 + 1)]
        for row in found:
            by_batch[(row[key] - ids[0]) // 500].append(row)
        place[number] = by_batch
    began = time.perf_counter()
    for batch in range(len(ids) // 500 + 1):
        if connection.vendor == "postgresql":
            with plain.transaction(), plain.cursor() as cursor:
                for number, model in enumerate(tables):
                    names = ", ".join(rows[number][0])
                    with cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy:
                        for row in place[number][batch]:
                            copy.write_row(row)
        else:
            plain.execute("BEGIN IMMEDIATE")
            for number, model in enumerate(tables):
                names = rows[number][0]
                marks = ", ".join("?" * len(names))
                plain.executemany(
                    f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) VALUES ({marks})", place[number][batch]
                )
            plain.execute("COMMIT")
    return time.perf_counter() - began
