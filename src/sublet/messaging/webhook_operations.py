"""Webhooks: made for one account, signed with a secret that is shown once, rotated, switched, replayed, removed."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.lifecycle import lets_people_in
from sublet.core.peopledata import Way
from sublet.core.rights import VENDOR
from sublet.core.webhooks import TEST, Who, groups_for, payload
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound, Refusal
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.foundation.outbound import refuse_url
from sublet.foundation.refs import looks_like_ref, uuid7
from sublet.foundation.secretbox import seal
from sublet.messaging.events import (
    WebhookChanged,
    WebhookCreated,
    WebhookRemoved,
    WebhookReplayed,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookSwitchedOn,
)
from sublet.messaging.models import Delivery, WebhookEndpoint
from sublet.messaging.rendering import one_line
from sublet.messaging.webhook_makers import answer_for, withholds
from sublet.messaging.webhook_queries import old_secrets
from sublet.messaging.webhook_spread import wake

LONGEST_NAME = 80
LONGEST_URL = 500
MOST_WEBHOOKS = 20
LONGEST_OVERLAP = timedelta(days=7)
#: How many secrets sign at the same time: each is a signature in every request.
MOST_SECRETS = 5
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret of a webhook begins with


class CannotSetUpWebhook(Refusal):
    """Why a webhook is not made, or stays as it is."""

    SENTENCES: ClassVar = {
        "name-missing": _("Give the webhook a name, so that you know later who listens."),
        "name-long": _("The name of a webhook has at most %(most)s characters."),
        "url-long": _("The address has at most %(most)s characters."),
        "url-host": _("This is not a web address such as https://example.com/events."),
        "url-scheme": _("The address begins with https://, so that nobody reads what is sent."),
        "url-user": _("The address must not hold a user name or password."),
        "url-port": _("Events are sent to the usual ports only. Leave the port out."),
        "url-address": _("This address is not on the internet: nothing is sent to it."),
        "group": _("There is no group of events called “%(group)s” here."),
        "too-many": _("This account has %(most)s webhooks already. Remove one first."),
        "beyond-own": _(
            "This webhook hears of clients that you do not reach. You can only switch it off or remove it."
        ),
        "people": _("This webhook tells what you may not export of people. You can only switch it off or remove it."),
        "overlap": _("The old secret works for at most seven days beside the new one."),
        "secrets-many": _(
            "%(most)s secrets sign at the moment. Wait until one of them ends, or let all old ones end now."
        ),
        "off": _("This webhook is switched off. Switch it on first."),
        "waiting": _("This is on its way already."),
    }


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook that was made, or given a new secret. `secret` is shown now and never again."""

    ref: str
    name: str
    secret: str


def create_webhook(*, name: str, url: str, groups: Iterable[str] = (), actor: Actor, at: datetime) -> NewWebhook:
    """Let `url` hear of what happens in the actor's account and those below that it reaches (``keys:manage``).

    It hears what the journal tells, so the actor needs ``journal:view`` as well; addresses and numbers of people below are
    told as far as the actor may export them. `groups` of events; none: everything. Not
    while impersonating. Raises Forbidden, CannotWhileImpersonating, CannotSetUpWebhook.
    """
    _may_set_up(actor)
    actor.require("journal:view")
    called, address, wanted = _name(name), _url(url), _groups(groups, actor.account_kind)
    secret = _new_secret()
    with transaction.atomic():
        account = Account.objects.select_for_update(of=("self",)).get(id=actor.account_id)
        if WebhookEndpoint.objects.filter(account=account).count() >= MOST_WEBHOOKS:
            raise CannotSetUpWebhook("too-many", most=MOST_WEBHOOKS)
        row = WebhookEndpoint(
            account=account,
            name=called,
            url=address,
            groups=wanted,
            hears_everybody=account.kind == VENDOR,
            reaches_all=actor.reach is None,
            reach_ids=sorted(actor.reach or ()),
            tells_people=actor.gets_people(Way.BULK),
            secret_box=seal(secret),
            created_at=at,
            created_by_name=actor.name[:200],
        )
        answer_for(row, actor)
        row.save()
        _tell(row, WebhookCreated(webhook=row.ref, name=called, url=address, groups=wanted), actor=actor, at=at)
    return NewWebhook(ref=row.ref, name=called, secret=secret)


