"""Bringing a list of clients in: upload, decide how it is read, start, take back. The rows themselves are written by
the job, batch by batch (`import_batches`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts import clientlists
from sublet.accounts.clientlists import Choices, Findings, Reading
from sublet.accounts.events import (
    ImportDiscarded,
    ImportFinished,
    ImportResumed,
    ImportStarted,
    ImportUndoStarted,
    ImportUploaded,
)
from sublet.accounts.models import LANGUAGES, Account, ClientImport, LeftRows
from sublet.accounts.operations.tags import WrongTags, clean_tags
from sublet.accounts.queries.import_check import find_in_list
from sublet.accounts.queries.imports import require_importing
from sublet.core.columnwords import FIELDS, Field
from sublet.core.lifecycle import lets_people_in
from sublet.core.peopledata import Way
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import enqueue
from sublet.foundation.jobs.models import ACTIVE, Job
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.sheets.places import country_of

#: Lists up to here are checked while one waits; longer ones by a job.
CHECKED_AT_ONCE = 5000
#: An uploaded list that nobody imports is thrown away after this time, one that came to a halt after the second; the
#: rows that were not taken in are kept for the second, too.
UPLOAD_KEPT, ROWS_KEPT = timedelta(days=7), timedelta(days=30)
MOST_TAGS = 5

_AT_WORK = (ClientImport.State.QUEUED, ClientImport.State.RUNNING)


class CannotImportClients(WrongTags):
    """Why a list is not taken, read or imported as asked. A file that cannot be read at all: CannotReadSheet."""

    SENTENCES = {
        **WrongTags.SENTENCES,
        "confined": _("You look after some of the clients only, so you cannot import. Ask a colleague who sees all."),
        "reseller-locked": _("Your own account is not open, so it takes no new clients."),
        "changed-meanwhile": _("The list has been read anew since you saw it. Look at it again before you import."),
        "not-checked": _("The list is still being checked. Wait until it is done."),
        "not-open": _("This list is imported or discarded already."),
        "nothing-new": _("The list holds no client that is new."),
        "no-such-line": _("The headings must be in one of the first lines."),
        "unknown-field": _("“%(name)s” is nothing that a column can tell."),
        "field-twice": _("Two columns cannot tell the same. Choose another meaning for one of them."),
        "no-name": _("Say which column holds the name of the client."),
        "country-unknown": _("Choose a country from the list."),
        "language-unknown": _("This language is not offered."),
        "ownership-unknown": _("An account is owned by the reseller or by the client."),
        "choice-unknown": _("Such rows are taken in or left out."),
        "not-halted": _("This import has not come to a halt."),
    }


class CannotUndoImport(CannotImportClients):
    """Why an import is not taken back."""

    SENTENCES = {
        "impersonating": _("What removes clients is done by the person in person. End the visit first."),
        "nothing-made": _("Nothing came of this import, so there is nothing to take back."),
    }


# Upload and check -----------------------------------------------------------------------------------------------------


def upload_import(*, file_name: str, data: bytes, actor: Actor, at: datetime) -> str:
    """Take a list in to be looked at; returns the reference of the import. No client is written.

    For whoever has ``clients:manage`` and ``people:view``.

    Raises Forbidden, CannotImportClients, CannotReadSheet; then nothing is stored.
    """
    _require(actor)
    sheet, reading = clientlists.survey(data, file_name=file_name)
    parent = _open_parent(actor)
    choices = Choices(country=parent.country, language=parent.language)
    row = ClientImport(
        account_id=actor.account_id,
        file_name=sheet.filename or "list",
        data=data,
        digest=hashlib.sha256(data).hexdigest(),
        reading=reading.as_data(),
        choices=choices.as_data(),
        created_at=at,
        created_by=actor.name[:200],
    )
    _check_now(row, data, reading, choices, actor)
    with transaction.atomic():
        row.save(force_insert=True)
        _check_later(row, reading, actor=actor, at=at)
        _tell(row, ImportUploaded(ref=row.ref, file=row.file_name, rows=reading.rows), actor=actor, at=at)
    return row.ref


def change_import(
    *,
    ref: str,
    revision: int,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    header_line: int | None = None,
    mapping: Mapping[int, str] | None = None,
    day_first: bool | None = None,
    choices: Choices | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """Decide otherwise how an uploaded list is read, or what holds for all rows; returns the new revision.

    What is None stays. `header_line` 0 means that there are no headings. A change of encoding, separator, sheet or
    headings makes the columns be guessed anew, and `mapping` is passed over then. The same again changes nothing.
    A draft: it has no entry in the journal. Raises Forbidden, NotFound, CannotImportClients, CannotReadSheet.
    """
    _require(actor)
    row = _own(actor, ref)
    _refuse_unless_open(row, revision)
    before, said = Reading.from_data(row.reading), Choices.from_data(row.choices)
    reading = _reread(bytes(row.data), row.file_name, before, encoding, separator, sheet)
    if header_line is not None and reading is before:
        reading = _with_header(bytes(row.data), reading, header_line)
    if reading is before:
        reading = _remapped(reading, mapping, day_first)
    said = said if choices is None else _checked_choices(choices)
    if (reading, said) == (before, Choices.from_data(row.choices)):
        return row.revision
    row.reading, row.choices = reading.as_data(), said.as_data()
    row.revision += 1
    row.findings, row.found = b"", {}
    _check_now(row, bytes(row.data), reading, said, actor)
    with transaction.atomic():
        _refuse_unless_open(_own(actor, ref, lock=True), revision)
        fields = ["reading", "choices", "revision", "checked", "findings", "found", "rows_total"]
        row.save(update_fields=fields)
        _check_later(row, reading, actor=actor, at=at)
    return row.revision


def check_again(*, ref: str, actor: Actor, at: datetime) -> None:
    """Check a list whose check has come to a halt. Raises Forbidden, NotFound, CannotImportClients."""
    _require(actor)
    with transaction.atomic():
        row = _own(actor, ref, lock=True)
        _refuse_unless_open(row, row.revision)
        if row.checked != row.revision:
            _check_later(row, Reading.from_data(row.reading), actor=actor, at=at)


def _check_now(row: ClientImport, data: bytes, reading: Reading, choices: Choices, actor: Actor) -> None:
    """Check a list that is short enough to wait for, before the transaction: it may take a second."""
    row.rows_total = reading.rows
    if reading.fault is None and reading.rows <= CHECKED_AT_ONCE:
        note_findings(row, find_in_list(data, reading, choices, parent_id=actor.account_id))


def _check_later(row: ClientImport, reading: Reading, *, actor: Actor, at: datetime) -> None:
    if reading.fault is not None or row.checked == row.revision:
        return
    row.job_id = enqueue(
        "accounts.check_import",
        account_id=actor.account_id,
        actor=actor,
        at=at,
        payload={"import_id": row.id, "revision": row.revision},
        key=f"{row.ref}:{row.revision}",
    )
    row.save(update_fields=["job_id"])


def note_findings(row: ClientImport, findings: Findings) -> None:
    """Put what the check found into the (unsaved) row."""
    row.findings, row.found = findings.pack(), findings.counts()
    row.checked, row.rows_total = row.revision, len(findings)


def _reread(
    data: bytes, name: str, before: Reading, encoding: str | None, separator: str | None, sheet: str | None
) -> Reading:
    """The reading under another encoding, separator or sheet; the same object when nothing differs."""
    if before.kind == "csv":
        if encoding in (None, "", before.encoding) and separator in (None, "", before.separator):
            return before
        return clientlists.survey(
            data, file_name=name, encoding=encoding or before.encoding, separator=separator or before.separator
        )[1]
    if sheet in (None, "", before.sheet):
        return before
    return clientlists.survey(data, file_name=name, sheet=sheet)[1]


def _with_header(data: bytes, reading: Reading, header_line: int) -> Reading:
    if (header_line or None) == reading.header_line:
        return reading
    rows = clientlists.first_rows(clientlists.open_list(data, reading))
    if header_line and header_line not in [line for line, _ in rows[: clientlists.HEADER_LINES]]:
        raise CannotImportClients("no-such-line", field="header_line")
    return clientlists.with_header(reading, rows, header_line or None)


def _remapped(reading: Reading, mapping: Mapping[int, str] | None, day_first: bool | None) -> Reading:
    chosen = dict(reading.mapping)
    if mapping is not None:
        for name in mapping.values():
            if name and name not in FIELDS:
                raise CannotImportClients("unknown-field", field="mapping", name=name[:40])
        chosen = {column: cast(Field, name) for column, name in mapping.items() if name and 0 <= column < reading.width}
    return replace(reading, mapping=chosen, day_first=reading.day_first if day_first is None else day_first)


def _checked_choices(choices: Choices) -> Choices:
    if choices.country and country_of(choices.country) != choices.country:
        raise CannotImportClients("country-unknown", field="country")
    if choices.language and choices.language not in LANGUAGES:
        raise CannotImportClients("language-unknown", field="language")
    if choices.ownership not in Account.Ownership.values:
        raise CannotImportClients("ownership-unknown", field="ownership")
    for name in ("without_email", "closed"):
        if getattr(choices, name) not in (clientlists.TAKE, clientlists.LEAVE):
            raise CannotImportClients("choice-unknown", field=name)
    tags = clean_tags(choices.tags, CannotImportClients)
    if len(tags) > MOST_TAGS:
        raise CannotImportClients("too-many-tags", field="tags", most=MOST_TAGS)
    return replace(choices, tags=tuple(tags))


# Start, discard, go on, take back -------------------------------------------------------------------------------------


def start_import(*, ref: str, revision: int, actor: Actor, at: datetime) -> None:
    """Let the list come in as it was shown at that `revision` (``clients:manage``); a job writes it.

    The same again does nothing. No mail goes to anybody. Raises Forbidden, NotFound, CannotImportClients.
    """
    _require(actor)
    with transaction.atomic():
        _open_parent(actor)
        row = _own(actor, ref, lock=True)
        if row.state not in (ClientImport.State.UPLOADED, ClientImport.State.DISCARDED):
            return
        _refuse_unless_open(row, revision)
        fault = Reading.from_data(row.reading).fault
        if fault is not None:
            raise CannotImportClients(fault[0], field="mapping")
        if row.checked != row.revision:
            raise CannotImportClients("not-checked")
        if not row.found["fine"] + row.found["warned"]:
            raise CannotImportClients("nothing-new")
        row.state = ClientImport.State.QUEUED
        row.job_id = _run("accounts.import_clients", row, actor=actor, at=at)
        row.save(update_fields=["state", "job_id"])
        _tell(row, ImportStarted(ref=row.ref, file=row.file_name, rows=row.rows_total), actor=actor, at=at)


def discard_import(*, ref: str, actor: Actor, at: datetime) -> None:
    """Throw an uploaded list away; its contents are gone at once. The same again does nothing.

    Raises Forbidden, NotFound, CannotImportClients.
    """
    require_importing(actor)
    with transaction.atomic():
        row = _own(actor, ref, lock=True)
        if row.state == ClientImport.State.DISCARDED:
            return
        if row.state != ClientImport.State.UPLOADED:
            raise CannotImportClients("not-open")
        _discard(row, actor=actor, at=at)


def _discard(row: ClientImport, *, actor: Actor, at: datetime) -> None:
    row.state, row.finished_at = ClientImport.State.DISCARDED, at
    row.data = row.findings = b""
    row.save(update_fields=["state", "finished_at", "data", "findings"])
    _tell(row, ImportDiscarded(ref=row.ref, file=row.file_name), actor=actor, at=at)


def resume_import(*, ref: str, actor: Actor, at: datetime) -> None:
    """Let an import, or its taking back, whose job has given up go on where it stopped.

    Raises Forbidden, NotFound, CannotImportClients.
    """
    _require(actor)
    with transaction.atomic():
        row = _own(actor, ref, lock=True)
        # unscoped: a job keeps a plain account id, which is asked for here
        jobs = Job.unscoped.filter(account_id=actor.account_id, state__in=ACTIVE)
        if row.job_id and jobs.filter(id=row.job_id).exists():
            return
        if row.state == ClientImport.State.UNDOING:
            kind = "accounts.undo_import"
        elif row.state in _AT_WORK:
            kind = "accounts.import_clients"
        else:
            raise CannotImportClients("not-halted")
        row.job_id = _run(kind, row, actor=actor, at=at)
        row.save(update_fields=["job_id"])
        _tell(row, ImportResumed(ref=row.ref, file=row.file_name), actor=actor, at=at)


def undo_import(*, ref: str, actor: Actor, at: datetime) -> None:
    """Take an import back as a whole: a job removes the clients that it made and that nobody has touched since.

    One that still runs ends first. May be done again for those that stayed; the same again meanwhile does nothing.
    Raises Forbidden, NotFound, CannotUndoImport.
    """
    require_importing(actor)
    if actor.impersonator is not None:
        raise CannotUndoImport("impersonating")
    with transaction.atomic():
        row = _own(actor, ref, lock=True)
        if row.state == ClientImport.State.UNDOING:
            return
        if row.state in (ClientImport.State.UPLOADED, ClientImport.State.DISCARDED) or (
            row.rows_made == row.rows_taken_back and row.state not in _AT_WORK
        ):
            raise CannotUndoImport("nothing-made")
        # A batch that is being written looks at the state in its own transaction, so none follows this one.
        row.state = ClientImport.State.UNDOING
        row.data = row.findings = b""
        row.rows_kept, row.finished_at = 0, None
        row.job_id = _run("accounts.undo_import", row, actor=actor, at=at)
        row.save(update_fields=["state", "data", "findings", "rows_kept", "finished_at", "job_id"])
        _tell(row, ImportUndoStarted(ref=row.ref, file=row.file_name), actor=actor, at=at)


def forget_old_imports(*, actor: Actor, at: datetime) -> None:
    """Throw away what holds people's data and is no longer needed: lists that nobody imported, imports that came to a
    halt long ago, rows that were not taken in. In a platform scope.
    """
    old = ClientImport.objects.defer("data", "findings").order_by("id")
    for row in old.filter(state=ClientImport.State.UPLOADED, created_at__lt=at - UPLOAD_KEPT):
        with transaction.atomic():
            locked = ClientImport.objects.select_for_update().defer("data", "findings").get(id=row.id)
            if locked.state == ClientImport.State.UPLOADED:
                _discard(locked, actor=actor, at=at)
    for row in old.filter(state__in=_AT_WORK, created_at__lt=at - ROWS_KEPT):
        with transaction.atomic():
            locked = ClientImport.objects.select_for_update().defer("data", "findings").get(id=row.id)
            # unscoped: a schedule of the installation looks at all of them
            if locked.state in _AT_WORK and not Job.unscoped.filter(id=row.job_id, state__in=ACTIVE).exists():
                finish(locked, actor=actor, at=at)
    LeftRows.objects.filter(client_import__finished_at__lt=at - ROWS_KEPT).delete()


def finish(row: ClientImport, *, actor: Actor, at: datetime) -> None:
    """Close a locked import: the file is forgotten, what came of it is told."""
    row.state, row.finished_at = ClientImport.State.DONE, at
    row.data = row.findings = b""
    row.save(update_fields=["state", "finished_at", "data", "findings"])
    told = ImportFinished(
        ref=row.ref,
        file=row.file_name,
        made=row.rows_made,
        known=row.rows_known,
        repeated=row.rows_repeated,
        left_out=row.rows_left_out,
        refused=row.rows_refused,
    )
    _tell(row, told, actor=actor, at=at)


# Steps ----------------------------------------------------------------------------------------------------------------


def _require(actor: Actor) -> None:
    require_importing(actor)
    if actor.reach is not None:
        raise CannotImportClients("confined")  # the new clients would be outside of what this person sees
    actor.require_people(Way.COLUMN)  # a list is read and checked row by row on the screen


def _open_parent(actor: Actor) -> Account:
    parent = Account.objects.get(id=actor.account_id)
    if not lets_people_in(parent.state):
        raise CannotImportClients("reseller-locked")
    return parent


def _own(actor: Actor, ref: str, *, lock: bool = False) -> ClientImport:
    rows = ClientImport.objects.filter(account_id=actor.account_id, ref=ref)
    if lock:
        rows = rows.select_for_update().defer("data", "findings")
    row = rows.first() if looks_like_ref(ref, "imp") else None
    if row is None:
        raise NotFound
    return row


def _refuse_unless_open(row: ClientImport, revision: int) -> None:
    if row.state != ClientImport.State.UPLOADED:
        raise CannotImportClients("not-open")
    if row.revision != revision:
        raise CannotImportClients("changed-meanwhile")


def _run(kind: str, row: ClientImport, *, actor: Actor, at: datetime) -> str:
    return enqueue(
        kind, account_id=row.account_id, actor=actor, at=at, payload={"import_id": row.id}, key=f"{kind}:{row.ref}"
    )


_Told = ImportUploaded | ImportDiscarded | ImportStarted | ImportResumed | ImportFinished | ImportUndoStarted


def _tell(row: ClientImport, event: _Told, *, actor: Actor, at: datetime) -> None:
    record(event, account_id=row.account_id, actor=actor, at=at)


__all__: Sequence[str] = [
    "CHECKED_AT_ONCE",
    "CannotImportClients",
    "CannotUndoImport",
    "change_import",
    "check_again",
    "discard_import",
    "forget_old_imports",
    "resume_import",
    "start_import",
    "undo_import",
    "upload_import",
]
