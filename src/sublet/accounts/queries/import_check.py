"""The check before an import: how the list is read, what each column is taken as, how each row would fare."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sublet.accounts import clientlists
from sublet.accounts.clientlists import Choices, Findings, Reading, Verdict
from sublet.accounts.models import ClientImport
from sublet.accounts.queries.imports import (
    ImportFacts,
    found_import,
    known_keys,
    reason_sentence,
    require_importing,
    told,
)
from sublet.core.cells import Cell, cell_text
from sublet.core.clientrows import ClientRow, Fault
from sublet.core.columnwords import FIELDS, Field
from sublet.core.peopledata import Way
from sublet.foundation.actor import API, Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.sheets.reading import SAMPLE, Row

PREVIEW_ROWS = 50
SAMPLES_SHOWN = 3

#: What a filter of the preview lets through.
FILTERS: Mapping[str, frozenset[Verdict]] = {
    "all": frozenset(clientlists.VERDICTS),
    "faults": frozenset({"warned", "refused", "left-out", "repeated"}),
    "new": clientlists.TAKEN,
    "warned": frozenset({"warned"}),
    "known": frozenset({"known"}),
    "repeated": frozenset({"repeated"}),
    "left-out": frozenset({"left-out"}),
    "refused": frozenset({"refused"}),
}


def find_in_list(
    data: bytes,
    reading: Reading,
    choices: Choices,
    *,
    parent_id: int,
    step: clientlists.Step = clientlists.no_step,
) -> Findings:
    """Check every row of a list against itself and against the clients that there are."""
    rows = clientlists.open_list(data, reading).data_rows(reading.header_line)
    return clientlists.check_list(rows, reading, choices, known=lambda some: known_keys(parent_id, some), step=step)


@dataclass(frozen=True, slots=True)
class ImportDecisions:
    """How an uploaded list is read, and what is chosen for all its rows."""

    facts: ImportFacts
    reading: Reading
    choices: Choices


def import_decisions(actor: Actor, ref: str) -> ImportDecisions:
    """What has been decided about an uploaded list, without a look into it. Raises Forbidden, NotFound (also for an import
    that has been started or discarded)."""
    row = found_import(actor, ref, "choices")
    if row.state != ClientImport.State.UPLOADED:
        raise NotFound
    [facts] = told(actor.account_id, [row])
    return ImportDecisions(facts, Reading.from_data(row.reading), Choices.from_data(row.choices))


@dataclass(frozen=True, slots=True)
class ColumnFact:
    """A column of the file: its heading, some of its contents, the field that it is taken as (empty: none), what was
    guessed and how sure that is (0 to 1)."""

    position: int
    heading: str
    samples: tuple[str, ...]
    field: str
    guessed: str
    confidence: float


@dataclass(frozen=True, slots=True)
class PreviewCell:
    """A value as it would be stored, with what is wrong with it beside it."""

    field: str
    text: str
    faults: tuple[str, ...] = ()
    error: bool = False


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as it would be taken in. `faults` concern the whole row. `optional` says whether it can be taken in or left
    out; a row that is refused, known or repeated cannot be taken in.
    """

    line: int
    verdict: Verdict
    cells: tuple[PreviewCell, ...]
    faults: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """A page of rows. `previous` and `next` are lines to begin at, 0 when there is nothing that way."""

    fields: tuple[Field, ...]
    rows: Sequence[PreviewRow]
    only: str
    previous: int
    next: int


@dataclass(frozen=True, slots=True)
class ImportCheck:
    """What the check page shows. `header_lines` are the first lines of the file, for choosing the headings; `fault` is
    why the columns cannot be used as assigned (``no-name``, ``field-twice``), or empty; `earlier` is when the very same
    file was imported before."""

    facts: ImportFacts
    reading: Reading
    choices: Choices
    columns: tuple[ColumnFact, ...]
    header_lines: tuple[tuple[int, str], ...]
    fault: str
    preview: Preview | None
    earlier: datetime | None


def import_check(actor: Actor, ref: str, *, only: str = "all", line: int = 0) -> ImportCheck:
    """An uploaded list as it would come in: how it is read, and a page of rows from that `line` on.

    For whoever may list people: ``people:view``, programs ``people:manage``.

    `only` narrows to rows of some verdicts (`FILTERS`). The file is read as far as the page; nothing is written.
    Raises Forbidden, NotFound (also for an import that has been started or discarded).
    """
    actor.require_people(Way.BULK if actor.via == API else Way.COLUMN)
    row = found_import(actor, ref, "data", "findings", "choices", "digest")
    if row.state != ClientImport.State.UPLOADED:
        raise NotFound
    [facts] = told(actor.account_id, [row])
    reading, choices = Reading.from_data(row.reading), Choices.from_data(row.choices)
    findings = Findings()
    if row.checked == row.revision and reading.fault is None:
        findings = Findings.unpack(row.findings)
    chosen, previous, following = _page(findings, only, line)
    wanted = {findings.lines[position]: position for position in chosen}
    last = max(wanted, default=0)
    first: list[Row] = []
    found: dict[int, Sequence[Cell]] = {}
    # One way through the file for both, no further than needed: opening a workbook is most of the work.
    rows = clientlists.open_list(bytes(row.data), reading).rows()
    for each in rows:
        if len(first) < SAMPLE:
            first.append(each)
        if each[0] in wanted:
            found[each[0]] = each[1]
        if each[0] >= last and len(first) >= SAMPLE:
            break
    preview = None
    if findings:
        check = clientlists.checker(reading, choices)
        fields = tuple(name for name in FIELDS if name == "name" or name in reading.mapping.values())
        preview = Preview(
            fields=fields,
            rows=[
                _preview_row(check.check(at, found[at]), found[at], findings, position, choices, fields)
                for at, position in wanted.items()
                if at in found
            ],
            only=only if only in FILTERS else "all",
            previous=previous,
            next=following,
        )
    same = ClientImport.objects.filter(account_id=actor.account_id, digest=row.digest, state=ClientImport.State.DONE)
    return ImportCheck(
        facts=facts,
        reading=reading,
        choices=choices,
        columns=_columns(first, reading),
        header_lines=tuple(
            (at, " · ".join(text for cell in cells if (text := cell_text(cell).strip()))[:80])
            for at, cells in first[: clientlists.HEADER_LINES]
        ),
        fault=reading.fault[0] if reading.fault else "",
        preview=preview,
        earlier=same.order_by("-id").values_list("finished_at", flat=True).first(),
    )


