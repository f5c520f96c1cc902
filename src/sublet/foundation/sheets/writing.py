"""Writing lists that leave: CSV and XLSX, row by row, inert.

Text cells are data, never formulas. In CSV a text that a spreadsheet program would compute gets an apostrophe in front
(`sublet.core.cells.guard`); our reader takes it off again. In XLSX texts are written as strings, whatever they begin with,
and nothing becomes a link. Numbers and dates are numbers and dates.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from itertools import chain, islice
from math import isfinite
from pathlib import Path
from typing import Any, Literal, TypeAlias

from sublet.core.cells import for_xml, guard

Kind: TypeAlias = Literal["text", "number", "date", "datetime", "money", "boolean"]
Value: TypeAlias = str | int | float | Decimal | bool | date | datetime | None

#: What a spreadsheet program of that language expects between the columns of a CSV file.
SEPARATOR_BY_LANGUAGE = {"en": ",", "sq": ";", "it": ";", "nl": ";", "fr": ";", "pt": ";"}
XLSX_ROWS = 1_048_576
XLSX_TEXT = 32_767

_BATCH = 500
_FIRST_DAY = date(1900, 1, 1)
_NOT_IN_A_TITLE = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_CARRIAGE_RETURN = re.compile(r"\r\n?")  # a workbook breaks lines with the line feed alone
_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}
_WIDTHS = {"text": 24, "number": 12, "date": 12, "datetime": 18, "money": 14, "boolean": 10}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list that leaves.

    `money` cells are integers of minor units; `decimals` is the currency's exponent and `currency` its ISO code, shown in
    XLSX. `datetime` cells are aware; they are written in the time zone that the writer is given. None is an empty cell.
    """

    heading: str
    kind: Kind = "text"
    decimals: int = 2
    currency: str = ""


def write_csv(
    rows: Iterable[Sequence[Value]],
    columns: Sequence[Column],
    *,
    separator: str = ",",
    bom: bool = True,
    zone: tzinfo = UTC,
    note: str = "",
) -> Iterator[bytes]:
    """The list as pieces of a UTF-8 CSV file: headings, then rows; lines end with CR LF (RFC 4180).

    Dates are ISO 8601, decimals have a point, truth is ``true`` / ``false``. With `bom` Excel knows the encoding.
    A `note` stands alone on the last line: who made the list in whose place.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator)
    writer.writerow([_text_for_csv(column.heading) for column in columns])
    converters = [_csv_converter(column, zone) for column in columns]
    yield (b"\xef\xbb\xbf" if bom else b"") + _emptied(buffer)
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        # Column by column: one call for five hundred cells instead of one for each.
        turned = [convert(cells) for convert, cells in zip(converters, zip(*batch, strict=True), strict=True)]
        writer.writerows(zip(*turned, strict=True))
        yield _emptied(buffer)
    if note:
        writer.writerow([_text_for_csv(note)])
        yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode("utf-8", "replace")
    buffer.seek(0)
    buffer.truncate()
    return piece


def _text_for_csv(text: Value) -> str:
    return "" if text is None else guard(for_xml(str(text)))


def _csv_converter(column: Column, zone: tzinfo) -> Callable[[Sequence[Value]], list[Value]]:
    if column.kind == "text":
        return _texts_for_csv
    if column.kind == "money":
        return lambda cells: [None if cell is None else _minor_units(cell, column.decimals) for cell in cells]
    if column.kind == "boolean":
        return lambda cells: [None if cell is None else "true" if cell else "false" for cell in cells]
    if column.kind == "datetime":
        return lambda cells: [
            _local(cell, zone).isoformat(" ", "seconds") if isinstance(cell, datetime) else _day_or_text(cell)
            for cell in cells
        ]
    if column.kind == "date":
        return lambda cells: [_day_or_text(cell) for cell in cells]
    # A number is what it is; anything else in the column is text and is treated as such.
    return lambda cells: [cell if _is_number(cell) or cell is None else _text_for_csv(cell) for cell in cells]


def _texts_for_csv(cells: Sequence[Value]) -> list[Value]:
    # Nearly every cell begins with a letter or a digit and holds nothing unprintable.
    return [
        cell if isinstance(cell, str) and cell[:1].isalnum() and cell.isprintable() else _text_for_csv(cell)
        for cell in cells
    ]


def _is_number(cell: Value) -> bool:
    return isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool)


def _fits(cell: Value) -> bool:
    """Whether a spreadsheet can hold the number: it keeps 15 digits, so a longer whole number would become another one."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float, Decimal)):
        return False
    return abs(cell) < 10**15 if isinstance(cell, int) else isfinite(cell) and abs(float(cell)) < 1e300


def _minor_units(cell: Value, decimals: int) -> str:
    if not isinstance(cell, int) or isinstance(cell, bool):
        raise TypeError("an amount is an integer of minor units")
    if not decimals:
        return str(cell)
    whole, part = divmod(abs(cell), 10**decimals)
    return f"{'-' if cell < 0 else ''}{whole}.{part:0{decimals}}"


def _local(moment: datetime, zone: tzinfo) -> datetime:
    """The moment on the clock of that zone, without the zone: what a spreadsheet can hold."""
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _day_or_text(cell: Value) -> Value:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return None if cell is None else _text_for_csv(cell)


