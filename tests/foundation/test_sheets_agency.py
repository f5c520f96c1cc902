"""The list of a real kind of agency, from file to clean rows: as CSV and as workbook it says the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from sublet.core.clientrows import ClientRow, RowChecker, RowRules
from sublet.core.columns import guess_columns, guess_day_first
from sublet.foundation.sheets.phones import normalize_phone
from sublet.foundation.sheets.places import country_of, timezone_of
from sublet.foundation.sheets.reading import Sheet, read_sheet
from tests.foundation.make_sheets import DATA, HEADINGS, ROWS, agency_csv, agency_xlsx

CSV, XLSX = DATA / "clients-agency.csv", DATA / "clients-agency.xlsx"


def clean(sheet: Sheet) -> list[ClientRow]:
    """What a person gets who confirms every guess."""
    layout = sheet.layout()
    assert layout.header is not None
    line, headings = sheet.sample[layout.header]
    sample = [cells for _, cells in sheet.sample[layout.first :]]
    guesses = guess_columns(headings, sample, country_of=country_of)
    created = next(guess.column for guess in guesses if guess.field == "created")
    rules = RowRules(
        normalize_phone,
        country_of,
        timezone_of,
        default_country="IT",
        day_first=guess_day_first([cells[created] for cells in sample]),
    )
    mapping = {guess.column: guess.field for guess in guesses if guess.field is not None}
    return list(RowChecker(mapping, rules).check_all(sheet.data_rows(line)))


def test_the_lists_in_the_repository_are_those_of_the_script(tmp_path: Path) -> None:
    assert CSV.read_bytes() == agency_csv()
    agency_xlsx(tmp_path / "list.xlsx")
    assert list(read_sheet(XLSX).rows()) == list(read_sheet(tmp_path / "list.xlsx").rows())


def test_every_column_is_understood() -> None:
    for path in (CSV, XLSX):
        sheet = read_sheet(path)
        guesses = guess_columns(HEADINGS, [cells for _, cells in sheet.sample[1:]], country_of=country_of)
        assert [guess.field for guess in guesses] == [
            "name", "contact", "email", "phone", "mobile", "street", "postal_code", "city", "country", "language", "tags",
            "website", "created", "notes",
        ]  # fmt: skip
        assert min(guess.confidence for guess in guesses) > 0.8


def test_the_faults_of_the_list_are_told() -> None:
    rows = clean(read_sheet(CSV))
    assert len(rows) == ROWS
    assert Counter(fault.code for row in rows for fault in row.faults) == {
        "email-missing": 31,
        "repeated-row": 5,
        "possible-duplicate": 1,
        "email-invalid": 1,
        "phone-several": 1,
        "phone-unclear": 1,
    }
    assert [row.line for row in rows if not row.usable] == [198]
    assert len({row.row_key for row in rows if row.usable}) == ROWS - 1 - 5
    last = rows[-1]
    assert (last.name, last.mobile, last.email) == ("Rosa Sola", "+393331234567", "")


def test_the_workbook_says_what_the_text_says() -> None:
    text, book = clean(read_sheet(CSV)), clean(read_sheet(XLSX))
    assert [replace(row, faults=()) for row in book] == [replace(row, faults=()) for row in text]
    assert sum(fault.code == "postal-code-padded" for row in book for fault in row.faults) == 28
