"""Imports of client lists: what was sent, how it is read, how each row would fare, what came of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sublet.accounts import clientlists
from sublet.accounts.clientlists import Choices, Findings, Reading, Verdict
from sublet.accounts.models import Account, ClientImport, LeftRows
from sublet.core.cells import Cell, cell_text
from sublet.core.clientrows import ClientRow, Fault, row_key
from sublet.core.columnwords import FIELDS, Field
from sublet.core.names import sort_name
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs.models import ACTIVE, Job
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.sheets.reading import SAMPLE, Row
from sublet.foundation.sheets.sentences import fault_sentence

PREVIEW_ROWS = 50
SAMPLES_SHOWN = 3
MOST_NAMESAKES = 5000
MOST_NAMED = 200

LEFT_OUT_SENTENCES: Mapping[str, str | Promise] = {
    clientlists.WITHOUT_EMAIL: _("There is no e-mail address, and you leave such rows out."),
    clientlists.CLOSED_IN_LIST: _("The list calls this client closed, and you leave such rows out."),
}
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


def require_importing(actor: Actor) -> None:
    """Raise Forbidden unless the actor may open clients for a reseller."""
    actor.require("clients:manage")
    if actor.account_kind != RESELLER:
        raise Forbidden("clients:manage")


def reason_sentence(fault: Fault) -> str:
    """Why a row is not taken in, or what is wrong with it, in the language now active."""
    if fault.code in LEFT_OUT_SENTENCES:
        return str(LEFT_OUT_SENTENCES[fault.code])
    return fault_sentence(fault)


# Which clients are there already --------------------------------------------------------------------------------------


def known_keys(parent_id: int, rows: Sequence[ClientRow]) -> set[str]:
    """The keys of those rows whose client the account has already: imported before, or with the same number, the same
    name and e-mail address or telephone. Two statements, whatever the number of clients.

    Where more than `MOST_NAMESAKES` clients share the names of these rows, only imported ones are surely known.
    """
    wanted = {row.row_key for row in rows}
    # unscoped: bound to one account above by its key; the scope's own either-or would keep the planner from the index
    below = Account.unscoped.filter(parent_id=parent_id)
    there = set(below.filter(import_key__in=wanted).values_list("import_key", flat=True))
    names = {sort_name(row.name) for row in rows if row.row_key not in there}
    namesakes = below.filter(sort_name__in=names).values_list(
        "external_id", "email", "name", "phone", "mobile", "city", "sort_name"
    )
    for external_id, email, name, phone, mobile, city, _name in namesakes[:MOST_NAMESAKES]:
        keys = {row_key(external_id, email, name, phone or mobile, city)}
        keys |= {row_key("", email, name, "", "")} if email else set()
        keys |= {row_key("", "", name, number, "") for number in (phone, mobile) if number}
        there |= keys & wanted
    return there


# Lists of imports -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """One import. `state` is one of `ClientImport.State`, or ``failed`` when its job has given up; `checking` says that
    the check of the whole list is under way. `made` counts the clients that came of it, `kept` those that stayed when it
    was taken back. `progress` is how far its job is: done and total, None before it tells.
    """

    id: int
    ref: str
    file_name: str
    state: str
    stored_state: str
    revision: int
    checking: bool
    total: int
    made: int
    known: int
    repeated: int
    left_out: int
    refused: int
    taken_back: int
    kept: int
    found: Mapping[str, int]
    created_at: datetime
    created_by: str
    finished_at: datetime | None
    progress: tuple[int, int] | None
    error: str

    @property
    def may_be_undone(self) -> bool:
        """Whether there is something to take back."""
        return self.stored_state in {"queued", "running", "done", "undone"} and self.made > self.taken_back

    @property
    def at_work(self) -> bool:
        """Whether a job goes on with it."""
        return self.state in {"queued", "running", "undoing"} or self.checking


@dataclass(frozen=True, slots=True)
class ImportPage:
    """A page of imports; `next_cursor` is empty on the last one, `previous_cursor` on the first."""

    rows: Sequence[ImportFacts]
    next_cursor: str
    previous_cursor: str = ""


_FACTS = (
    "id", "ref", "file_name", "state", "revision", "checked", "rows_total", "rows_made", "rows_known", "rows_repeated",
    "rows_left_out", "rows_refused", "rows_taken_back", "rows_kept", "found", "job_id", "created_at", "created_by",
    "finished_at", "reading",
)  # fmt: skip
_BY_JOB = {ClientImport.State.QUEUED, ClientImport.State.RUNNING, ClientImport.State.UNDOING}


def _jobs_of(account_id: int, rows: Sequence[ClientImport]) -> dict[str, Job]:
    waiting = [row.job_id for row in rows if row.job_id and (row.state in _BY_JOB or row.checked != row.revision)]
    if not waiting:
        return {}
    # unscoped: jobs keep a plain account id, which is asked for here
    found = Job.unscoped.filter(id__in=waiting, account_id=account_id).defer("payload", "actor", "result")
    return {str(job.id): job for job in found}


def _facts(row: ClientImport, jobs: Mapping[str, Job]) -> ImportFacts:
    job = jobs.get(row.job_id)
    active = job is not None and job.state in ACTIVE
    uploaded = row.state == ClientImport.State.UPLOADED
    unchecked = uploaded and row.checked != row.revision and Reading.from_data(row.reading).fault is None
    failed = (row.state in _BY_JOB or unchecked) and not active
    progress = None
    if job is not None and job.progress_done is not None and job.progress_total is not None:
        progress = (job.progress_done, job.progress_total)
    return ImportFacts(
        id=row.id,
        ref=row.ref,
        file_name=row.file_name,
        state="failed" if failed else row.state,
        stored_state=row.state,
        revision=row.revision,
        checking=unchecked and active,
        total=row.rows_total,
        made=row.rows_made,
        known=row.rows_known,
        repeated=row.rows_repeated,
        left_out=row.rows_left_out,
        refused=row.rows_refused,
        taken_back=row.rows_taken_back,
        kept=row.rows_kept,
        found=row.found,
        created_at=row.created_at,
        created_by=row.created_by,
        finished_at=row.finished_at,
        progress=progress,
        error=job.last_error if failed and job is not None else "",
    )


def imports(actor: Actor, *, cursor: str = "", size: int = 20) -> ImportPage:
    """The imports of the actor's reseller, newest first. An unknown cursor is read as the first page.

    Raises Forbidden.
    """
    require_importing(actor)
    rows = ClientImport.objects.filter(account_id=actor.account_id).only(*_FACTS)
    newer = cursor.startswith("newer-")
    ref = cursor.removeprefix("newer-")
    place = rows.filter(ref=ref).values_list("id", flat=True).first() if looks_like_ref(ref, "imp") else None
    if place is None:
        found = list(rows.order_by("-id")[: size + 1])
        begun, more = False, len(found) > size
    elif newer:
        found = list(rows.filter(id__gt=place).order_by("id")[: size + 1])
        begun, more = len(found) > size, True
    else:
        found = list(rows.filter(id__lt=place).order_by("-id")[: size + 1])
        begun, more = True, len(found) > size
    found = found[:size]
    if newer and place is not None:
        found.reverse()
    jobs = _jobs_of(actor.account_id, found)
    return ImportPage(
        rows=[_facts(row, jobs) for row in found],
        next_cursor=found[-1].ref if found and more else "",
        previous_cursor=f"newer-{found[0].ref}" if found and begun else "",
    )


def _found(actor: Actor, ref: str, *columns: str) -> ClientImport:
    require_importing(actor)
    rows = ClientImport.objects.filter(account_id=actor.account_id, ref=ref).only(*_FACTS, *columns)
    row = rows.first() if looks_like_ref(ref, "imp") else None
    if row is None:
        raise NotFound
    return row


def import_facts(actor: Actor, ref: str) -> ImportFacts:
    """One import of the actor's reseller. Raises Forbidden, NotFound."""
    row = _found(actor, ref)
    return _facts(row, _jobs_of(actor.account_id, [row]))


