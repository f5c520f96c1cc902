"""One plan for many clients: the same law for each as one by one, each with its own journal entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sublet.accounts.models import Account
from sublet.accounts.operations import Changed
from sublet.accounts.operations.bulk import AT_ONCE, Order, carry_out, one_by_one
from sublet.accounts.queries.bulk import Selection, selected
from sublet.accounts.queries.tree import require_below
from sublet.foundation.actor import Actor
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
    payload = {"selection": selection.as_data(), "plan": plan, "reason": reason}
    return carry_out(
        rows=selected(actor, selection, at=at),
        order=Order(JOB, "plan", payload, AT_ONCE),
        do=lambda ids: change_batch(ids=ids, plan=plan, reason=reason, actor=actor, at=at),
        actor=actor,
        at=at,
        once=once,
    )


def change_batch(
    *, ids: Sequence[int], plan: str, reason: str, actor: Actor, at: datetime
) -> tuple[int, dict[str, int]]:
    """Change these accounts, locked in the order of their keys, in the caller's transaction: how many were changed, and how many
    were not by refusal code. A refusal is known before anything of that account is written."""

    def change(ref: str) -> bool:
        return take(subscriber(ref, actor, CannotTakePlan), plan=plan, actor=actor, at=at, reason=reason)

    wanted = Account.objects.filter(id__in=ids, parent_id=actor.account_id).order_by("id")
    return one_by_one(wanted.values_list("ref", flat=True), change)
