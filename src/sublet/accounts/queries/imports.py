"""Imports of client lists: what was sent, how it is read, how each row would fare, what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sublet.accounts import clientlists
from sublet.accounts.clientlists import Reading
from sublet.accounts.models import Account, ClientImport, LeftRows
from sublet.core.clientrows import ClientRow, Fault, row_key
from sublet.core.names import sort_name
from sublet.core.peopledata import Way
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs.models import ACTIVE, Job
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.sheets.sentences import fault_sentence

MOST_NAMESAKES = 5000
MOST_NAMED = 200

LEFT_OUT_SENTENCES: Mapping[str, str | Promise] = {
    clientlists.WITHOUT_EMAIL: _("There is no e-mail address, and you leave such rows out."),
    clientlists.CLOSED_IN_LIST: _("The list calls this client closed, and you leave such rows out."),
    clientlists.LEFT_BY_HAND: _("You left this row out."),
    clientlists.LOOKS_LIKE_SUM: _("This looks like a sum of the list, not like a client."),
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
    was taken back. `found` counts the rows by verdict; `sums` of those that are left out look like sums, not like clients.
    `progress` is how far its job is: done and total, None before it tells.
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
    sums: int
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


def jobs_of(account_id: int, rows: Sequence[ClientImport]) -> dict[str, Job]:
    waiting = [row.job_id for row in rows if row.job_id and (row.state in _BY_JOB or row.checked != row.revision)]
    if not waiting:
        return {}
    # unscoped: jobs keep a plain account id, which is asked for here
    found = Job.unscoped.filter(id__in=waiting, account_id=account_id).defer("payload", "actor", "result")
    return {str(job.id): job for job in found}


def facts_of(row: ClientImport, jobs: Mapping[str, Job]) -> ImportFacts:
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
        found={verdict: count for verdict, count in row.found.items() if verdict != "sums"},
        sums=row.found.get("sums", 0),
        created_at=row.created_at,
        created_by=row.created_by,
        finished_at=row.finished_at,
        progress=progress,
        error=job.last_error if failed and job is not None else "",
    )


def told(account_id: int, rows: Sequence[ClientImport]) -> list[ImportFacts]:
    """What imports of that account that were just read say, with their jobs.

    One that seems to have come to a halt is read once more: its job may have ended between the two statements, and what it
    wrote before is there now.
    """
    jobs = jobs_of(account_id, rows)
    found = [facts_of(row, jobs) for row in rows]
    halted = [facts.id for facts in found if facts.state == "failed"]
    if not halted:
        return found
    again = list(ClientImport.objects.filter(account_id=account_id, id__in=halted).only(*_FACTS))
    jobs = jobs_of(account_id, again)
    settled = {row.id: facts_of(row, jobs) for row in again}
    return [settled.get(facts.id, facts) for facts in found]


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
    return ImportPage(
        rows=told(actor.account_id, found),
        next_cursor=found[-1].ref if found and more else "",
        previous_cursor=f"newer-{found[0].ref}" if found and begun else "",
    )


def found_import(actor: Actor, ref: str, *columns: str) -> ClientImport:
    require_importing(actor)
    rows = ClientImport.objects.filter(account_id=actor.account_id, ref=ref).only(*_FACTS, *columns)
    row = rows.first() if looks_like_ref(ref, "imp") else None
    if row is None:
        raise NotFound
    return row


def import_facts(actor: Actor, ref: str) -> ImportFacts:
    """One import of the actor's reseller. Raises Forbidden, NotFound."""
    return told(actor.account_id, [found_import(actor, ref)])[0]


# What came of it ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeftList:
    """The rows that were not taken in: the headings of the file as far as there were any, how many columns it has, then
    ``(line, cells, why)`` each. The rows come one batch at a time."""

    file_name: str
    headings: tuple[str, ...]
    width: int
    rows: Iterator[tuple[int, list[str], str]]


def left_rows(actor: Actor, ref: str) -> LeftList:
    """The rows of an import that were refused or left out, with the reasons in the language now active.

    The file is as it came, with people's addresses: ``people:manage``. Raises Forbidden; NotFound, also when there are
    none any more.
    """
    actor.require_people(Way.FILE)
    row = found_import(actor, ref)
    left = LeftRows.objects.filter(client_import_id=row.id)
    if not left.exists():
        raise NotFound
    reading = Reading.from_data(row.reading)
    return LeftList(row.file_name, reading.headings, reading.width, _left(row.id, get_language() or "en"))


def has_left_rows(actor: Actor, ref: str) -> bool:
    """Whether there are rows of an import that were not taken in, and are still kept. Raises Forbidden, NotFound."""
    return LeftRows.objects.filter(client_import_id=found_import(actor, ref).id).exists()


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
    row = found_import(actor, ref)
    found = Account.objects.filter(import_id=row.id, parent_id=actor.account_id).order_by("sort_name", "id")
    return [ImportedClient(*each) for each in found.values_list("ref", "name")[:MOST_NAMED]]