# The check before it is written ---------------------------------------------------------------------------------------


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
    """A row as it would be taken in. `faults` concern the whole row."""

    line: int
    verdict: Verdict
    cells: tuple[PreviewCell, ...]
    faults: tuple[str, ...] = ()


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

    `only` narrows to rows of some verdicts (`FILTERS`). The file is read as far as the page; nothing is written.
    Raises Forbidden, NotFound (also for an import that has been started or discarded).
    """
    row = _found(actor, ref, "data", "findings", "choices", "digest")
    if row.state != ClientImport.State.UPLOADED:
        raise NotFound
    facts = _facts(row, _jobs_of(actor.account_id, [row]))
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
                _preview_row(check.check(at, found[at]), findings, position, choices, fields)
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
    codes = {code for code, verdict in enumerate(clientlists.VERDICTS) if verdict in allowed}
    every = len(codes) == len(clientlists.VERDICTS)
    positions: Sequence[int] = (
        range(len(findings)) if every else [at for at, code in enumerate(findings.verdicts) if code in codes]
    )
    start = bisect_left(positions, line, key=lambda at: findings.lines[at])
    previous = findings.lines[positions[max(0, start - PREVIEW_ROWS)]] if start and positions else 0
    more = start + PREVIEW_ROWS < len(positions)
    following = findings.lines[positions[start + PREVIEW_ROWS]] if more else 0
    return positions[start : start + PREVIEW_ROWS], previous, following


def _preview_row(
    row: ClientRow, findings: Findings, position: int, choices: Choices, fields: Sequence[Field]
) -> PreviewRow:
    verdict = findings.verdict(position)
    double = findings.double_fault(row.line)
    whole = [reason_sentence(double)] if double is not None else []
    faults: dict[str, list[Fault]] = {}
    for fault in row.faults:
        faults.setdefault(fault.field, []).append(fault)
    left_out = choices.left_out(row) if verdict == "left-out" else None
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
    return PreviewRow(line=row.line, verdict=verdict, cells=cells, faults=tuple(whole))


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


# What came of it ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeftList:
    """The rows that were not taken in: the headings of the file as far as there were any, then ``(line, cells, why)``
    each. The rows come one batch at a time."""

    file_name: str
    headings: tuple[str, ...]
    rows: Iterator[tuple[int, list[str], str]]


def left_rows(actor: Actor, ref: str) -> LeftList:
    """The rows of an import that were refused or left out, with the reasons in the language now active.

    Raises Forbidden; NotFound, also when there are none any more.
    """
    row = _found(actor, ref)
    left = LeftRows.objects.filter(client_import_id=row.id)
    if not left.exists():
        raise NotFound
    reading = Reading.from_data(row.reading)
    return LeftList(row.file_name, reading.headings, _left(row.id, get_language() or "en"))


def _left(import_id: int, language: str) -> Iterator[tuple[int, list[str], str]]:
    after = -1
    while True:
        # unscoped: read while the answer is on its way, when scope and language are gone; the import was found in scope
        left = LeftRows.unscoped.filter(client_import_id=import_id, first__gt=after).order_by("first")
        batch = left.first()
        if batch is None:
            return
        after = batch.first
        with translation.override(language):
            rows = [
                (line, cells, " ".join(map(reason_sentence, faults)))
                for line, cells, faults in clientlists.unpack_left(batch.packed)
            ]
        yield from rows


@dataclass(frozen=True, slots=True)
class ImportedClient:
    """A client that an import made and that is still there."""

    ref: str
    name: str


def clients_of_import(actor: Actor, ref: str) -> list[ImportedClient]:
    """The clients that are there because of an import, by name: at most `MOST_NAMED`. Raises Forbidden, NotFound."""
    row = _found(actor, ref)
    found = Account.objects.filter(import_id=row.id, parent_id=actor.account_id).order_by("sort_name", "id")
    return [ImportedClient(*each) for each in found.values_list("ref", "name")[:MOST_NAMED]]
