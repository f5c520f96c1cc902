"""One plan for many clients: the same law for each as one by one, each with its own journal entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from sublet.accounts.events import ClientsChangeStarted
from sublet.accounts.models import Account
from sublet.accounts.operations import CannotChangeClients, Changed
from sublet.accounts.operations.bulk import AT_ONCE, order_key
from sublet.accounts.queries.bulk import Selection, selected
from sublet.accounts.queries.tree import require_below
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.jobs import enqueue_once
from sublet.foundation.journal.operations import record
from sublet.subscriptions.operations.places import BUYS, subscriber
from sublet.subscriptions.operations.plans import CannotTakePlan, take

JOB = "subscriptions.change_plans"


def change_plans(
    *, selection: Selection, plan: str, reason: str = "", actor: Actor, at: datetime, once: str = ""
) -> Changed:
    """Put all clients of a selection on a plan at once (``subscription:manage`` besides ``clients:view``).

    Up to `AT_ONCE` in one transaction; more are left to a job, whose id is returned. Those for which it is not lawful stay as
    they are and are counted by the code of their refusal. `once` names the order, as in `accounts.operations.change_many`.
    Raises Forbidden, CannotChangeClients.
    """
    require_below(actor, "view")
    actor.require(BUYS)
    rows = selected(actor, selection, at=at)
    ids = list(rows.order_by("id").values_list("id", flat=True)[: AT_ONCE + 1])
    if not ids:
        raise CannotChangeClients("nothing-selected")
    if len(ids) > AT_ONCE:
        payload = {"selection": selection.as_data(), "plan": plan, "reason": reason, "until": at.isoformat()}
        key = order_key(once, payload, actor) if once else ""
        with transaction.atomic():
            job_id, new = enqueue_once(JOB, account_id=actor.account_id, actor=actor, at=at, payload=payload, key=key)
            if new:
                started = ClientsChangeStarted(action="plan", count=rows.count())
                record(started, account_id=actor.account_id, actor=actor, at=at)
        return Changed(job_id=job_id)
    with transaction.atomic():
        changed, left = change_batch(ids=ids, plan=plan, reason=reason, actor=actor, at=at)
    return Changed(changed=changed, left=left)


def change_batch(
    *, ids: Sequence[int], plan: str, reason: str, actor: Actor, at: datetime
) -> tuple[int, dict[str, int]]:
    """Change these accounts, locked in the order of their keys, in the caller's transaction: how many were changed, and how many
    were not by refusal code. A refusal is known before anything of that account is written."""
    changed = 0
    left: dict[str, int] = {}
    wanted = Account.objects.filter(id__in=ids, parent_id=actor.account_id).order_by("id")
    for ref in wanted.values_list("ref", flat=True):
        try:
            done = take(subscriber(ref, actor, CannotTakePlan), plan=plan, actor=actor, at=at, reason=reason)
        except Refusal as refusal:
            left[refusal.code] = left.get(refusal.code, 0) + 1
            continue
        if done:
            changed += 1
        else:
            left["same"] = left.get("same", 0) + 1
    return changed, left
