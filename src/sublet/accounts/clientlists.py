"""A client list on its way in: how its file is read, what is chosen for all rows, and what the check found.

No database here. `queries.imports` shows it, `operations.imports` and the job write it.
"""

from __future__ import annotations

import json
import zlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal, TypeAlias, cast

from sublet.accounts.linesets import pack_lines, unpack_lines
from sublet.core.cells import Cell, cell_text
from sublet.core.clientrows import MAX_LENGTHS, ClientRow, Fault, RowChecker, RowRules
from sublet.core.columns import Guess, find_layout, guess_columns, guess_day_first, mapping_fault
from sublet.core.columnwords import FIELDS, Field
from sublet.core.sumrows import looks_like_sum
from sublet.foundation.sheets.phones import normalize_phone
from sublet.foundation.sheets.places import country_of, timezone_of
from sublet.foundation.sheets.reading import SAMPLE, Row, Sheet, read_sheet

#: How a row of the list fares.
Verdict: TypeAlias = Literal["fine", "warned", "refused", "left-out", "repeated", "known"]
VERDICTS: tuple[Verdict, ...] = ("fine", "warned", "refused", "left-out", "repeated", "known")
_CODE: Mapping[Verdict, int] = {verdict: number for number, verdict in enumerate(VERDICTS)}
TAKEN: frozenset[Verdict] = frozenset({"fine", "warned"})

#: So many rows are checked against the database, and written, together.
BATCH = 500
HEADER_LINES = 20
_LIMITS: Mapping[Field, int] = {**MAX_LENGTHS, "website": 300}

