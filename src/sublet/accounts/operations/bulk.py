"""One change to many clients: the same law for each as one by one, each with its own journal entry."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sublet.accounts.events import ClientsChangeStarted
from sublet.accounts.models import Account
from sublet.accounts.operations.lifecycle import close, reopen, resume, suspend
from sublet.accounts.operations.places import tags_of
from sublet.accounts.operations.tags import WrongTags, clean_tags, store_responsible, store_tags
from sublet.accounts.queries.bulk import ACTIONS, Selection, selected
from sublet.accounts.queries.tree import require_below
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.jobs import enqueue_once
from sublet.foundation.journal.operations import record

T = TypeVar("T")

#: Up to here at once, in one transaction; more as a job.
AT_ONCE = 200


class CannotChangeClients(WrongTags):
    """Why many clients are not changed."""

    SENTENCES = {
        **WrongTags.SENTENCES,
        "action-unknown": _("This cannot be done to many clients at once."),
        "nothing-selected": _("Nothing is selected."),
        "reason-missing": _("Say why; the reason is kept in the history."),
        "tag-missing": _("Name a tag."),
    }


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to each: an action of `ACTIONS`, with what it needs."""

    action: str
    reason: str = ""
    tag: str = ""
    responsible_id: int | None = None
    responsible_name: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """How it went: changed, left as they were (by refusal code), or `job_id` of the job that does it."""

    changed: int = 0
    left: Mapping[str, int] | None = None
    job_id: str = ""


def _checked(change: Change) -> Change:
    if change.action not in ACTIONS:
        raise CannotChangeClients("action-unknown", field="action")
    if change.action in {"suspend", "close"} and not change.reason.strip():
        raise CannotChangeClients("reason-missing", field="reason")
    if change.action in {"tag", "untag"}:
        tags = clean_tags([change.tag], CannotChangeClients)
        if not tags:
            raise CannotChangeClients("tag-missing", field="tag")
        return replace(change, tag=tags[0])
    return change


def change_many(*, selection: Selection, change: Change, actor: Actor, at: datetime, once: str = "") -> Changed:
    """Do one thing to all clients of a selection (``clients:manage``; the vendor ``accounts:manage``).

    Up to `AT_ONCE` in one transaction; more are left to a job, whose id is returned. Those for which it is not lawful
    stay as they are and are counted by the code of their refusal. `once` names the order: the same order under the same
    name is the job that it was, as long as that waits or runs. Raises Forbidden, CannotChangeClients.
    """
    require_below(actor, "manage")
    change = _checked(change)
    payload = {"selection": selection.as_data(), "change": asdict(change)}
    return carry_out(
        rows=selected(actor, selection, at=at),
        order=Order("accounts.change_clients", change.action, payload, AT_ONCE),
        do=lambda ids: change_batch(ids=ids, change=change, actor=actor, at=at),
        actor=actor,
        at=at,
        once=once,
    )


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done to many, for the job that does it when they are very many: `payload` is JSON, `action` the word of the
    journal. `at_once`: so many in one transaction, without a job."""

    job: str
    action: str
    payload: Mapping[str, Any]
    at_once: int


def carry_out(
    *,
    rows: QuerySet[Account],
    order: Order,
    do: Callable[[Sequence[int]], tuple[int, Mapping[str, int]]],
    actor: Actor,
    at: datetime,
    once: str,
) -> Changed:
    """Do it now to the accounts of `rows`, by `do` in one transaction, or put in the job: its payload has `until` besides, so
    that accounts which come later stay. `once` as in `change_many`. Raises CannotChangeClients."""
    ids = list(rows.order_by("id").values_list("id", flat=True)[: order.at_once + 1])
    if not ids:
        raise CannotChangeClients("nothing-selected")
    with transaction.atomic():
        if len(ids) <= order.at_once:
            changed, left = do(ids)
            return Changed(changed=changed, left=left)
        payload = {**order.payload, "until": at.isoformat()}
        job_id, new = enqueue_once(
            order.job,
            account_id=actor.account_id,
            actor=actor,
            at=at,
            payload=payload,
            key=order_key(once, payload, actor) if once else "",
        )
        if new:
            started = ClientsChangeStarted(action=order.action, count=rows.count())
            record(started, account_id=actor.account_id, actor=actor, at=at)
    return Changed(job_id=job_id)


def one_by_one(things: Iterable[T], do: Callable[[T], bool]) -> tuple[int, dict[str, int]]:
    """Do it to each: how many were changed, and how many were not, by the code of their refusal or as ``same``.

    A refusal must be known before anything of that one is written, or undo what was: the others are kept.
    """
    changed, left = 0, Counter[str]()
    for thing in things:
        try:
            done = do(thing)
        except Refusal as refusal:
            left[refusal.code] += 1
            continue
        if done:
            changed += 1
        else:
            left["same"] += 1
    return changed, dict(left)


def order_key(once: str, payload: Mapping[str, Any], actor: Actor) -> str:
    """Of one person's order. What is ordered belongs to it: whoever goes back in the browser and orders something else from the
    same page must not be shown the progress of the first."""
    order = {"once": once, **payload, "until": "", "user": actor.user_id}
    return "change:" + sha256(json.dumps(order, sort_keys=True).encode()).hexdigest()


def change_batch(*, ids: Sequence[int], change: Change, actor: Actor, at: datetime) -> tuple[int, dict[str, int]]:
    """Change these accounts, locked in the order of their keys, in the caller's transaction: how many were changed, and
    how many were not by refusal code. A refusal is known before anything of that account is written."""
    accounts = Account.objects.select_for_update().filter(id__in=ids, parent_id=actor.account_id).order_by("id")
    return one_by_one(accounts, lambda account: _change(account, change, actor=actor, at=at))


def _change(account: Account, change: Change, *, actor: Actor, at: datetime) -> bool:
    match change.action:
        case "suspend":
            suspend(account, reason=change.reason, actor=actor, at=at)
        case "resume":
            resume(account, reason=change.reason, actor=actor, at=at)
        case "close":
            close(account, reason=change.reason, actor=actor, at=at)
        case "reopen":
            reopen(account, reason=change.reason, actor=actor, at=at)
        case "tag":
            stored = tags_of(account)
            if change.tag.casefold() in {tag.casefold() for tag in stored}:
                return False
            return store_tags(account, clean_tags([*stored, change.tag], WrongTags), actor=actor, at=at)
        case "untag":
            kept = [tag for tag in tags_of(account) if tag.casefold() != change.tag.casefold()]
            return store_tags(account, kept, actor=actor, at=at)
        case "assign":
            return store_responsible(
                account,
                responsible_id=change.responsible_id,
                responsible_name=change.responsible_name,
                actor=actor,
                at=at,
            )
    return True


def change_from_data(data: Mapping[str, Any]) -> Change:
    """What `asdict` made of a change, for the job."""
    return Change(**data)
