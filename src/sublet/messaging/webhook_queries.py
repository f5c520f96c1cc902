"""Reading webhooks: the list of an account's, one of them, and what was sent. Never a secret."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sublet.core.webhooks import groups_for
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.journal.contacts import without_contacts
from sublet.foundation.keyset import newest_first
from sublet.foundation.refs import looks_like_ref
from sublet.messaging.models import Delivery, WebhookEndpoint
from sublet.messaging.webhook_makers import withholds


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook. `state`: on, failing or off; `off_reason`: person, failing or gone. `groups` is empty for everything."""

    ref: str
    name: str
    url: str
    groups: Sequence[str]
    state: str
    off_reason: str
    off_at: datetime | None
    failing_since: datetime | None
    last_success_at: datetime | None
    old_until: datetime | None
    created_at: datetime
    created_by: str
    reaches_all: bool
    reach_count: int
    withholds: bool = False  # of one: whoever answers for it may not export people's data any more


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What became of one event. `state`: waiting, done or failed. `error` says why there was no answer."""

    id: str
    webhook_id: str
    event: str
    state: str
    created_at: datetime
    next_at: datetime | None
    attempts: int
    last_at: datetime | None
    code: int | None
    duration_ms: int | None
    answer: str
    error: str
    body: str  # as it was sent, but for addresses and numbers that the reader may not list


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """A page of deliveries, newest first."""

    rows: Sequence[DeliveryRow]
    next_cursor: str
    previous_cursor: str


def webhooks_of_account(actor: Actor, *, at: datetime) -> Sequence[WebhookRow]:
    """The webhooks of the actor's account (``keys:view``), newest first; there are at most twenty. Raises Forbidden."""
    actor.require("keys:view")
    rows = WebhookEndpoint.objects.filter(account_id=actor.account_id).order_by("-id")
    return tuple(_row(row, at) for row in rows)


def webhook_of_account(actor: Actor, webhook_ref: str, *, at: datetime) -> WebhookRow:
    """One webhook of the actor's account (``keys:view``). Raises NotFound, Forbidden."""
    actor.require("keys:view")
    found = _found(actor, webhook_ref)
    return replace(_row(found, at), withholds=withholds(found, at=at))


def choosable_groups(actor: Actor) -> Sequence[str]:
    """The groups of events that a webhook of the actor's account can be confined to."""
    return groups_for(actor.account_kind)


def deliveries_of(actor: Actor, webhook_ref: str, *, state: str = "", cursor: str = "", size: int = 50) -> DeliveryPage:
    """What was sent to a webhook, newest first (``keys:view`` and ``journal:view``: it is what the journal tells).

    Raises NotFound, Forbidden.
    """
    actor.require("keys:view")
    actor.require("journal:view")
    rows = Delivery.objects.filter(endpoint=_found(actor, webhook_ref))
    if state in Delivery.State.values:
        rows = rows.filter(state=state)
    found, newer, older = newest_first(rows, cursor=cursor, size=size)
    return DeliveryPage(rows=tuple(_delivery(row, actor) for row in found), next_cursor=older, previous_cursor=newer)


def delivery_of(actor: Actor, webhook_ref: str, delivery_id: str) -> DeliveryRow:
    """One event for one webhook (``keys:view`` and ``journal:view``). Raises NotFound, Forbidden."""
    actor.require("keys:view")
    actor.require("journal:view")
    try:
        number = uuid.UUID(delivery_id)
    except ValueError:
        raise NotFound from None
    row = Delivery.objects.filter(endpoint=_found(actor, webhook_ref), id=number).first()
    if row is None:
        raise NotFound
    return _delivery(row, actor)


def old_secrets(row: WebhookEndpoint, at: datetime) -> list[tuple[str, datetime]]:
    """The sealed secrets of before that still sign, each with its end, newest first."""
    held = [(row.old_secret_box, row.old_until)] if row.old_until is not None else []
    held += [(box, datetime.fromisoformat(ends)) for box, ends in row.older_secrets or ()]
    return [(box, ends) for box, ends in held if ends > at]


def _found(actor: Actor, webhook_ref: str) -> WebhookEndpoint:
    row = None
    if looks_like_ref(webhook_ref, "hook"):
        row = WebhookEndpoint.objects.filter(account_id=actor.account_id, ref=webhook_ref).first()
    if row is None:
        raise NotFound
    return row


def _row(row: WebhookEndpoint, at: datetime) -> WebhookRow:
    return WebhookRow(
        ref=row.ref,
        name=row.name,
        url=row.url,
        groups=tuple(row.groups),
        state="off" if not row.is_on else "failing" if row.failures else "on",
        off_reason=row.off_reason,
        off_at=row.off_at,
        failing_since=row.failing_since,
        last_success_at=row.last_success_at,
        old_until=max((ends for _box, ends in old_secrets(row, at)), default=None),
        created_at=row.created_at,
        created_by=row.created_by_name,
        reaches_all=row.reaches_all,
        reach_count=len(row.reach_ids),
    )


def _delivery(row: Delivery, reader: Actor) -> DeliveryRow:
    body = row.body if reader.lists_people else json.dumps(without_contacts(json.loads(row.body)), ensure_ascii=False)
    return DeliveryRow(
        id=str(row.id),
        webhook_id=str(row.entry_id),
        event=row.event,
        state=row.state,
        created_at=row.created_at,
        next_at=row.next_at,
        attempts=row.attempts,
        last_at=row.last_at,
        code=row.code,
        duration_ms=row.duration_ms,
        answer=row.answer,
        error=row.error,
        body=body,
    )