def change_webhook(*, webhook_ref: str, name: str, url: str, groups: Iterable[str], actor: Actor, at: datetime) -> None:
    """Change name, address and groups (``keys:manage``); the actor answers for it from then on. Saying what is so already
    records nothing, unless whoever answered for it may not any more.

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotSetUpWebhook.
    """
    _may_set_up(actor)
    actor.require("journal:view")
    called, address, wanted = _name(name), _url(url), _groups(groups, actor.account_kind)
    with transaction.atomic():
        row = _locked(webhook_ref, actor)
        _not_wider(row, actor)
        if (row.name, row.url, row.groups) == (called, address, wanted) and not withholds(row, at=at):
            return
        row.name, row.url, row.groups = called, address, wanted
        answer_for(row, actor)
        row.save(update_fields=["name", "url", "groups", "answers_user_id", "answers_key"])
        _tell(row, WebhookChanged(webhook=row.ref, name=called, url=address, groups=wanted), actor=actor, at=at)


def rotate_webhook_secret(*, webhook_ref: str, overlap: timedelta, actor: Actor, at: datetime) -> NewWebhook:
    """Sign with a new secret at once, and for `overlap` with the one before as well (``keys:manage``).

    Those before it sign until their own ends: which of them the receiver verifies by, only the receiver knows. Without
    `overlap` all of them end.

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotSetUpWebhook.
    """
    _may_set_up(actor)
    actor.require("journal:view")
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise CannotSetUpWebhook("overlap", field="overlap")
    with transaction.atomic():
        row = _locked(webhook_ref, actor)
        _not_wider(row, actor)
        secret = _new_secret()
        before = old_secrets(row, at) if overlap else []
        if len(before) + 2 > MOST_SECRETS:
            raise CannotSetUpWebhook("secrets-many", field="overlap", most=MOST_SECRETS)
        row.older_secrets = [[box, ends.isoformat()] for box, ends in before] or None
        row.old_secret_box, row.old_until = (row.secret_box, at + overlap) if overlap else ("", None)
        row.secret_box = seal(secret)
        row.save(update_fields=["secret_box", "old_secret_box", "old_until", "older_secrets"])
        until = (at + overlap).isoformat()
        _tell(row, WebhookSecretRotated(webhook=row.ref, name=row.name, old_until=until), actor=actor, at=at)
    return NewWebhook(ref=row.ref, name=row.name, secret=secret)


def switch_webhook(*, webhook_ref: str, on: bool, actor: Actor, at: datetime) -> None:
    """Switch a webhook on or off (``keys:manage``). Off, it hears of nothing and what waits is given up.

    An account that can only read and pay, or in which nobody can work, switches it off and not on. Switching it to what it is
    already changes nothing and is not recorded. Raises NotFound, Forbidden, CannotWhileImpersonating, CannotSetUpWebhook.
    """
    _may_set_up(actor, ends=not on)
    with transaction.atomic():
        row = _locked(webhook_ref, actor)
        if on and not lets_people_in(row.account.state):
            raise Forbidden("keys:manage")
        if row.is_on == on:
            return
        if on:
            _not_wider(row, actor)
            row.is_on, row.off_reason, row.off_at = True, "", None
            row.failures, row.failing_since, row.busy_until = 0, None, None
            if withholds(row, at=at):
                answer_for(row, actor)
        else:
            row.is_on, row.off_reason, row.off_at = False, WebhookEndpoint.Off.BY_PERSON, at
            give_up_waiting(row)
        row.save(
            update_fields=[
                "is_on", "off_reason", "off_at", "failures", "failing_since", "busy_until", "answers_user_id", "answers_key",
            ]
        )  # fmt: skip
        # Once it is stored: what is told while it counts as on would wait for it until somebody switches it on again.
        told = WebhookSwitchedOn if on else WebhookSwitchedOff
        _tell(row, told(webhook=row.ref, name=row.name), actor=actor, at=at)


def remove_webhook(*, webhook_ref: str, actor: Actor, at: datetime) -> None:
    """Remove a webhook and the list of what was sent to it (``keys:manage``; an account that can only read and pay, too).

    Raises NotFound, Forbidden, CannotWhileImpersonating.
    """
    _may_set_up(actor, ends=True)
    with transaction.atomic():
        row = _locked(webhook_ref, actor)
        _tell(row, WebhookRemoved(webhook=row.ref, name=row.name), actor=actor, at=at)
        row.delete()


def send_test_event(*, webhook_ref: str, actor: Actor, at: datetime) -> None:
    """Send ``webhook.test`` to that webhook alone (``keys:manage``). In no journal: nothing has happened.

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotSetUpWebhook.
    """
    _may_set_up(actor)
    with transaction.atomic():
        row = _locked(webhook_ref, actor)
        if not row.is_on:
            raise CannotSetUpWebhook("off")
        number = uuid7(at)
        body = payload(
            event=TEST,
            at=at,
            entry=str(number),
            account=actor.account_ref,
            who=Who(name=actor.name, impersonator="", via=actor.via),
            reason="",
            details={"webhook": row.ref, "name": row.name},
        )
        Delivery(
            id=uuid7(at),
            account_id=row.account_id,
            endpoint=row,
            entry_id=number,
            event=TEST,
            body=msgspec.json.encode(body).decode(),
            created_at=at,
            begun_at=at,
            next_at=at,
        ).save()
        wake(actor=actor, at=at)


