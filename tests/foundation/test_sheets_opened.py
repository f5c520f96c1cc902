"""I4: a real spreadsheet program opens what leaves, computes all it would compute, and saves it again: nothing of it was a formula."""

from __future__ import annotations

import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from sublet.foundation.sheets.writing import Column, Value, write_csv, write_xlsx
from tests.foundation.test_sheets_writing import HOSTILE, ROME

pytestmark = [pytest.mark.full, pytest.mark.slow]

COLUMNS = (Column("Text"), Column("Count", "number"), Column("Owed", "money", currency="EUR"))
ROWS: list[tuple[Value, ...]] = [(text, -number, -100 * number) for number, text in enumerate(HOSTILE, start=1)]
#: Comma, quotes, UTF-8, from the first line, American numbers, and no quoted cell taken for a text only because of its quotes.
AS_CSV = "--infilter=CSV:44,34,76,1,,1033,false,true,false"


def opened(file: Path, *options: str) -> Worksheet:
    """What LibreOffice made of that file."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is missing: apt-get install libreoffice-calc-nogui"
    home, out = file.parent / "home", file.parent / f"out-{file.suffix[1:]}"
    subprocess.run(
        [program, f"-env:UserInstallation=file://{home}", "--headless", *options, "--convert-to", "xlsx", "--outdir", out, file],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    sheet: Worksheet = openpyxl.load_workbook(out / f"{file.stem}.xlsx").worksheets[0]
    return sheet


def formulas(sheet: Worksheet) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_libreoffice_computes_nothing_of_a_book_and_numbers_stay_numbers(tmp_path: Path) -> None:
    book = tmp_path / "clients.xlsx"
    write_xlsx(ROWS, COLUMNS, title="Clients", out_path=book, zone=ROME)
    sheet = opened(book)
    assert formulas(sheet) == []
    assert [cell.data_type for cell in sheet["A"]] == ["s"] * (len(ROWS) + 1)
    assert [(sheet.cell(row, 2).value, Decimal(str(sheet.cell(row, 3).value))) for row in range(2, len(ROWS) + 2)] == [
        (-number, Decimal(-number)) for number in range(1, len(ROWS) + 1)
    ]


def test_libreoffice_computes_nothing_of_a_list_and_numbers_stay_numbers(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_bytes(b"".join(write_csv(ROWS, COLUMNS)))
    sheet = opened(file, AS_CSV)
    assert formulas(sheet) == []
    assert [sheet.cell(row, 2).value for row in range(2, len(ROWS) + 2)] == [
        -number for number in range(1, len(ROWS) + 1)
    ]


def test_what_is_not_guarded_is_computed(tmp_path: Path) -> None:
    """The positive control, in both."""
    file = tmp_path / "naive.csv"
    file.write_text('Text,Count\n=1+1,1\n"=HYPERLINK(""http://evil.example"",""x"")",2\n', encoding="utf-8")
    assert len(formulas(opened(file, AS_CSV))) == 2
    naive = openpyxl.Workbook()
    naive.worksheets[0].append(["=1+1"])
    naive.save(tmp_path / "naive.xlsx")
    assert formulas(opened(tmp_path / "naive.xlsx")) == ["=1+1"]
