"""What the import's jobs write: each batch in the caller's transaction, so that a worker that dies leaves a whole number
of batches and the next one goes on behind them.

The rows go past the ORM: an account with its search words, tags and journal entry is some twenty rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import ForeignObjectRel, Model

from sublet.accounts import clientlists
from sublet.accounts.clientlists import Batch, Choices, Findings, Reading
from sublet.accounts.events import ClientCreated, ClientTakenBack, ImportUndone
from sublet.accounts.models import Account, AccountTag, ClientImport, LeftRows, SearchWord, new_account_ref
from sublet.accounts.operations.import_drafts import note_findings
from sublet.accounts.operations.imports import CannotImportClients, finish
from sublet.accounts.operations.newborns import clients_were_born
from sublet.accounts.operations.tags import MOST_TAGS
from sublet.accounts.queries.import_check import find_in_list
from sublet.accounts.queries.imports import known_keys
from sublet.accounts.search import words_of
from sublet.core.clientrows import ClientRow
from sublet.core.lifecycle import ACTIVE, lets_people_in
from sublet.core.names import sort_name
from sublet.foundation.actor import Actor
from sublet.foundation.bulk import insert_rows, next_ids
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.operations import record, record_many

#: So many clients are taken back together.
UNDO_BATCH = 500
_RUNS = (ClientImport.State.QUEUED, ClientImport.State.RUNNING)


# Checking a long list -------------------------------------------------------------------------------------------------


def check_whole(
    *, import_id: int, revision: int, step: Callable[[int, int], None], actor: Actor, at: datetime
) -> Findings | None:
    """Check a list that was too long to wait for; None when it has been changed or imported since. `step` is told how
    many rows are done, of how many."""
    row = ClientImport.objects.filter(id=import_id, account_id=actor.account_id, revision=revision).first()
    if row is None or row.state != ClientImport.State.UPLOADED or row.checked == revision:
        return None
    reading, choices = Reading.from_data(row.reading), Choices.from_data(row.choices)
    return find_in_list(
        bytes(row.data),
        reading,
        choices,
        parent_id=actor.account_id,
        step=lambda done: step(min(done, reading.rows), reading.rows),
    )


def store_findings(*, import_id: int, revision: int, findings: Findings, actor: Actor, at: datetime) -> None:
    """Keep what the check found, unless the list has been changed meanwhile; in the caller's transaction."""
    row = ClientImport.objects.select_for_update().defer("data", "findings").get(id=import_id)
    if row.revision == revision and row.state == ClientImport.State.UPLOADED:
        note_findings(row, findings)
        row.save(update_fields=["findings", "found", "checked", "rows_total"])


# Taking in ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """An import that goes on: the batches that are still to come, and how many rows there are in all."""

    choices: Choices
    total: int
    batches: Iterator[Batch]


def open_run(*, import_id: int, actor: Actor, at: datetime) -> Run | None:
    """Open the file where the import stopped, or begin; None when there is nothing more to do."""
    row = ClientImport.objects.get(id=import_id, account_id=actor.account_id)
    if row.state not in _RUNS:
        return None
    reading, choices = Reading.from_data(row.reading), Choices.from_data(row.choices)
    sheet = clientlists.open_list(bytes(row.data), reading)
    findings = Findings.unpack(row.findings)
    return Run(
        choices=choices,
        total=len(findings),
        batches=clientlists.batches(sheet, reading, choices, findings, start=row.next_row),
    )


def take_batch(*, import_id: int, batch: Batch, choices: Choices, actor: Actor, at: datetime) -> bool:
    """Write one batch, in the caller's transaction; False when it is not the next one or the import has been stopped.

    Clients that have come in meanwhile are passed over. Raises CannotImportClients when the reseller is locked.
    """
    # Imports into one account take turns here, so that each sees the clients that the other has made. Opening a single
    # client does not wait: it needs a weaker lock.
    parent = Account.objects.select_for_update(no_key=True).get(id=actor.account_id)
    row = ClientImport.objects.select_for_update().defer("data", "findings").get(id=import_id, account_id=parent.id)
    if row.state not in _RUNS or row.next_row != batch.first:
        return False
    if not lets_people_in(parent.state):
        raise CannotImportClients("reseller-locked")
    there = known_keys(parent.id, batch.rows)
    fresh: dict[str, ClientRow] = {}
    for each in batch.rows:
        if each.row_key not in there:
            fresh.setdefault(each.row_key, each)
    _make(list(fresh.values()), parent, row, choices, actor=actor, at=at)
    if batch.left:
        LeftRows.objects.bulk_create(
            [
                LeftRows(
                    account_id=parent.id,
                    client_import_id=row.id,
                    first=batch.first,
                    packed=clientlists.pack_left(batch.left),
                )
            ]
        )
    row.state = ClientImport.State.RUNNING
    row.next_row = batch.after
    row.rows_made += len(fresh)
    row.rows_known += len(batch.rows) - len(fresh)
    row.rows_repeated += batch.repeated
    row.rows_left_out += batch.left_out
    row.rows_refused += batch.refused
    row.save(
        update_fields=[
            "state", "next_row", "rows_made", "rows_known", "rows_repeated", "rows_left_out", "rows_refused",
        ]
    )  # fmt: skip
    return True