def _page(findings: Findings, only: str, line: int) -> tuple[Sequence[int], int, int]:
    """The positions on the page that begins at that line, and the lines at which the pages beside it begin."""
    allowed = FILTERS.get(only, FILTERS["all"])
    every = len(allowed) == len(clientlists.VERDICTS)
    positions: Sequence[int] = range(len(findings)) if every else findings.positions(allowed)
    start = bisect_left(positions, line, key=lambda at: findings.lines[at])
    previous = findings.lines[positions[max(0, start - PREVIEW_ROWS)]] if start and positions else 0
    more = start + PREVIEW_ROWS < len(positions)
    following = findings.lines[positions[start + PREVIEW_ROWS]] if more else 0
    return positions[start : start + PREVIEW_ROWS], previous, following


def _preview_row(
    row: ClientRow,
    raw: Sequence[Cell],
    findings: Findings,
    position: int,
    choices: Choices,
    fields: Sequence[Field],
) -> PreviewRow:
    verdict = findings.verdict(position)
    picked = choices.picked_out(row.line, raw) if verdict == "left-out" else None
    double = None if picked is not None else findings.double_fault(row.line)
    whole = [reason_sentence(fault) for fault in (picked, double) if fault is not None]
    faults: dict[str, list[Fault]] = {}
    for fault in row.faults if picked is None else ():  # of a row that stays out anyway nothing else matters
        faults.setdefault(fault.field, []).append(fault)
    left_out = choices.left_out(row) if verdict == "left-out" and picked is None else None
    if left_out is not None:
        # Instead of the warning about the same cell, which says that the row is taken in.
        faults[left_out.field] = [left_out]
    texts = row.values()
    cells = tuple(
        PreviewCell(
            field=name,
            text=texts.get(name, ""),
            faults=tuple(reason_sentence(fault) for fault in faults.get(name, ())),
            error=any(fault is left_out or fault.severity == "error" for fault in faults.get(name, ())),
        )
        for name in fields
    )
    # A fault of a field that has no column of its own, such as an address that is nowhere.
    whole += [reason_sentence(each) for name, some in faults.items() if name not in fields for each in some]
    optional = verdict in clientlists.TAKEN or verdict == "left-out"
    return PreviewRow(line=row.line, verdict=verdict, cells=cells, faults=tuple(whole), optional=optional)


def _columns(rows: Sequence[Row], reading: Reading) -> tuple[ColumnFact, ...]:
    sample = clientlists.sample_of(rows, reading.header_line)
    found = []
    for guess in sample.guesses():
        texts = (cell_text(cells[guess.column]).strip() for _, cells in sample.data if guess.column < len(cells))
        found.append(
            ColumnFact(
                position=guess.column,
                heading=guess.heading,
                samples=tuple(text[:60] for text in islice(dict.fromkeys(filter(None, texts)), SAMPLES_SHOWN)),
                field=reading.mapping.get(guess.column, ""),
                guessed=guess.field or "",
                confidence=guess.confidence,
            )
        )
    return tuple(found)


# A look without keeping anything --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListGlance:
    """A list that nobody has uploaded: `found` counts its rows by verdict, `faulty` are the first rows with faults."""

    reading: Reading
    columns: tuple[ColumnFact, ...]
    fault: str
    found: Mapping[str, int]
    faulty: Sequence[PreviewRow]


def glance_at_list(actor: Actor, *, data: bytes, file_name: str, country: str, rows: int = 20) -> ListGlance:
    """What would become of a list if it were imported as it is guessed; nothing is stored. `faulty` holds up to `rows`.

    Raises Forbidden, CannotReadSheet.
    """
    require_importing(actor)
    sheet, reading = clientlists.survey(data, file_name=file_name)
    columns = _columns(sheet.sample, reading)
    if reading.fault is not None:
        return ListGlance(reading, columns, reading.fault[0], {}, ())
    choices = Choices(country=country)
    findings = find_in_list(data, reading, choices, parent_id=actor.account_id)
    chosen, _previous, _next = _page(findings, "faults", 0)
    wanted = {findings.lines[position]: position for position in chosen[:rows]}
    check = clientlists.checker(reading, choices)
    faulty = []
    for line, cells in sheet.data_rows(reading.header_line) if wanted else ():
        if line in wanted:
            faulty.append(_preview_row(check.check(line, cells), cells, findings, wanted[line], choices, FIELDS))
        if len(faulty) == len(wanted):
            break
    return ListGlance(reading, columns, "", findings.counts(), faulty)
