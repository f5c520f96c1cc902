"""Reading a list that somebody uploaded: CSV and its kin, XLSX, XLS, ODS – by content, never by name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from sublet.core.cells import Cell, unguard
from sublet.core.columns import Layout, find_layout
from sublet.foundation.sheets.archives import OLE_MARK, ZIP_MARK, ole_kind, zip_kind
from sublet.foundation.sheets.encodings import ENCODINGS, SEPARATORS, guess_encoding, guess_separator, separator_line
from sublet.foundation.sheets.refusals import LIMITS, MEGABYTE, CannotReadSheet, Limits
from sublet.foundation.sheets.workbooks import survey_workbook, workbook_rows

Kind: TypeAlias = Literal["csv", "xlsx", "xls", "ods"]
Row: TypeAlias = tuple[int, Sequence[Cell]]

#: How many rows are kept for guessing and for a first look.
SAMPLE = 200
_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list that can be read, as often as wanted.

    `encoding` and `separator` are empty for workbooks, `sheets` and `sheet` for text. `row_count` counts the rows that
    hold something, headings included; it and `width` are None when the sheet was not surveyed. `sample` holds the first
    rows with their lines; lines count from 1 as a spreadsheet program counts them.
    """

    kind: Kind
    filename: str
    encoding: str
    separator: str
    sheets: tuple[str, ...]
    sheet: str
    row_count: int | None
    width: int | None
    sample: tuple[Row, ...]
    _content: bytes | Path = field(repr=False)
    _limits: Limits = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """``(line, cells)`` of each row that holds something, from the first; empty cells at the end are left off.

        Cells of text files are texts; those of workbooks also numbers, dates and truth values; an empty cell is None or
        empty text. A text that we guarded against formulas (`sublet.core.cells.guard`) comes back as it was. Raises
        CannotReadSheet, but not for a sheet that was surveyed.
        """
        if self.kind == "csv":
            return _text_rows(self._content, self.encoding, self.separator, self._limits)
        return workbook_rows(self._content, sheet=self.sheet or None, limits=self._limits)

    def layout(self) -> Layout:
        """Where the headings probably are, as positions in `sample`."""
        return find_layout([cells for _, cells in self.sample])

    def data_rows(self, header_line: int | None) -> Iterator[Row]:
        """The rows below that line; all rows when it is None."""
        return (row for row in self.rows() if header_line is None or row[0] > header_line)


