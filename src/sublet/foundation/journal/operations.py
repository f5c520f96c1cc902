"""Writing the journal. Call `record` once in each write, inside its transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from sublet.foundation.actor import Actor
from sublet.foundation.bulk import insert_rows
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.refs import uuid7
from sublet.foundation.unscoped import past_scope


@dataclass(frozen=True, slots=True)
class Follow:
    """A job that follows an event: its name, its payload made from the entry, and a key if it must not be doubled."""

    job: str
    payload: Callable[[JournalEntry], dict[str, Any]]
    key: Callable[[JournalEntry], str] | None = None


#: Told in the transaction of every write: whose entries (the accounts and those above them), the entries themselves, who
#: wrote them and when.
Listener = Callable[[frozenset[int], Callable[[], Sequence[JournalEntry]], Actor, datetime], None]
_listeners: list[Listener] = []


def register_listener(listener: Listener) -> None:
    """Told once by an app when the apps are ready. A listener writes rows of its own; whatever takes time is a job's."""
    if listener not in _listeners:
        _listeners.append(listener)


Wiring = Mapping[str, Sequence[Follow]]


@cache
def _wiring() -> Wiring:
    wiring: Wiring = import_string(settings.SUBLET_WIRING)
    return wiring


def record(
    event: Event,
    *,
    account_id: int,
    actor: Actor,
    at: datetime,
    parent_id: int | None = None,
    reason: str = "",
) -> JournalEntry:
    """Append `event` about the account `account_id` and enqueue the jobs that follow it, all in the caller's transaction.

    `parent_id` is the account above (a client's reseller), which may read the entry too. Raises RuntimeError outside a
    transaction: an entry without its write, or a write without its entry, would be a lie.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{event.NAME} was recorded outside a transaction")
    entry = JournalEntry(
        **_about(actor),
        account_id=account_id,
        id=uuid7(at),
        at=at,
        event=event.NAME,
        data=event.as_data(),
        reason=reason[:500],
        parent_id=parent_id,
    )
    with past_scope("who records has done the write, of which others may read as well"):
        entry.save(force_insert=True)
    follow_up(entry, actor=actor, at=at)
    _tell(frozenset({account_id, parent_id or account_id}), lambda: [entry], actor, at)
    return entry


def record_many(
    events: Sequence[tuple[int, Event]], *, actor: Actor, at: datetime, parent_id: int | None = None, reason: str = ""
) -> None:
    """The same for many accounts below one, in one go: ``(account_id, event)`` each, in the order in which they are told.

    For imports and the like, where a statement for each entry would be most of the work.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("events were recorded outside a transaction")
    same = {**_about(actor), "at": at, "parent_id": parent_id, "reason": reason[:500]}
    columns = ["account_id", "id", "event", "data", *same]
    rows = [(account_id, uuid7(at), event.NAME, event.as_data(), *same.values()) for account_id, event in events]
    with past_scope("as in `record`"):
        insert_rows(JournalEntry, columns, rows)
    for row in rows if any(_wiring().get(event.NAME) for _, event in events) else ():
        follow_up(JournalEntry(**dict(zip(columns, row, strict=True))), actor=actor, at=at)
    accounts = frozenset({account_id for account_id, _ in events} | ({parent_id} if parent_id else set()))
    _tell(accounts, lambda: [JournalEntry(**dict(zip(columns, row, strict=True))) for row in rows], actor, at)


def _tell(accounts: frozenset[int], entries: Callable[[], Sequence[JournalEntry]], actor: Actor, at: datetime) -> None:
    for listener in _listeners:
        listener(accounts, entries, actor, at)


def _about(actor: Actor) -> dict[str, Any]:
    """The columns that tell who did it, and through what."""
    acting = actor.impersonator
    return {
        "actor_user_id": actor.user_id,
        "actor_name": actor.name[:200],
        "actor_account_id": actor.account_id,
        "actor_account_name": actor.account_name[:200],
        "impersonator_user_id": acting.user_id if acting else None,
        "impersonator_name": acting.name[:200] if acting else "",
        "impersonation_ref": acting.impersonation_ref if acting else "",
        "key_ref": actor.key_ref,
        "via": actor.via,
        "host": actor.host[:255],
        "request_id": actor.request_id[:40],
    }


def follow_up(entry: JournalEntry, *, actor: Actor, at: datetime) -> None:
    """Enqueue the jobs that `config.wiring` names for the entry's event."""
    follows = _wiring().get(entry.event, ())
    if not follows:
        return
    from sublet.foundation.jobs import enqueue  # jobs write journal entries of their own: a cycle at import time

    for follow in follows:
        enqueue(
            follow.job,
            account_id=entry.account_id,
            actor=actor,
            at=at,
            payload=follow.payload(entry),
            key=follow.key(entry) if follow.key else None,
        )