def finish_import(*, import_id: int, actor: Actor, at: datetime) -> None:
    """Close an import whose rows have all been gone through, in the caller's transaction. One that was stopped meanwhile
    stays as it is."""
    row = ClientImport.objects.select_for_update().defer("data", "findings").get(id=import_id)
    if row.state in _RUNS:
        finish(row, actor=actor, at=at)


@dataclass(frozen=True, slots=True)
class _Newcomer:
    """What a row of the list becomes: what search needs to know of it, and its tags."""

    row: ClientRow
    tags: tuple[str, ...]
    name: str
    country: str
    phone: str
    mobile: str
    website: str
    contact_name: str
    email: str
    external_id: str
    city: str
    postal_code: str
    street: str


def _newcomer(row: ClientRow, tags: Sequence[str]) -> _Newcomer:
    put: dict[str, str] = {}
    for tag in (*tags, *row.tags):
        put.setdefault(tag.casefold(), tag)
    return _Newcomer(
        row=row,
        tags=tuple(put.values())[:MOST_TAGS],
        name=row.name,
        country=row.country,
        phone=row.phone,
        mobile=row.mobile,
        website=row.website,
        contact_name=row.contact,
        email=row.email,
        external_id=row.external_id,
        city=row.city,
        postal_code=row.postal_code,
        street=row.street,
    )


def _make(
    rows: Sequence[ClientRow], parent: Account, job: ClientImport, choices: Choices, *, actor: Actor, at: datetime
) -> None:
    """Accounts with tags, search words and journal entries."""
    if not rows:
        return
    Account(parent_id=parent.id).refuse_outside_scope()
    zone = ZoneInfo(parent.timezone)
    columns, defaults = _account_columns()
    same = defaults | {
        "kind": Account.Kind.CLIENT.value,
        "parent_id": parent.id,
        "state": ACTIVE,
        "state_since": at,
        "ownership": choices.ownership,
        "currency": parent.currency,
        "responsible_id": choices.responsible_id,
        "import_id": job.id,
    }
    ids = next_ids(Account, len(rows))
    newcomers = [_newcomer(row, choices.tags) for row in rows]
    refs = [new_account_ref() for _ in rows]
    accounts = []
    for account_id, ref, each in zip(ids, refs, newcomers, strict=True):
        row = each.row
        values = same | {
            "id": account_id,
            "ref": ref,
            "name": row.name,
            "sort_name": sort_name(row.name),
            "language": row.language or choices.language,
            "timezone": row.timezone or parent.timezone,
            "country": row.country,
            "contact_name": row.contact,
            "email": row.email,
            "phone": row.phone,
            "mobile": row.mobile,
            "website": row.website,
            "street": row.street,
            "postal_code": row.postal_code,
            "city": row.city,
            "external_id": row.external_id,
            "notes": row.notes,
            "import_key": row.row_key,
            "created_at": _since(row, zone, at),
        }
        accounts.append([values[name] for name in columns])
    insert_rows(Account, columns, accounts)
    tags = [(account_id, parent.id, tag) for account_id, each in zip(ids, newcomers, strict=True) for tag in each.tags]
    insert_rows(AccountTag, ("account_id", "parent_id", "name"), tags)
    words = [
        (account_id, parent.id, word, personal)
        for account_id, each in zip(ids, newcomers, strict=True)
        for word, personal in words_of(each, each.tags).items()
    ]
    insert_rows(SearchWord, ("account_id", "parent_id", "word", "personal"), words)
    clients_were_born(ids, reseller_id=parent.id, actor=actor, at=at)
    told = [
        (
            account_id,
            ClientCreated(ref=ref, name=row.name, state=ACTIVE, ownership=choices.ownership, import_ref=job.ref),
        )
        for account_id, ref, row in zip(ids, refs, rows, strict=True)
    ]
    record_many(told, parent_id=parent.id, actor=actor, at=at)


