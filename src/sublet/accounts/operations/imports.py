"""Bringing a list of clients in: start, discard, take back. What comes before is in `import_drafts`; the rows themselves are
written by the job, batch by batch (`import_batches`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.clientlists import Reading
from sublet.accounts.events import (
    ImportDiscarded,
    ImportFinished,
    ImportResumed,
    ImportStarted,
    ImportUndoStarted,
    ImportUploaded,
)
from sublet.accounts.models import Account, ClientImport, LeftRows
from sublet.accounts.operations.tags import WrongTags
from sublet.accounts.queries.imports import require_importing
from sublet.core.lifecycle import lets_people_in
from sublet.core.peopledata import Way
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import enqueue
from sublet.foundation.jobs.models import ACTIVE, Job
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref

#: An uploaded list that nobody imports is thrown away after this time, one that came to a halt after the second; the
#: rows that were not taken in are kept for the second, too.
UPLOAD_KEPT, ROWS_KEPT = timedelta(days=7), timedelta(days=30)

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
        "no-such-row": _("Line %(line)s holds no row of the list."),
        "both-ways": _("A row is either taken in or left out."),
        "too-many-rows": _("At most %(most)s rows can be decided about at once."),
        "not-halted": _("This import has not come to a halt."),
    }


class CannotUndoImport(CannotImportClients):
    """Why an import is not taken back."""

    SENTENCES = {
        "impersonating": _("What removes clients is done by the person in person. End the visit first."),
        "nothing-made": _("Nothing came of this import, so there is nothing to take back."),
    }


# Start, discard, go on, take back -------------------------------------------------------------------------------------


def start_import(*, ref: str, revision: int, actor: Actor, at: datetime) -> None:
    """Let the list come in as it was shown at that `revision` (``clients:manage``); a job writes it.

    The same again does nothing. No mail goes to anybody. Raises Forbidden, NotFound, CannotImportClients.
    """
    require_list(actor)
    with transaction.atomic():
        open_parent(actor)
        row = own_import(actor, ref, lock=True)
        if row.state not in (ClientImport.State.UPLOADED, ClientImport.State.DISCARDED):
            return
        refuse_unless_open(row, revision)
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
        tell_import(row, ImportStarted(ref=row.ref, file=row.file_name, rows=row.rows_total), actor=actor, at=at)


def discard_import(*, ref: str, actor: Actor, at: datetime) -> None:
    """Throw an uploaded list away; its contents are gone at once. The same again does nothing.

    Raises Forbidden, NotFound, CannotImportClients.
    """
    require_importing(actor)
    with transaction.atomic():
        row = own_import(actor, ref, lock=True)
        if row.state == ClientImport.State.DISCARDED:
            return
        if row.state != ClientImport.State.UPLOADED:
            raise CannotImportClients("not-open")
        _discard(row, actor=actor, at=at)


def _discard(row: ClientImport, *, actor: Actor, at: datetime) -> None:
    row.state, row.finished_at = ClientImport.State.DISCARDED, at
    row.data = row.findings = b""
    row.save(update_fields=["state", "finished_at", "data", "findings"])
    tell_import(row, ImportDiscarded(ref=row.ref, file=row.file_name), actor=actor, at=at)


def resume_import(*, ref: str, actor: Actor, at: datetime) -> None:
    """Let an import, or its taking back, whose job has given up go on where it stopped.

    Raises Forbidden, NotFound, CannotImportClients.
    """
    require_list(actor)
    with transaction.atomic():
        row = own_import(actor, ref, lock=True)
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
        tell_import(row, ImportResumed(ref=row.ref, file=row.file_name), actor=actor, at=at)


def undo_import(*, ref: str, actor: Actor, at: datetime) -> None:
    """Take an import back as a whole: a job removes the clients that it made and that nobody has touched since.

    One that still runs ends first. May be done again for those that stayed; the same again meanwhile does nothing.
    Raises Forbidden, NotFound, CannotUndoImport.
    """
    require_importing(actor)
    if actor.impersonator is not None:
        raise CannotUndoImport("impersonating")
    with transaction.atomic():
        row = own_import(actor, ref, lock=True)
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
        tell_import(row, ImportUndoStarted(ref=row.ref, file=row.file_name), actor=actor, at=at)


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
    tell_import(row, told, actor=actor, at=at)


# Steps ----------------------------------------------------------------------------------------------------------------


def require_list(actor: Actor) -> None:
    require_importing(actor)
    if actor.reach is not None:
        raise CannotImportClients("confined")  # the new clients would be outside of what this person sees
    actor.require_people(Way.COLUMN)  # a list is read and checked row by row on the screen


def open_parent(actor: Actor) -> Account:
    parent = Account.objects.get(id=actor.account_id)
    if not lets_people_in(parent.state):
        raise CannotImportClients("reseller-locked")
    return parent


def own_import(actor: Actor, ref: str, *, lock: bool = False) -> ClientImport:
    rows = ClientImport.objects.filter(account_id=actor.account_id, ref=ref)
    if lock:
        rows = rows.select_for_update().defer("data", "findings")
    row = rows.first() if looks_like_ref(ref, "imp") else None
    if row is None:
        raise NotFound
    return row


def refuse_unless_open(row: ClientImport, revision: int) -> None:
    if row.state != ClientImport.State.UPLOADED:
        raise CannotImportClients("not-open")
    if row.revision != revision:
        raise CannotImportClients("changed-meanwhile")


def _run(kind: str, row: ClientImport, *, actor: Actor, at: datetime) -> str:
    return enqueue(
        kind, account_id=row.account_id, actor=actor, at=at, payload={"import_id": row.id}, key=f"{kind}:{row.ref}"
    )


_Told = ImportUploaded | ImportDiscarded | ImportStarted | ImportResumed | ImportFinished | ImportUndoStarted


def tell_import(row: ClientImport, event: _Told, *, actor: Actor, at: datetime) -> None:
    record(event, account_id=row.account_id, actor=actor, at=at)


__all__: Sequence[str] = [
    "CannotImportClients",
    "CannotUndoImport",
    "discard_import",
    "forget_old_imports",
    "resume_import",
    "start_import",
    "undo_import",
]