def read_sheet(
    data: bytes | Path,
    *,
    filename: str = "",
    limits: Limits = LIMITS,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    survey: bool = True,
) -> Sheet:
    """The list in a file. Encoding, separator and sheet are guessed unless they are given.

    With `survey` the whole list is gone through once, so that every limit is checked and the rows are counted; without
    (for a file that was surveyed before) only its beginning is looked at, and `rows` may refuse. Raises CannotReadSheet.
    `filename` is only repeated to people.
    """
    size = data.stat().st_size if isinstance(data, Path) else len(data)
    if size > limits.bytes:
        raise CannotReadSheet("too-large", limit=limits.bytes // MEGABYTE)
    if encoding is not None and encoding not in ENCODINGS:
        raise CannotReadSheet("unknown-encoding", encoding=encoding[:40])
    if separator is not None and separator not in SEPARATORS:
        raise CannotReadSheet("unknown-separator", separator=separator[:10])
    with _open(data) as stream:
        kind = _kind(stream, limits)
    name = Path(filename.replace("\\", "/")).name[:200]
    if kind != "csv":
        return _workbook(data, kind, name, sheet=sheet, survey=survey, limits=limits)
    with _open(data) as stream:
        if encoding is None or not encoding.startswith("UTF-16"):
            guessed = guess_encoding(stream)  # also refuses what is no text
            encoding = encoding or guessed
    separator = separator or _separator(data, encoding)
    count, width, sample = 0, 0, []
    for row in _text_rows(data, encoding, separator, limits):
        count += 1
        width = max(width, len(row[1]))
        if count <= SAMPLE:
            sample.append(row)
        elif not survey:
            break
    if not count:
        raise CannotReadSheet("no-rows")
    return Sheet(
        kind="csv",
        filename=name,
        encoding=encoding,
        separator=separator,
        sheets=(),
        sheet="",
        row_count=count if survey else None,
        width=width if survey else None,
        sample=tuple(sample),
        _content=data,
        _limits=limits,
    )


def _workbook(data: bytes | Path, kind: Kind, name: str, *, sheet: str | None, survey: bool, limits: Limits) -> Sheet:
    found = survey_workbook(data, sheet=sheet, sample=SAMPLE, limits=limits) if survey else None
    return Sheet(
        kind=kind,
        filename=name,
        encoding="",
        separator="",
        sheets=found.sheets if found else (),
        sheet=found.sheet if found else sheet or "",
        row_count=found.rows if found else None,
        width=found.width if found else None,
        sample=found.sample if found else (),
        _content=data,
        _limits=limits,
    )


def _open(data: bytes | Path) -> BinaryIO:
    return data.open("rb") if isinstance(data, Path) else io.BytesIO(data)


def _kind(stream: BinaryIO, limits: Limits) -> Kind:
    head = stream.read(_HEAD)
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise CannotReadSheet("no-rows")
    if head.startswith(ZIP_MARK):
        return "xlsx" if zip_kind(stream, limits) == "xlsx" else "ods"
    if head.startswith(OLE_MARK):
        ole_kind(head + stream.read())
        return "xls"
    if head.startswith(
        (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf", b"PK\x05\x06")
    ):
        raise CannotReadSheet("not-a-sheet")
    start = head.lstrip(b" \t\r\n\xef\xbb\xbf")[:512].lower()
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<head", b"<meta", b"<style")):
        raise CannotReadSheet("web-page")
    if start.startswith((b"<?xml", b"<workbook", b"[{", b'{"')):
        raise CannotReadSheet("not-a-sheet")
    return "csv"


def _lines(data: bytes | Path, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(_open(data), encoding=ENCODINGS[encoding], newline="")


def _separator(data: bytes | Path, encoding: str) -> str:
    with _lines(data, encoding) as text:
        try:
            sample = text.read(_HEAD)
        except UnicodeError:
            raise CannotReadSheet("bad-encoding", encoding=encoding) from None
    if len(sample) == _HEAD:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    told = separator_line(sample.split("\n", 1)[0])
    return told if told in SEPARATORS else guess_separator(sample)


def _text_rows(data: bytes | Path, encoding: str, separator: str, limits: Limits) -> Iterator[Row]:
    count, longest = 0, limits.cell_length
    with _lines(data, encoding) as text:
        reader = csv.reader(text, delimiter=separator)
        line = 0
        try:
            for line, cells in enumerate(reader, 1):
                while cells and not cells[-1]:
                    cells.pop()
                if not cells or not "".join(cells).strip():
                    continue
                if line == 1:
                    cells[0] = cells[0].removeprefix("\ufeff")
                    if len(cells) == 1 and cells[0].lower() in ("sep=", f"sep={separator}"):
                        continue
                count += 1
                if count > limits.rows:
                    raise CannotReadSheet("too-many-rows", limit=limits.rows)
                if len(cells) > limits.columns:
                    raise CannotReadSheet("too-many-columns", limit=limits.columns)
                if max(map(len, cells)) > longest:
                    raise CannotReadSheet("cell-too-long", line=line, limit=longest)
                for at, cell in enumerate(cells):
                    if cell[:1] in _MARKED:
                        cells[at] = unguard(cell)
                yield line, cells
        except UnicodeError:
            raise CannotReadSheet("bad-encoding", encoding=encoding) from None
        except csv.Error:
            # The only error a lenient reader has left: a field beyond its limit, as after a quotation mark without end.
            raise CannotReadSheet("cell-too-long", line=line + 1, limit=longest) from None


_MARKED = frozenset("'=")
