"""P5: the client list out as CSV and XLSX.

The floor of CSV is the driver's own cursor on the same statement with `csv.writer`, that of XLSX is the bare
writer on the same values; both take turns with ours. `mb` is what ours adds to the memory of an idle process of its own,
at 100 k and at 1 M clients. Goals: CSV at most 2 times the floor on SQLite and 1.6 times on PostgreSQL, XLSX 1.2 times,
64 MB.
"""

from __future__ import annotations

import csv
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.clients import AT, Place, kept_installation, place_of

EXPORTED = 100_000
ROUNDS = 5
ZONE = ZoneInfo("Europe/Rome")
LANGUAGES = {"en": "English", "it": "Italiano", "nl": "Nederlands", "fr": "Français"}


def main() -> Iterator[str]:
    """One line for each figure."""
    with kept_installation() as kind:
        yield from _exports(kind, place_of(EXPORTED))
        for form, count in (("csv", EXPORTED), ("csv", 1_000_000), ("xlsx", EXPORTED), ("xlsx", 1_000_000)):
            yield f"P5.{kind}.export_{form}_memory.{count} mb={_memory(form, count):.0f} goal=64"


def _leaving(place: Place) -> Any:
    from sublet.accounts.queries import ListQuery
    from sublet.accounts.queries.exports import export_list

    people = {1: "Rosa Ricci"}
    return export_list(place.actor, ListQuery(), keys=(), people=people, languages=LANGUAGES, zone=ZONE, at=AT)


def _ours_csv(place: Place) -> int:
    from sublet.foundation.sheets.writing import write_csv

    leaving = _leaving(place)
    return sum(map(len, write_csv(leaving.rows, leaving.columns, zone=ZONE)))


def _statement(place: Place) -> tuple[str, Sequence[Any]]:
    """The same statement as ours, with plain columns where ours makes texts of instants."""
    from django.db import connection
    from django.db.models import F

    from sublet.accounts.queries import ListQuery
    from sublet.accounts.queries.clients import matching
    from sublet.accounts.queries.exports import COLUMNS, _TagNames

    rows, _capped = matching(place.actor, ListQuery(), at=AT)
    rows = rows.annotate(tag_names=_TagNames(F("id"))).order_by("sort_name", "id")
    sql, values = (
        rows.values_list(*(column.source for column in COLUMNS)).query.get_compiler(connection=connection).as_sql()
    )
    return sql, values


def _driver_rows(place: Place) -> Iterator[Sequence[Any]]:
    """The rows by the bare driver: no Django between."""
    from django.db import connection

    sql, values = _statement(place)
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        import psycopg

        # Past the second wall, which shows nothing to whom nothing was told of; ours tells it with each statement.
        with psycopg.connect(os.environ["SUBLET_DATABASE_URL"]) as bare, bare.cursor() as cursor:
            cursor.execute("SELECT set_config('sublet.account', '*', false)")
            cursor.execute(sql, values)
            while batch := cursor.fetchmany(2000):
                yield from batch
        return
    import sqlite3

    plain = sqlite3.connect(connection.settings_dict["NAME"])
    try:
        cursor = plain.execute(sql.replace("%s", "?"), values)
        while batch := cursor.fetchmany(2000):
            yield from batch
    finally:
        plain.close()


def _floor_csv(place: Place) -> int:
    buffer, size, count = io.StringIO(newline=""), 0, 0
    writer = csv.writer(buffer)
    batch: list[Sequence[Any]] = []
    for row in _driver_rows(place):
        count += 1
        batch.append(row)
        if len(batch) == 500:
            writer.writerows(batch)
            batch.clear()
            size += len(buffer.getvalue().encode())
            buffer.seek(0)
            buffer.truncate()
    writer.writerows(batch)
    assert count > EXPORTED * 0.9, count  # a floor that wrote nothing would be a fine one
    return size + len(buffer.getvalue().encode())


def _ours_xlsx(place: Place) -> int:
    from sublet.foundation.sheets.writing import stream_xlsx

    leaving = _leaving(place)
    return sum(map(len, stream_xlsx(leaving.rows, leaving.columns, title="Clients", zone=ZONE)))


def _floor_xlsx(values: Sequence[Sequence[Any]]) -> int:
    import xlsxwriter

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False})
        day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet()
        for line, row in enumerate(values):
            for at, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, at, cell)
                elif isinstance(cell, datetime):
                    sheet.write_datetime(line, at, cell.replace(tzinfo=None), moment)
                elif cell is not None:
                    sheet.write_datetime(line, at, cell, day)
        book.close()
        return path.stat().st_size


def _turns(ours: Callable[[], int], floor: Callable[[], int], rounds: int) -> tuple[float, float, float, float]:
    """Median seconds of both, median of the ratios by the wall clock and by this process's own time."""
    walls, floors, ratios, cpus = [], [], [], []
    for _ in range(rounds):
        times = []
        for work in (floor, ours):
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            times.append((time.perf_counter() - wall, time.process_time() - cpu))
        floors.append(times[0][0])
        walls.append(times[1][0])
        ratios.append(times[1][0] / times[0][0])
        cpus.append(times[1][1] / times[0][1])
    return tuple(statistics.median(each) for each in (walls, floors, ratios, cpus))  # type: ignore[return-value]  # four


def _line(name: str, goal: float, figures: tuple[float, float, float, float]) -> str:
    wall, floor, ratio, cpu = figures
    return (
        f"{name} ratio_floor={ratio:.2f} ratio_cpu={cpu:.2f} goal={goal} seconds={wall:.2f} floor_seconds={floor:.2f}"
    )


def _exports(kind: str, place: Place) -> Iterator[str]:
    with place.scope():
        goal = 2.0 if kind == "sqlite" else 1.6
        _ours_csv(place)
        figures = _turns(lambda: _ours_csv(place), lambda: _floor_csv(place), ROUNDS)
        yield _line(f"P5.{kind}.export_csv.{EXPORTED}", goal, figures)
        values = [tuple(row) for row in _leaving(place).rows]
        figures = _turns(lambda: _ours_xlsx(place), lambda: _floor_xlsx(values), 2)
        yield _line(f"P5.{kind}.export_xlsx.{EXPORTED}", 1.2, figures)


def _memory(form: str, count: int) -> float:
    """What an export adds to a process of its own, in MB."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, form, str(count)], capture_output=True, text=True, check=True, env=os.environ
    )
    return float(done.stdout)


# Not `ru_maxrss`: a process inherits its parent's peak.
_MEASURE = """
import sys
import django
django.setup()
from bench import p5_sheets
from bench.clients import place_of
form, count = sys.argv[1], int(sys.argv[2])
place = place_of(count)

def megabytes(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

with place.scope():
    before = megabytes("VmRSS:")
    {"csv": p5_sheets._ours_csv, "xlsx": p5_sheets._ours_xlsx}[form](place)
    print(megabytes("VmHWM:") - before)
"""