LEAVE, TAKE = "leave", "take"
#: Why a row is left out that need not be: the code of its `Fault`. The last two concern this row alone and come first.
WITHOUT_EMAIL, CLOSED_IN_LIST = "without-email", "closed-in-list"
LEFT_BY_HAND, LOOKS_LIKE_SUM = "left-by-hand", "looks-like-sum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the file is read. `encoding` and `separator` are empty for workbooks, `sheets` and `sheet` for text.

    `header_line` is None when the list has no headings; `headings` are its texts; `mapping`: position of a column →
    field. `rows` counts the rows of data, `width` the columns.
    """

    kind: str
    encoding: str = ""
    separator: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    header_line: int | None = None
    headings: tuple[str, ...] = ()
    day_first: bool = True
    mapping: Mapping[int, Field] = field(default_factory=dict)
    rows: int = 0
    width: int = 0

    def as_data(self) -> dict[str, Any]:
        """JSON for the row of the import."""
        return {
            "kind": self.kind,
            "encoding": self.encoding,
            "separator": self.separator,
            "sheets": list(self.sheets),
            "sheet": self.sheet,
            "header_line": self.header_line,
            "headings": list(self.headings),
            "day_first": self.day_first,
            "mapping": [[column, name] for column, name in sorted(self.mapping.items())],
            "rows": self.rows,
            "width": self.width,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Reading:
        """What `as_data` made."""
        mapping = {int(column): cast(Field, name) for column, name in data["mapping"]}
        texts = {name: tuple(data[name]) for name in ("sheets", "headings")}
        return cls(**{**data, **texts, "mapping": mapping})

    @property
    def fault(self) -> tuple[str, dict[str, object]] | None:
        """Why the columns cannot be used as assigned: `sublet.core.columns.mapping_fault`."""
        return mapping_fault(self.mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What holds for every row. `country`: where telephone numbers without a country code are; `language`: of clients
    whose row names none; `without_email` and `closed` (a row that the list calls closed): ``take`` or ``leave``.

    `left` and `taken` are lines of the file that somebody has decided about one by one: those stay out, and those come in
    although they would be left out. `since` is the revision that has last changed how the list is read.
    """

    country: str = ""
    language: str = ""
    ownership: str = "reseller"
    tags: tuple[str, ...] = ()
    responsible_id: int | None = None
    without_email: str = TAKE
    closed: str = LEAVE
    left: frozenset[int] = frozenset()
    taken: frozenset[int] = frozenset()
    since: int = 0

    def as_data(self) -> dict[str, Any]:
        """JSON for the row of the import."""
        return {
            "country": self.country,
            "language": self.language,
            "ownership": self.ownership,
            "tags": list(self.tags),
            "responsible_id": self.responsible_id,
            "without_email": self.without_email,
            "closed": self.closed,
            "left": pack_lines(self.left),
            "taken": pack_lines(self.taken),
            "since": self.since,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Choices:
        """What `as_data` made, also before there were single rows to decide about."""
        lines = {name: unpack_lines(data.get(name, "")) for name in ("left", "taken")}
        return cls(**{**data, **lines, "tags": tuple(data["tags"])})

    def picked_out(self, line: int, cells: Sequence[Cell]) -> Fault | None:
        """Why this very row is left out, whatever it says of a client; or None."""
        if line in self.taken:
            return None
        if looks_like_sum(cells):
            return Fault("", LOOKS_LIKE_SUM)
        return Fault("", LEFT_BY_HAND) if line in self.left else None

    def left_out(self, row: ClientRow) -> Fault | None:
        """Why a sound row is left out by what is chosen for all, or None."""
        if row.line in self.taken:
            return None
        if row.state == "closed" and self.closed == LEAVE:
            return Fault("state", CLOSED_IN_LIST)
        if not row.email and self.without_email == LEAVE:
            return Fault("email", WITHOUT_EMAIL)
        return None


# Reading --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of a list, for guessing and for showing. `headings` is None when the list has none."""

    rows: tuple[Row, ...]
    headings: Sequence[Cell] | None
    data: tuple[Row, ...]

    def guesses(self) -> tuple[Guess, ...]:
        """What each column probably tells."""
        return guess_columns(self.headings, [cells for _, cells in self.data], country_of=country_of)


def sample_of(rows: Sequence[Row], header_line: int | None) -> Sample:
    """The sample below a line of headings."""
    headings = next((cells for line, cells in rows if line == header_line), None)
    data = tuple(row for row in rows if header_line is None or row[0] > header_line)
    return Sample(rows=tuple(rows), headings=headings, data=data)


def survey(
    data: bytes,
    *,
    file_name: str,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
) -> tuple[Sheet, Reading]:
    """Go through a file once and guess how to read it; what is given is not guessed. Raises CannotReadSheet."""
    found = read_sheet(data, filename=file_name, encoding=encoding, separator=separator, sheet=sheet)
    layout = find_layout([cells for _, cells in found.sample])
    reading = Reading(
        kind=found.kind,
        encoding=found.encoding,
        separator=found.separator,
        sheets=found.sheets,
        sheet=found.sheet,
        rows=found.row_count or 0,
        width=found.width or 0,
    )
    return found, with_header(reading, found.sample, None if layout.header is None else found.sample[layout.header][0])


def with_header(reading: Reading, rows: Sequence[Row], header_line: int | None) -> Reading:
    """The same reading with its headings in that line (None: none), and the columns guessed anew."""
    above = sum(1 for line, _ in rows if header_line is not None and line <= header_line)
    above_before = 0 if reading.header_line is None else sum(1 for line, _ in rows if line <= reading.header_line)
    sample = sample_of(rows, header_line)
    mapping = {guess.column: guess.field for guess in sample.guesses() if guess.field is not None}
    dates = [column for column, name in mapping.items() if name == "created"]
    values = [cells[dates[0]] for _, cells in sample.data if dates and dates[0] < len(cells)]
    return replace(
        reading,
        header_line=header_line,
        headings=tuple(cell_text(cell).strip() for cell in sample.headings or ()),
        rows=reading.rows + above_before - above,
        mapping=mapping,
        day_first=guess_day_first(values),
    )


def open_list(data: bytes, reading: Reading, *, file_name: str = "") -> Sheet:
    """A file that was surveyed, to be read as it was decided."""
    return read_sheet(
        data,
        filename=file_name,
        encoding=reading.encoding or None,
        separator=reading.separator or None,
        sheet=reading.sheet or None,
        survey=False,
    )


def first_rows(sheet: Sheet) -> tuple[Row, ...]:
    """The rows for guessing, of a sheet that was not surveyed."""
    return sheet.sample or tuple(islice(sheet.rows(), SAMPLE))


def checker(reading: Reading, choices: Choices) -> RowChecker:
    """What checks the rows. Raises ValueError when the columns cannot be used as assigned."""
    rules = RowRules(
        normalize_phone=normalize_phone,
        country_of=country_of,
        timezone_of=timezone_of,
        default_country=choices.country,
        day_first=reading.day_first,
        max_lengths=_LIMITS,
    )
    return RowChecker(reading.mapping, rules)


# Checking -------------------------------------------------------------------------------------------------------------

Known: TypeAlias = Callable[[Sequence[ClientRow]], set[str]]
Step: TypeAlias = Callable[[int], None]


def no_step(done: int) -> None:
    """For a check that nobody watches."""


#: Upon the code of a verdict: the row has been left out since, and would fare so again when it is taken in.
_PICKED_OUT = 0x80


@dataclass(slots=True)
class Findings:
    """What the check of a whole list found: a line and a verdict for each row of data, and which earlier line a double
    row repeats or may repeat. Six bytes for each row, however long its faults are: those are made again when shown.

    `sums` counts the rows that are left out because they look like sums; it is not packed.
    """

    lines: array[int] = field(default_factory=lambda: array("I"))
    verdicts: bytearray = field(default_factory=bytearray)
    doubles: dict[int, tuple[int, bool]] = field(default_factory=dict)  # line → earlier line, surely the same
    sums: int = 0

    def __len__(self) -> int:
        return len(self.lines)

    def verdict(self, position: int) -> Verdict:
        """How the row at that position fares."""
        code = self.verdicts[position]
        return "left-out" if code & _PICKED_OUT else VERDICTS[code]

    def counts(self) -> dict[str, int]:
        """How many rows there are of each verdict."""
        numbers: Counter[str] = Counter()
        for code, count in Counter(self.verdicts).items():
            numbers["left-out" if code & _PICKED_OUT else VERDICTS[code]] += count
        return {verdict: numbers[verdict] for verdict in VERDICTS}

    def positions(self, allowed: Collection[Verdict]) -> list[int]:
        """Where the rows of those verdicts stand."""
        codes = {_CODE[verdict] for verdict in allowed}
        if "left-out" in allowed:
            codes |= {code | _PICKED_OUT for code in _CODE.values()}
        return [at for at, code in enumerate(self.verdicts) if code in codes]

    def place(self, line: int) -> int | None:
        """The position of a line; None when it is no row of data."""
        at = bisect_left(self.lines, line)
        return at if at < len(self.lines) and self.lines[at] == line else None

    def pick(self, leave: Collection[int], take: Collection[int]) -> bool:
        """Leave those rows out and take these in again, without a look into the file; False when that needs one, and then
        nothing has changed. It does when another row was held for the same client, or when a row was not left out by this.
        """
        earlier = {first for first, _ in self.doubles.values()}
        out, back = ([self.place(line) for line in lines] for lines in (leave, take))
        if not earlier.isdisjoint(leave) or any(at is None or not self.verdicts[at] & _PICKED_OUT for at in back):
            return False
        for at in out:
            if at is not None and self.verdict(at) != "left-out":
                self.verdicts[at] |= _PICKED_OUT
        for at in back:
            if at is not None:
                self.verdicts[at] &= ~_PICKED_OUT
        return True

    def double_fault(self, line: int) -> Fault | None:
        """The fault of a double row."""
        if line not in self.doubles:
            return None
        earlier, sure = self.doubles[line]
        return Fault("", "repeated-row" if sure else "possible-duplicate", {"line": earlier})

    def pack(self) -> bytes:
        """As bytes for the row of the import."""
        triples = array(
            "I", [part for line, (first, sure) in self.doubles.items() for part in (line, first, int(sure))]
        )
        head = array("I", [len(self.lines)])
        return zlib.compress(head.tobytes() + self.lines.tobytes() + triples.tobytes() + bytes(self.verdicts), 1)

    @classmethod
    def unpack(cls, packed: bytes | memoryview) -> Findings:
        """What `pack` made; of nothing, findings about no row."""
        if not packed:
            return cls()
        raw = zlib.decompress(packed)
        size = array("I").itemsize
        head: array[int] = array("I")
        head.frombytes(raw[:size])
        count = head[0]
        lines: array[int] = array("I")
        lines.frombytes(raw[size : size * (count + 1)])
        triples: array[int] = array("I")
        end = len(raw) - count
        triples.frombytes(raw[size * (count + 1) : end])
        doubles = {
            line: (first, bool(sure))
            for line, first, sure in zip(triples[::3], triples[1::3], triples[2::3], strict=True)
        }
        return cls(lines=lines, verdicts=bytearray(raw[end:]), doubles=doubles)


def check_list(
    rows: Iterable[Row],
    reading: Reading,
    choices: Choices,
    *,
    known: Known,
    step: Step = no_step,
) -> Findings:
    """Check every row. `known` says which row keys of some rows the account has already; `step` is told how far it is.

    Memory grows by some bytes for each row. Raises ValueError when the columns cannot be used as assigned.
    """
    findings = Findings()
    check = checker(reading, choices)
    waiting: list[tuple[int, ClientRow]] = []

    def settle() -> None:
        there = known([row for _, row in waiting]) if waiting else set()
        for position, row in waiting:
            if row.row_key in there:
                findings.verdicts[position] = _CODE["known"]
        waiting.clear()
        step(len(findings))

    for line, cells in rows:
        row = check.check(line, cells)
        verdict: Verdict = "warned" if row.faults else "fine"
        picked = choices.picked_out(line, cells)
        if picked is not None:
            verdict = "left-out"
            findings.sums += picked.code == LOOKS_LIKE_SUM
        elif not row.usable:
            verdict = "refused"
        elif choices.left_out(row) is not None:
            verdict = "left-out"
        else:
            row = check.doubles(row)
            double = row.faults[-1] if row.faults and not row.faults[-1].field else None
            if double is not None:
                findings.doubles[line] = (cast(int, double.params["line"]), double.code == "repeated-row")
                verdict = "repeated" if double.code == "repeated-row" else "warned"
        if verdict in TAKEN:
            waiting.append((len(findings), row))
        findings.lines.append(line)
        findings.verdicts.append(_CODE[verdict])
        if len(waiting) >= BATCH:
            settle()
    settle()
    return findings


# Taking in ------------------------------------------------------------------------------------------------------------

Left: TypeAlias = tuple[int, list[str], list[Fault]]


@dataclass(slots=True)
class Batch:
    """Some rows of a list, from the position `first` up to (not including) `after`: those to be taken in, those that
    are left with their reasons, and how many of each kind."""

    first: int
    after: int
    rows: list[ClientRow] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    repeated: int = 0
    left_out: int = 0
    refused: int = 0


def batches(
    sheet: Sheet, reading: Reading, choices: Choices, findings: Findings, *, start: int, size: int = BATCH
) -> Iterator[Batch]:
    """The list from the position `start` on, in batches of `size` rows."""
    check = checker(reading, choices)
    batch = Batch(start, start)
    for position, (line, cells) in enumerate(islice(sheet.data_rows(reading.header_line), start, len(findings)), start):
        verdict = findings.verdict(position)
        if verdict == "repeated":
            batch.repeated += 1
        else:
            row = check.check(line, cells)
            if verdict == "refused":
                batch.refused += 1
                batch.left.append((line, [cell_text(cell) for cell in cells], errors_of(row)))
            elif verdict == "left-out":
                batch.left_out += 1
                why = choices.picked_out(line, cells) or choices.left_out(row)
                batch.left.append((line, [cell_text(cell) for cell in cells], [why] if why else []))
            else:
                batch.rows.append(row)
        batch.after = position + 1
        if batch.after - batch.first >= size:
            yield batch
            batch = Batch(batch.after, batch.after)
    if batch.after > batch.first:
        yield batch


def errors_of(row: ClientRow) -> list[Fault]:
    """The faults for which a row is refused."""
    return [fault for fault in row.faults if fault.severity == "error"]


def pack_left(left: Sequence[Left]) -> bytes:
    """Rows that were not taken in, as bytes."""
    plain = [
        [line, cells, [[each.field, each.code, dict(each.params)] for each in faults]] for line, cells, faults in left
    ]
    return zlib.compress(json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace"), 6)


def unpack_left(packed: bytes | memoryview) -> list[Left]:
    """What `pack_left` made."""
    return [
        (line, cells, [Fault(name, code, params) for name, code, params in faults])
        for line, cells, faults in json.loads(zlib.decompress(packed))
    ]


__all__ = [
    "BATCH",
    "FIELDS",
    "HEADER_LINES",
    "LEAVE",
    "TAKE",
    "TAKEN",
    "VERDICTS",
    "Batch",
    "Choices",
    "Findings",
    "Reading",
    "Sample",
    "Verdict",
    "batches",
    "check_list",
    "checker",
    "first_rows",
    "open_list",
    "pack_left",
    "sample_of",
    "survey",
    "unpack_left",
    "with_header",
]