def replay_delivery(*, webhook_ref: str, delivery_id: str, actor: Actor, at: datetime) -> None:
    """Send one event once more, with the same id and body (``keys:manage``).

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotSetUpWebhook.
    """
    _may_set_up(actor)
    try:
        number = uuid.UUID(delivery_id)
    except ValueError:
        raise NotFound from None
    with transaction.atomic():
        row = _locked(webhook_ref, actor)
        found = Delivery.objects.select_for_update(of=("self",)).filter(endpoint=row, id=number).first()
        if found is None:
            raise NotFound
        if not row.is_on:
            raise CannotSetUpWebhook("off")
        if found.state == Delivery.State.WAITING:
            raise CannotSetUpWebhook("waiting")
        _again([number], row, at=at)
        _tell(row, WebhookReplayed(webhook=row.ref, name=row.name, count=1), actor=actor, at=at)
        wake(actor=actor, at=at)


def replay_failed(*, webhook_ref: str, since: datetime, actor: Actor, at: datetime) -> int:
    """Send everything once more that was given up and happened at `since` or later; returns how much (``keys:manage``).

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotSetUpWebhook.
    """
    _may_set_up(actor)
    with transaction.atomic():
        row = _locked(webhook_ref, actor)
        if not row.is_on:
            raise CannotSetUpWebhook("off")
        failed = Delivery.objects.filter(endpoint=row, state=Delivery.State.FAILED, created_at__gte=since)
        ids = list(failed.values_list("id", flat=True))
        if ids:
            _again(ids, row, at=at)
            _tell(row, WebhookReplayed(webhook=row.ref, name=row.name, count=len(ids)), actor=actor, at=at)
            wake(actor=actor, at=at)
    return len(ids)


def give_up_waiting(row: WebhookEndpoint) -> None:
    """What waits for an endpoint that is switched off is given up: it can be replayed later."""
    # unscoped: the endpoint's own rows, for a job as well as for a person
    Delivery.unscoped.filter(endpoint=row, state=Delivery.State.WAITING).update(
        state=Delivery.State.FAILED, next_at=None
    )


def _again(ids: list[uuid.UUID], row: WebhookEndpoint, *, at: datetime) -> None:
    for start in range(0, len(ids), 500):  # SQLite takes only so many values
        Delivery.objects.filter(endpoint=row, id__in=ids[start : start + 500]).update(
            state=Delivery.State.WAITING, attempts=0, begun_at=at, next_at=at
        )


def _may_set_up(actor: Actor, *, ends: bool = False) -> None:
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("personal")
    if ends:
        actor.require_end("keys:manage")
    else:
        actor.require("keys:manage")


def _locked(webhook_ref: str, actor: Actor) -> WebhookEndpoint:
    row = None
    if looks_like_ref(webhook_ref, "hook"):
        rows = WebhookEndpoint.objects.select_for_update(of=("self",)).select_related("account")
        row = rows.filter(account_id=actor.account_id, ref=webhook_ref).first()
    if row is None:
        raise NotFound
    return row


def _not_wider(row: WebhookEndpoint, actor: Actor) -> None:
    """Who turns a webhook to an address of its own hears what it hears."""
    if actor.reach is not None and (row.reaches_all or not frozenset(row.reach_ids) <= actor.reach):
        raise CannotSetUpWebhook("beyond-own")
    if row.tells_people and not actor.gets_people(Way.BULK):
        raise CannotSetUpWebhook("people")


def _name(text: str) -> str:
    called = one_line(text)
    if not called:
        raise CannotSetUpWebhook("name-missing", field="name")
    if len(called) > LONGEST_NAME:
        raise CannotSetUpWebhook("name-long", field="name", most=LONGEST_NAME)
    return called


def _url(text: str) -> str:
    url = text.strip()
    if len(url) > LONGEST_URL:
        raise CannotSetUpWebhook("url-long", field="url", most=LONGEST_URL)
    code = refuse_url(url) if url.isprintable() and " " not in url else "host"
    if code:
        raise CannotSetUpWebhook(f"url-{code}", field="url")
    return url.partition("#")[0]


def _groups(words: Iterable[str], kind: str) -> list[str]:
    known = groups_for(kind)
    wanted = set(words)
    for word in sorted(wanted):
        if word not in known:
            raise CannotSetUpWebhook("group", field="groups", group=one_line(word)[:40])
    return [] if wanted == set(known) else [word for word in known if word in wanted]


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def _tell(row: WebhookEndpoint, event: Event, *, actor: Actor, at: datetime) -> None:
    record(event, account_id=row.account_id, parent_id=row.account.parent_id, actor=actor, at=at)
