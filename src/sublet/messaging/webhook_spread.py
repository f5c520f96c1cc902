"""From the journal to the endpoints: in the transaction of each write, what is to be sent to whom is written down.

So an event is neither sent before its commit nor lost after it, and one statement is what a write pays when nobody listens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.core.peopledata import HIDDEN
from sublet.core.readers import without_figures
from sublet.core.rights import CLIENT, VENDOR
from sublet.core.webhooks import Who, details_for, hears, payload, reason_for
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import PLATFORM, enqueue
from sublet.foundation.journal.as_read import figures_are_kept, without_words
from sublet.foundation.journal.contacts import without_contacts
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.refs import uuid7
from sublet.messaging.models import Delivery, WebhookEndpoint

#: How long the list of deliveries goes back.
KEPT = timedelta(days=30)


def spread(accounts: frozenset[int], entries: Callable[[], Sequence[JournalEntry]], actor: Actor, at: datetime) -> None:
    """Write a delivery for each endpoint that hears of an entry, and wake the job that sends. A listener of the journal."""
    # unscoped: a client's event is heard by its reseller and the vendor, who lie outside the client's scope
    listening = WebhookEndpoint.unscoped.filter(Q(account_id__in=accounts) | Q(hears_everybody=True), is_on=True)
    endpoints = list(listening.select_related("account").order_by("id"))
    if not endpoints:
        return
    told = entries()
    # unscoped: as above
    refs = dict(Account.unscoped.filter(id__in={entry.account_id for entry in told}).values_list("id", "ref"))
    rows = [
        Delivery(
            id=uuid7(at),
            account_id=endpoint.account_id,
            endpoint=endpoint,
            entry_id=entry.id,
            event=entry.event,
            body=_body(entry, endpoint, refs.get(entry.account_id, "")),
            created_at=at,
            begun_at=at,
            next_at=at,
        )
        for entry in told
        for endpoint in endpoints
        if _hears(endpoint, entry)
    ]
    if rows:
        Delivery.unscoped.bulk_create(rows, batch_size=200)  # unscoped: as above
        wake(actor=actor, at=at)


def wake(*, actor: Actor, at: datetime) -> None:
    """Have a job send what is due; one for everybody is enough. After mails, before what can wait."""
    enqueue("messaging.send_webhooks", account_id=PLATFORM, actor=actor, at=at, key="once", priority=-5)


def _hears(endpoint: WebhookEndpoint, entry: JournalEntry) -> bool:
    own = entry.account_id == endpoint.account_id
    if not own and not endpoint.hears_everybody:
        if entry.parent_id != endpoint.account_id:
            return False
        if not endpoint.reaches_all and entry.account_id not in endpoint.reach_ids:
            return False
    return hears(endpoint.account.kind, entry.event, endpoint.groups)


def _body(entry: JournalEntry, endpoint: WebhookEndpoint, account_ref: str) -> str:
    kind = endpoint.account.kind
    # A client knows its reseller's people, but nobody below the vendor is told who of the vendor did something.
    known = {endpoint.account_id, entry.account_id, entry.parent_id if kind == CLIENT else None}
    named = kind == VENDOR or entry.actor_account_id in known
    who = Who(
        name=entry.actor_name if named else "", impersonator=entry.impersonator_name if named else "", via=entry.via
    )
    hidden = not endpoint.tells_people and entry.account_id != endpoint.account_id
    details = details_for(kind, entry.event, entry.data, own=entry.account_id == endpoint.account_id)
    if figures_are_kept(entry, kind, endpoint.account_id):
        details = without_figures(details)
    if not named:
        details = without_words(details, (entry.actor_name, entry.impersonator_name, entry.actor_account_name), HIDDEN)
    told = payload(
        event=entry.event,
        at=entry.at,
        entry=str(entry.id),
        account=account_ref,
        who=who,
        reason=reason_for(kind, entry.event, entry.reason) if named else "",
        details=details,
    )
    return msgspec.json.encode(without_contacts(told) if hidden else told).decode()


def is_something_due(*, at: datetime) -> bool:
    """Whether an attempt could be made now."""
    # unscoped: one job sends for all accounts
    due = Delivery.unscoped.filter(state=Delivery.State.WAITING, next_at__lte=at, endpoint__is_on=True)
    return due.filter(Q(endpoint__busy_until__isnull=True) | Q(endpoint__busy_until__lte=at)).exists()


def forget_old(*, at: datetime) -> None:
    """Delete what is over and older than KEPT, some thousands at a time."""
    # unscoped: the installation's own tidying
    old = (
        Delivery.unscoped.filter(created_at__lt=at - KEPT).exclude(state=Delivery.State.WAITING).order_by("created_at")
    )
    while ids := list(old.values_list("id", flat=True)[:500]):
        Delivery.unscoped.filter(id__in=ids).delete()  # unscoped: as above