@cache
def _account_columns() -> tuple[tuple[str, ...], dict[str, Any]]:
    """The columns of an account with what a new one has in them."""
    fields = Account._meta.concrete_fields
    callables = {"id", "ref"}
    defaults = {each.column: None if each.column in callables else each.get_default() for each in fields}
    return tuple(each.column for each in fields), defaults


def _since(row: ClientRow, zone: ZoneInfo, at: datetime) -> datetime:
    """Since when the client is one: the day that the list names, else now. Never in the future."""
    if row.created is None:
        return at
    return min(datetime.combine(row.created, time(), zone).astimezone(UTC), at)


# Taking back ----------------------------------------------------------------------------------------------------------


def undo_batch(*, import_id: int, after: int, actor: Actor, at: datetime) -> int | None:
    """Remove up to `UNDO_BATCH` clients of the import behind the id `after`, in the caller's transaction, as far as nobody
    has touched them; returns the last id looked at, None when there are no more."""
    row = ClientImport.objects.select_for_update().defer("data", "findings").get(id=import_id)
    if row.state != ClientImport.State.UNDOING:
        return None
    if not after:
        row.rows_kept = 0  # from the beginning, perhaps after a run that died: each is looked at again
    # Locked: whoever is about to invite somebody to one of them comes before or after, not in between.
    made = Account.objects.select_for_update().filter(import_id=row.id, parent_id=actor.account_id, id__gt=after)
    found = list(made.order_by("id")[:UNDO_BATCH])
    if not found:
        return None
    used = _used(found)
    gone = [account for account in found if account.id not in used]
    told = [(each.id, ClientTakenBack(ref=each.ref, name=each.name, import_ref=row.ref)) for each in gone]
    record_many(told, parent_id=actor.account_id, actor=actor, at=at)
    Account.objects.filter(id__in=[account.id for account in gone]).delete()
    row.rows_taken_back += len(gone)
    row.rows_kept += len(found) - len(gone)
    row.save(update_fields=["rows_taken_back", "rows_kept"])
    return found[-1].id


def _used(accounts: Sequence[Account]) -> set[int]:
    """Those that something has happened with: a change, an entry in the journal, a row of anybody that points at them."""
    ids = [account.id for account in accounts]
    used = {account.id for account in accounts if account.version or account.last_seen_at is not None}
    entries = JournalEntry.unscoped.filter(account_id__in=ids)  # unscoped: accounts that were found in the scope
    used.update(entries.exclude(event=ClientCreated.NAME).values_list("account_id", flat=True).distinct())
    for model, key in _pointing_at_accounts():
        # past the scope: whatever app they are of, rows of accounts that were found in the scope; only their keys
        rows = model._base_manager.filter(**{f"{key}__in": ids})
        used.update(rows.values_list(key, flat=True).distinct())
    return used


@cache
def _pointing_at_accounts() -> tuple[tuple[type[Model], str], ...]:
    """Every model with a key to an account, such as people, brands and hosts; not what each client has from the start."""
    relations = [each for each in Account._meta.get_fields(include_hidden=True) if isinstance(each, ForeignObjectRel)]
    found = [(each.related_model, each.field.attname) for each in relations if not isinstance(each.related_model, str)]
    there = (AccountTag, SearchWord)
    return tuple(
        (model, key) for model, key in found if model not in there and not getattr(model, "comes_with_account", False)
    )


def count_made(*, import_id: int, actor: Actor) -> int:
    """How many clients are there because of the import."""
    return Account.objects.filter(import_id=import_id, parent_id=actor.account_id).count()


def finish_undo(*, import_id: int, actor: Actor, at: datetime) -> None:
    """Close the taking back, in the caller's transaction."""
    row = ClientImport.objects.select_for_update().defer("data", "findings").get(id=import_id)
    if row.state != ClientImport.State.UNDOING:
        return
    row.state, row.finished_at = ClientImport.State.UNDONE, at
    row.save(update_fields=["state", "finished_at"])
    LeftRows.objects.filter(client_import_id=row.id).delete()
    told = ImportUndone(ref=row.ref, file=row.file_name, removed=row.rows_taken_back, kept=row.rows_kept)
    record(told, account_id=row.account_id, actor=actor, at=at)


__all__ = [
    "UNDO_BATCH",
    "check_whole",
    "count_made",
    "finish_import",
    "finish_undo",
    "open_run",
    "store_findings",
    "take_batch",
    "undo_batch",
]