def write_xlsx(
    rows: Iterable[Sequence[Value]],
    columns: Sequence[Column],
    *,
    title: str,
    out_path: Path,
    zone: tzinfo = UTC,
    at: datetime | None = None,
    rows_per_sheet: int = XLSX_ROWS,
    note: str = "",
) -> int:
    """Write the list as a workbook and return the number of rows. A list longer than a sheet goes on in the next one.

    `at` is the moment of making that the file tells (a fixed one, unless given, so that equal lists give equal files). Memory
    does not grow with the list; rows wait in a temporary file. Texts longer than a cell can hold are cut. A `note` (who made
    the list in whose place) is a property of the workbook and stands at the foot of each printed page.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": _FORMATS["datetime"],
    }
    count = 0
    import xlsxwriter  # few processes write a workbook, and all would load it

    with xlsxwriter.Workbook(str(out_path), options) as book:
        book.set_properties({"title": for_xml(title), "comments": for_xml(note), "created": at or datetime(2000, 1, 1)})
        heading = book.add_format({"bold": True, "bottom": 1})
        formats = [_xlsx_format(book, column) for column in columns]
        kinds = [_xlsx_writer(column, zone) for column in columns]
        source = iter(rows)
        number = 0
        pending = next(source, None)
        while pending is not None or not number:
            number += 1
            sheet = book.add_worksheet(_sheet_name(title, number))
            for at_column, column in enumerate(columns):
                sheet.set_column(at_column, at_column, _WIDTHS[column.kind])
            sheet.freeze_panes(1, 0)
            if note:
                sheet.set_footer("&L" + for_xml(note).replace("&", "&&")[:200])
            for at_column, column in enumerate(columns):
                sheet.write_string(0, at_column, for_xml(column.heading)[:XLSX_TEXT], heading)
            line = 0
            write_string = sheet.write_string
            writers = [(at, column.kind == "text", kinds[at](sheet), formats[at]) for at, column in enumerate(columns)]
            if pending is not None:
                for line, row in enumerate(chain([pending], islice(source, rows_per_sheet - 2)), 1):
                    for (at_column, is_text, write, style), cell in zip(writers, row, strict=True):
                        if cell is None or cell == "":
                            continue
                        if is_text and isinstance(cell, str) and cell.isprintable() and len(cell) <= XLSX_TEXT:
                            write_string(line, at_column, cell)  # most cells; saves a call for each
                        else:
                            write(line, at_column, cell, style)
                count += line
                pending = next(source, None)
            if columns:
                sheet.autofilter(0, 0, line, len(columns) - 1)
    return count


def stream_xlsx(
    rows: Iterable[Sequence[Value]],
    columns: Sequence[Column],
    *,
    title: str,
    zone: tzinfo = UTC,
    at: datetime | None = None,
    note: str = "",
) -> Iterator[bytes]:
    """The workbook as pieces, from a temporary file that is gone when the last piece is taken or the iterator closed."""
    with tempfile.TemporaryDirectory(prefix="sublet-export-") as folder:
        path = Path(folder) / "list.xlsx"
        write_xlsx(rows, columns, title=title, out_path=path, zone=zone, at=at, note=note)
        with path.open("rb") as file:
            while piece := file.read(1 << 16):
                yield piece


# xlsxwriter has no types.
_Write: TypeAlias = Callable[[int, int, Any, Any], object]


def _xlsx_format(book: Any, column: Column) -> Any:
    if column.kind == "money":
        decimals = f".{'0' * column.decimals}" if column.decimals else ""
        return book.add_format(
            {"num_format": f"#,##0{decimals}" + (f' "{column.currency}"' if column.currency else "")}
        )
    if column.kind in _FORMATS:
        return book.add_format({"num_format": _FORMATS[column.kind]})
    return None


def _xlsx_writer(column: Column, zone: tzinfo) -> Callable[[Any], _Write]:
    """What writes a cell of that column into a sheet: bound once for each sheet, so that a cell costs one call."""

    def text(sheet: Any) -> _Write:
        write_string = sheet.write_string

        def write(line: int, at: int, cell: Value, style: Any) -> None:
            write_string(line, at, for_xml(_CARRIAGE_RETURN.sub("\n", str(cell)))[:XLSX_TEXT], style)

        return write

    def number(sheet: Any) -> _Write:
        write_number, plain = sheet.write_number, text(sheet)

        def write(line: int, at: int, cell: Value, style: Any) -> None:
            if _fits(cell):
                write_number(line, at, cell, style)
            else:
                plain(line, at, cell, None)

        return write

    def money(sheet: Any) -> _Write:
        write_number = sheet.write_number

        def write(line: int, at: int, cell: Value, style: Any) -> None:
            write_number(line, at, Decimal(_minor_units(cell, column.decimals)), style)

        return write

    def moment(sheet: Any) -> _Write:
        write_datetime, plain, with_time = sheet.write_datetime, text(sheet), column.kind == "datetime"

        def write(line: int, at: int, cell: Value, style: Any) -> None:
            if isinstance(cell, datetime):
                cell = _local(cell, zone) if with_time else cell.date()
            if not isinstance(cell, date) or (cell.date() if isinstance(cell, datetime) else cell) < _FIRST_DAY:
                plain(line, at, cell, None)
            else:
                write_datetime(line, at, cell, style)

        return write

    def truth(sheet: Any) -> _Write:
        return lambda line, at, cell, style: sheet.write_boolean(line, at, bool(cell), style)

    makers = {"number": number, "money": money, "date": moment, "datetime": moment, "boolean": truth}
    return makers.get(column.kind, text)


def _sheet_name(title: str, number: int) -> str:
    """A name that every spreadsheet program takes: 31 characters, without its forbidden signs."""
    end = f" ({number})" if number > 1 else ""
    name = " ".join(_NOT_IN_A_TITLE.sub(" ", for_xml(title)).split()).strip("'")[: 31 - len(end)].strip(" '")
    return f"{name if name and name.casefold() != 'history' else 'List'}{end}"
