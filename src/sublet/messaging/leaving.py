"""What no longer leaves for an account that leaves the one above it: mail in the old name, events that were still to be told."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.accounts.operations.leavers import Leaving
from sublet.foundation.actor import Actor
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import first_id_of
from sublet.messaging.events import WebhookRemoved
from sublet.messaging.models import Delivery, OutboxMail, SenderDomain, WebhookEndpoint

#: Why a delivery was given up: the account that it tells of has left.
LEFT = "left"
#: No delivery is older: what was sent is forgotten after so long, and can be replayed until then.
_BACK = timedelta(days=31)


def end_at_leaving(leaving: Leaving, actor: Actor, at: datetime) -> None:
    """Part of `accounts.operations.leavers`: in the caller's transaction and scope."""
    _give_deliveries_up(leaving, at=at)
    _shorten_reach(leaving)
    # What waits was written in the old name and brand. One that is just being handed over has left.
    # unscoped: mails of the accounts that leave, whoever they are below
    OutboxMail.unscoped.filter(account_id__in=leaving.account_ids, state=OutboxMail.State.QUEUED).update(
        state=OutboxMail.State.LEFT
    )
    _forget_senders(leaving)
    if leaving.ends:
        # unscoped: as above
        rows = WebhookEndpoint.unscoped.filter(account_id__in=leaving.account_ids).select_related("account")
        end_webhooks(rows, actor=actor, at=at)


def _give_deliveries_up(leaving: Leaving, *, at: datetime) -> None:
    """What the one above would still have heard of them."""
    # unscoped: the endpoint is that of the account that they leave
    waiting = Delivery.unscoped.filter(
        account_id=leaving.former_id, state=Delivery.State.WAITING, next_at__isnull=False
    )
    if not waiting.exists():
        return
    since = first_id_of(at - _BACK)
    # unscoped: plain account ids, which the journal keeps
    told = JournalEntry.unscoped.filter(account_id__in=leaving.account_ids, id__gte=since).values("id")
    waiting.filter(entry_id__in=told).update(state=Delivery.State.FAILED, next_at=None, error=LEFT)


def _shorten_reach(leaving: Leaving) -> None:
    gone = set(leaving.account_ids)
    # unscoped: as above
    for row in WebhookEndpoint.unscoped.filter(account_id=leaving.former_id, reaches_all=False):
        kept = [each for each in row.reach_ids if each not in gone]
        if kept != row.reach_ids:
            row.reach_ids = kept
            row.save(update_fields=["reach_ids"])


def _forget_senders(leaving: Leaving) -> None:
    """An address to write from that lies in a domain of the one that is left was lent: with its domain it falls away."""
    # unscoped: as above
    theirs = set(SenderDomain.unscoped.filter(account_id=leaving.former_id).values_list("domain", flat=True))
    if not theirs:
        return
    # unscoped: as above
    for row in SenderDomain.unscoped.filter(account_id__in=leaving.account_ids):
        labels = row.domain.split(".")
        if theirs & {".".join(labels[number:]) for number in range(len(labels))}:
            row.delete()


def end_webhooks(rows: Iterable[WebhookEndpoint], *, actor: Actor, at: datetime) -> None:
    """Remove webhooks that somebody set up who has no business there any more, in the caller's transaction."""
    for row in list(rows):
        # With it goes what was sent to it, and what still waits.
        account: Account = row.account
        told = WebhookRemoved(webhook=row.ref, name=row.name)
        row.delete()
        record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)


def webhooks_of_makers(
    account_ids: Collection[int], *, users: Collection[int], keys: Collection[str]
) -> list[WebhookEndpoint]:
    """The webhooks in these accounts for which one of these persons or keys answers."""
    # unscoped: as above
    rows = WebhookEndpoint.unscoped.filter(account_id__in=account_ids).select_related("account")
    return list(
        rows.filter(Q(answers_user_id__in=users) | (Q(answers_key__in=keys) & ~Q(answers_key=""))).order_by("id")
    )


def hears_of(delivery: Delivery, endpoint: WebhookEndpoint) -> bool:
    """Whether the account that a delivery tells of is still the endpoint's own, or below it: asked at each attempt, so that what
    is replayed tells nobody of an account that has left. One statement for another's; of one that is no more it is told."""
    ref = json.loads(delivery.body)["data"]["account"]
    if endpoint.hears_everybody or ref in {"", endpoint.account.ref}:
        return True
    # unscoped: one job sends for all accounts
    above = Account.unscoped.filter(ref=ref).values_list("parent_id", flat=True).first()
    return above is None or above == endpoint.account_id


__all__ = ["LEFT", "end_at_leaving", "end_webhooks", "hears_of", "webhooks_of_makers"]
