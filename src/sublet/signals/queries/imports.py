"""Spreadsheets of signals: how one is read, how its lines would fare, what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sublet.core.cells import cell_text
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs.models import ACTIVE, Job
from sublet.signals import sheets
from sublet.signals.models import SignalImport

SHOWN_LINES, SHOWN_FAULTS, SHOWN_IMPORTS = 20, 100, 20


def require_importing(actor: Actor) -> None:
    """Raise Forbidden unless the actor may report about a reseller's clients."""
    actor.require("clients:manage")
    if actor.account_kind != RESELLER:
        raise Forbidden("clients:manage")


@dataclass(frozen=True, slots=True)
class SignalImportFacts:
    """One list. `state` is one of `SignalImport.State`, or ``failed`` when its job has given up."""

    ref: str
    file_name: str
    state: str
    revision: int
    rows_total: int
    facts_new: int
    facts_known: int
    faults: int
    created_at: datetime
    created_by: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class ColumnFact:
    """A column: its heading, the first things in it, what it tells."""

    position: int
    heading: str
    sample: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class SignalImportCheck:
    """How a list would fare. `fault` says why nothing can be taken in; `facts` counts what is told, new or not."""

    facts: SignalImportFacts
    columns: tuple[ColumnFact, ...]
    lines: tuple[sheets.Line, ...]
    faulty: tuple[sheets.Line, ...]
    fault: str
    told: int
    clients: int
    faults: int


def _own(actor: Actor, ref: str) -> SignalImport:
    require_importing(actor)
    row = SignalImport.objects.filter(account_id=actor.account_id, ref=ref).first()
    if row is None:
        raise NotFound
    return row


def _facts(row: SignalImport, job: Job | None = None) -> SignalImportFacts:
    failed = row.state == SignalImport.State.QUEUED and job is not None and job.state not in (*ACTIVE, "done")
    return SignalImportFacts(
        ref=row.ref,
        file_name=row.file_name,
        state="failed" if failed else row.state,
        revision=row.revision,
        rows_total=row.rows_total,
        facts_new=row.facts_new,
        facts_known=row.facts_known,
        faults=row.faults,
        created_at=row.created_at,
        created_by=row.created_by,
        done=(job.progress_done or 0) if job is not None else 0,
        total=(job.progress_total or row.rows_total) if job is not None else row.rows_total,
    )


def signal_import(actor: Actor, ref: str) -> SignalImportFacts:
    """One list as far as it has come. Raises Forbidden, NotFound."""
    row = _own(actor, ref)
    # unscoped: a job keeps a plain account id, which is asked for here
    jobs = Job.unscoped.filter(account_id=actor.account_id)
    return _facts(row, jobs.filter(id=row.job_id).first() if row.job_id else None)


def signal_imports(actor: Actor) -> Sequence[SignalImportFacts]:
    """The newest lists. Raises Forbidden."""
    require_importing(actor)
    rows = SignalImport.objects.filter(account_id=actor.account_id).defer("data").order_by("-id")
    return [_facts(row) for row in rows[:SHOWN_IMPORTS]]


def check_signal_import(actor: Actor, ref: str) -> SignalImportCheck:
    """How the list would fare, line by line. Raises Forbidden, NotFound, CannotReadSheet."""
    row = _own(actor, ref)
    sheet = sheets.open_again(row)
    meanings, header = sheets.meanings_of(row), int(row.reading["header"])
    fault = sheets.meanings_fault(meanings)
    shown: list[sheets.Line] = []
    faulty: list[sheets.Line] = []
    told, faults, clients = 0, 0, set()
    for batch in [] if fault else sheets.lines(row, sheet):
        for line in batch:
            nobody = line.account_id is None
            if len(shown) < SHOWN_LINES:
                shown.append(line)
            if line.read.faults or nobody:
                faults += len(line.read.faults) + (nobody and bool(line.read.client))
                if len(faulty) < SHOWN_FAULTS:
                    faulty.append(line)
            if not nobody:
                told += len(line.read.facts)
                clients.add(line.account_id)
    names = sheets.headings(sheet, header)
    below = [cells for number, cells in sheet.sample if number > header][:3]
    width = max([len(names), *(len(cells) for cells in below)], default=0)
    columns = tuple(
        ColumnFact(
            position,
            names[position] if position < len(names) else "",
            tuple(text for cells in below if position < len(cells) and (text := cell_text(cells[position])[:40])),
            meanings.get(position, ""),
        )
        for position in range(min(width, 60))
    )
    return SignalImportCheck(_facts(row), columns, tuple(shown), tuple(faulty), fault, told, len(clients), faults)


def lines_of_import(import_id: int) -> tuple[int, Iterator[list[sheets.Line]]]:
    """For the job: how many rows there are, and the lines batch by batch; none for a list that is done already."""
    row = SignalImport.objects.get(id=import_id)
    if row.state != SignalImport.State.QUEUED:
        return 0, iter(())
    return row.rows_total, sheets.lines(row, sheets.open_again(row))
