"""Bringing a spreadsheet of signals in: upload, decide what the columns tell, start; the job writes the facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.signals import fact_name
from sublet.core.signalsheets import AT, CLIENT, SIGNAL
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.signals import sheets
from sublet.signals.events import SignalsImported
from sublet.signals.models import SignalImport
from sublet.signals.operations.record import Fact, keep
from sublet.signals.queries.imports import require_importing

#: An uploaded list that nobody takes in is thrown away after this time.
UPLOAD_KEPT = timedelta(days=7)


class CannotImportSignals(Refusal):
    """Why a list is not taken in as asked. A file that cannot be read at all: CannotReadSheet."""

    SENTENCES: ClassVar = {
        "no-signals": _("The product reports no signals yet, so no list can hold any."),
        "too-many-rows": _("The list has more than %(limit)s rows. Split it and import the parts one after the other."),
        "no-client-column": _("Say which column names the client."),
        "no-signal-column": _("Say of at least one column which signal it holds."),
        "meaning-twice": _("Two columns cannot tell the same. Choose another meaning for one of them."),
        "unknown-meaning": _("“%(name)s” is nothing that a column can tell."),
        "changed-meanwhile": _("The columns have changed since you saw the list. Look at it again before you import."),
        "not-open": _("This list is imported or discarded already."),
    }


def upload_signals(*, file_name: str, data: bytes, actor: Actor, at: datetime) -> str:
    """Take a list in to be looked at (``clients:manage``); returns its reference. No fact is written.

    A draft: it has no entry in the journal. Raises Forbidden, CannotImportSignals, CannotReadSheet.
    """
    require_importing(actor)
    if not offer().signals:
        raise CannotImportSignals("no-signals")
    sheet, reading, meanings = sheets.survey(data, file_name=file_name)
    if (sheet.row_count or 0) > sheets.MOST_ROWS:
        raise CannotImportSignals("too-many-rows", limit=sheets.MOST_ROWS)
    row = SignalImport(
        account_id=actor.account_id,
        file_name=sheet.filename or "list",
        data=data,
        reading=reading,
        meanings={str(column): meaning for column, meaning in meanings.items()},
        rows_total=sheet.row_count or 0,
        created_at=at,
        created_by=actor.name[:200],
    )
    row.save(force_insert=True)
    return row.ref


def change_signal_import(*, ref: str, meanings: Mapping[int, str], actor: Actor, at: datetime) -> int:
    """Say otherwise what the columns tell; returns the new revision. A draft, too.

    Raises Forbidden, NotFound, CannotImportSignals.
    """
    require_importing(actor)
    said = {column: meaning for column, meaning in meanings.items() if meaning}
    known = {CLIENT, AT, *(SIGNAL + key for key in offer().signals)}
    for meaning in said.values():
        if meaning not in known:
            raise CannotImportSignals("unknown-meaning", name=meaning[:60])
    if len(set(said.values())) < len(said):
        raise CannotImportSignals("meaning-twice")
    with transaction.atomic():
        row = _open(actor, ref)
        if sheets.meanings_of(row) != said:
            row.meanings = {str(column): meaning for column, meaning in said.items()}
            row.revision += 1
            row.save(update_fields=["meanings", "revision"])
    return row.revision


def start_signal_import(*, ref: str, revision: int, actor: Actor, at: datetime) -> None:
    """Let the list come in as it was shown at that `revision`; a job writes the facts. The same again does nothing.

    Raises Forbidden, NotFound, CannotImportSignals.
    """
    require_importing(actor)
    with transaction.atomic():
        row = _own(actor, ref)
        if row.state in (SignalImport.State.QUEUED, SignalImport.State.DONE):
            return
        row = _open(actor, ref)
        if row.revision != revision:
            raise CannotImportSignals("changed-meanwhile")
        if fault := sheets.meanings_fault(sheets.meanings_of(row)):
            raise CannotImportSignals(fault)
        row.state = SignalImport.State.QUEUED
        row.job_id = enqueue(
            "signals.import_signals",
            account_id=actor.account_id,
            actor=actor,
            at=at,
            payload={"import_id": row.id},
            key=row.ref,
        )
        row.save(update_fields=["state", "job_id"])


def discard_signal_import(*, ref: str, actor: Actor, at: datetime) -> None:
    """Throw an uploaded list away; its contents are gone at once. The same again does nothing.

    Raises Forbidden, NotFound, CannotImportSignals.
    """
    require_importing(actor)
    with transaction.atomic():
        row = _own(actor, ref)
        if row.state != SignalImport.State.DISCARDED:
            _throw_away(_open(actor, ref), at)


def take_lines(*, import_id: int, batch: list[sheets.Line], actor: Actor, at: datetime) -> None:
    """Write what one batch of lines says, together with the place where the next run goes on after a crash."""
    row = SignalImport.objects.select_for_update().get(id=import_id)
    if batch[-1].number <= row.next_line:
        return
    present = offer()
    named = {line.account_id for line in batch if line.account_id is not None}
    # The lines were read before this transaction: a client that has left meanwhile is told of no more.
    still = set(Account.objects.filter(id__in=named, parent_id=row.account_id).values_list("id", flat=True))
    facts = [
        Fact(line.account_id, present.signal_ids[key], moment, value, fact_name("", moment, value))
        for line in batch
        if line.account_id is not None and line.account_id in still
        for key, moment, value in line.read.facts
        if key in present.signal_ids
    ]
    done = keep(facts, actor=actor, at=at)
    row.facts_new += done.accepted
    row.facts_known += done.duplicates
    row.faults += sum(
        len(line.read.faults) + (line.account_id not in still and bool(line.read.client)) for line in batch
    )
    row.next_line = batch[-1].number
    row.save(update_fields=["facts_new", "facts_known", "faults", "next_line"])


def finish_signal_import(*, import_id: int, actor: Actor, at: datetime) -> None:
    """The list has been gone through: its contents are no longer needed."""
    row = SignalImport.objects.select_for_update().get(id=import_id)
    if row.state != SignalImport.State.QUEUED:
        return
    row.state, row.data, row.finished_at = SignalImport.State.DONE, b"", at
    row.save(update_fields=["state", "data", "finished_at"])
    record(
        SignalsImported(ref=row.ref, file=row.file_name, new=row.facts_new, known=row.facts_known, faults=row.faults),
        account_id=row.account_id,
        actor=actor,
        at=at,
    )


def forget_old_lists(*, actor: Actor, at: datetime) -> None:
    """Throw away lists that were uploaded and never taken in. In a platform scope."""
    old = SignalImport.objects.filter(state=SignalImport.State.UPLOADED, created_at__lt=at - UPLOAD_KEPT)
    for row in old.order_by("id")[:500]:
        _throw_away(row, at)


def _own(actor: Actor, ref: str) -> SignalImport:
    row = SignalImport.objects.select_for_update().filter(account_id=actor.account_id, ref=ref).first()
    if row is None:
        raise NotFound
    return row


def _open(actor: Actor, ref: str) -> SignalImport:
    row = _own(actor, ref)
    if row.state != SignalImport.State.UPLOADED:
        raise CannotImportSignals("not-open")
    return row


def _throw_away(row: SignalImport, at: datetime) -> None:
    row.state, row.data, row.finished_at = SignalImport.State.DISCARDED, b"", at
    row.save(update_fields=["state", "data", "finished_at"])
