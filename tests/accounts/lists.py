"""Lists of clients for tests of the import."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from sublet.accounts import operations, queries
from sublet.accounts.queries import ImportFacts
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import run_due_jobs
from tests.people import AT

AGENCY = Path(__file__).parents[1] / "foundation" / "data" / "clients-agency.xlsx"
HEADINGS = ("Company", "Contact person", "E-mail", "Phone", "City", "Country", "Tags")
#: One sound row, one without e-mail, one that repeats the first, one that is refused.
ROWS = (
    ("Bar Verdi", "Ugo Verdi", "ugo@verdi.example", "06 6982 1234", "Roma", "Italia", "bar, vip"),
    ("Café Noir", "", "", "+33 4 72 00 00 01", "Lyon", "France", ""),
    ("BAR VERDI", "Ugo Verdi", "UGO@verdi.example", "", "Roma", "Italia", ""),
    ("Salone Blu", "", "not an address", "", "Milano", "Italia", ""),
)


def csv_of(rows: Iterable[Sequence[object]], headings: Sequence[str] = HEADINGS, separator: str = ",") -> bytes:
    """The list as a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode()


def xlsx_of(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    """A workbook with those sheets."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)
    return out.getvalue()


def many(count: int, first: int = 0) -> bytes:
    """`count` different sound rows."""
    numbers = range(first, first + count)
    return csv_of([(f"Client {n:06}", "", f"c{n}@list.example", "", "Roma", "Italia", "bulk") for n in numbers])


def bring_in(actor: Actor, data: bytes, *, at: datetime = AT, name: str = "list.csv") -> ImportFacts:
    """Upload, start, and let the job run; in the actor's scope."""
    ref = operations.upload_import(file_name=name, data=data, actor=actor, at=at)
    operations.start_import(ref=ref, revision=1, actor=actor, at=at)
    run_due_jobs(at=at)
    return queries.import_facts(actor, ref)
