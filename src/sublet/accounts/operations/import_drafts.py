"""Bringing a list of clients in, until it is started: upload it, decide how it is read and which rows stay out. Nothing of it is
written yet but the draft. Starting and taking back: `imports`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast

from django.db import transaction

from sublet.accounts import clientlists
from sublet.accounts.clientlists import Choices, Findings, Reading
from sublet.accounts.events import ImportUploaded
from sublet.accounts.models import LANGUAGES, Account, ClientImport
from sublet.accounts.operations.imports import (
    CannotImportClients,
    open_parent,
    own_import,
    refuse_unless_open,
    require_list,
    tell_import,
)
from sublet.accounts.operations.tags import clean_tags
from sublet.accounts.queries.import_check import find_in_list
from sublet.core.columnwords import FIELDS, Field
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import enqueue
from sublet.foundation.sheets.places import country_of

#: Lists up to here are checked while one waits; longer ones by a job.
CHECKED_AT_ONCE = 5000
MOST_TAGS = 5
#: So many rows are decided about in one call, and so often a decision about single rows is made anew because another one
#: came in between: each concerns rows of its own.
MOST_PICKED, TRIES = 10_000, 5


def upload_import(*, file_name: str, data: bytes, actor: Actor, at: datetime) -> str:
    """Take a list in to be looked at; returns the reference of the import. No client is written.

    For whoever has ``clients:manage`` and ``people:view``.

    Raises Forbidden, CannotImportClients, CannotReadSheet; then nothing is stored.
    """
    require_list(actor)
    sheet, reading = clientlists.survey(data, file_name=file_name)
    parent = open_parent(actor)
    digest = hashlib.sha256(data).hexdigest()
    choices = _as_before(Choices(country=parent.country, language=parent.language), digest, reading, actor)
    row = ClientImport(
        account_id=actor.account_id,
        file_name=sheet.filename or "list",
        data=data,
        digest=digest,
        reading=reading.as_data(),
        choices=choices.as_data(),
        created_at=at,
        created_by=actor.name[:200],
    )
    _check_now(row, data, reading, choices, actor)
    with transaction.atomic():
        row.save(force_insert=True)
        _check_later(row, reading, actor=actor, at=at)
        tell_import(row, ImportUploaded(ref=row.ref, file=row.file_name, rows=reading.rows), actor=actor, at=at)
    return row.ref


def _as_before(choices: Choices, digest: str, reading: Reading, actor: Actor) -> Choices:
    """The choices with what was said of single rows when this very file was imported before: what was left out then is
    no new client now."""
    done = ClientImport.objects.filter(account_id=actor.account_id, digest=digest, state=ClientImport.State.DONE)
    last = done.only("reading", "choices").order_by("-id").first()
    if last is None or last.reading["sheet"] != reading.sheet:
        return choices
    then = Choices.from_data(last.choices)
    return replace(choices, left=then.left, taken=then.taken)


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
    leave: Collection[int] = (),
    take: Collection[int] = (),
    actor: Actor,
    at: datetime,
) -> int:
    """Decide otherwise how an uploaded list is read, or what holds for all rows; returns the new revision.

    What is None stays. `header_line` 0 means that there are no headings. A change of encoding, separator, sheet or
    headings makes the columns be guessed anew, and `mapping` is passed over then. The same again changes nothing.
    `leave` and `take` are lines of the file that stay out or come in by themselves; they hold however the list is read
    afterwards, except from another sheet. They may be said of an earlier `revision`, as long as the list has not been read
    anew since: whoever ticks one box after the other does not wait in between.
    A draft: it has no entry in the journal. Raises Forbidden, NotFound, CannotImportClients, CannotReadSheet.
    """
    require_list(actor)
    if not set(leave).isdisjoint(take):
        raise CannotImportClients("both-ways", field="leave")
    if len(leave) + len(take) > MOST_PICKED:
        raise CannotImportClients("too-many-rows", field="leave", most=MOST_PICKED)
    for attempt in range(1, TRIES + 1):
        row = own_import(actor, ref)
        refuse_unless_open(row, row.revision)
        since = Choices.from_data(row.choices).since
        picks_only = bool(leave or take) and since <= revision < row.revision
        if not picks_only and revision != row.revision:
            raise CannotImportClients("changed-meanwhile")
        seen = row.revision
        reading, said = _decided(row, encoding, separator, sheet, header_line, mapping, day_first, choices)
        before = Reading.from_data(row.reading), Choices.from_data(row.choices)
        if picks_only and (reading, said) != before:
            raise CannotImportClients("changed-meanwhile")
        picked = _picked(row, said, leave, take)
        if (reading, picked) == before:
            return seen
        _change(row, reading, picked, (leave, take) if (reading, said) == before else None, actor)
        with transaction.atomic():
            now = own_import(actor, ref, lock=True)
            if now.revision != seen and (reading, said) == before and attempt < TRIES:
                continue  # another row has been decided about in the meantime
            refuse_unless_open(now, seen)
            fields = ["reading", "choices", "revision", "checked", "findings", "found", "rows_total"]
            row.save(update_fields=fields)
            _check_later(row, reading, actor=actor, at=at)
        return row.revision
    raise CannotImportClients("changed-meanwhile")


def _decided(
    row: ClientImport,
    encoding: str | None,
    separator: str | None,
    sheet: str | None,
    header_line: int | None,
    mapping: Mapping[int, str] | None,
    day_first: bool | None,
    choices: Choices | None,
) -> tuple[Reading, Choices]:
    """How the list is to be read now, and what holds for all rows; not yet what is decided about single ones."""
    before, said = Reading.from_data(row.reading), Choices.from_data(row.choices)
    reading = _reread(bytes(row.data), row.file_name, before, encoding, separator, sheet)
    if header_line is not None and reading is before:
        reading = _with_header(bytes(row.data), reading, header_line)
    if reading is before:
        reading = _remapped(reading, mapping, day_first)
    if choices is not None:
        said = replace(_checked_choices(choices), left=said.left, taken=said.taken, since=said.since)
    if reading.sheet != before.sheet:
        said = replace(said, left=frozenset(), taken=frozenset())
    if reading != before:
        said = replace(said, since=row.revision + 1)
    return reading, said


def _picked(row: ClientImport, said: Choices, leave: Collection[int], take: Collection[int]) -> Choices:
    """The choices with what is said of single rows. What a row is anyway is not written down."""
    if not leave and not take:
        return said
    if row.checked != row.revision:
        raise CannotImportClients("not-checked")
    findings, left, taken = Findings.unpack(row.findings), set(said.left), set(said.taken)
    for name, lines in (("leave", leave), ("take", take)):
        for line in lines:
            place = findings.place(line)
            if place is None:
                raise CannotImportClients("no-such-row", field=name, line=line)
            is_out = findings.verdict(place) == "left-out"
            if name == "leave" and not is_out:
                taken.discard(line)
                left.add(line)
            elif name == "take" and is_out:
                left.discard(line)
                taken.add(line)
    return replace(said, left=frozenset(left), taken=frozenset(taken))


def _change(
    row: ClientImport,
    reading: Reading,
    said: Choices,
    picks: tuple[Collection[int], Collection[int]] | None,
    actor: Actor,
) -> None:
    """Put another reading into the (unsaved) row and check it. `picks`: nothing but these rows to leave and to take has
    changed, which in a long list is written into what the last check found, if that can be."""
    sums = row.found.get("sums", 0)
    row.reading, row.choices = reading.as_data(), said.as_data()
    row.revision += 1
    if picks is not None and reading.rows > CHECKED_AT_ONCE:
        findings = Findings.unpack(row.findings)
        if findings.pick(*picks):
            findings.sums = sums
            note_findings(row, findings)
            return
    row.findings, row.found = b"", {}
    _check_now(row, bytes(row.data), reading, said, actor)


def check_again(*, ref: str, actor: Actor, at: datetime) -> None:
    """Check a list whose check has come to a halt. Raises Forbidden, NotFound, CannotImportClients."""
    require_list(actor)
    with transaction.atomic():
        row = own_import(actor, ref, lock=True)
        refuse_unless_open(row, row.revision)
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
    row.findings, row.found = findings.pack(), findings.counts() | {"sums": findings.sums}
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


__all__ = ["CHECKED_AT_ONCE", "change_import", "check_again", "note_findings", "upload_import"]
