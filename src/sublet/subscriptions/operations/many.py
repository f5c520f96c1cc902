"""One plan, or one way of charging, for many clients: the same law for each as one by one, each with its own journal entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sublet.accounts.models import Account
from sublet.accounts.operations import Changed
from sublet.accounts.operations.bulk import AT_ONCE, Order, carry_out, one_by_one
from sublet.accounts.queries.bulk import Selection, selected
from sublet.accounts.queries.tree import require_below
from sublet.catalog.queries import offer
from sublet.core.proration import BASES
from sublet.foundation.actor import Actor
from sublet.subscriptions.operations.bases import CannotChooseBasis, choose_basis
from sublet.subscriptions.operations.places import BUYS, subscriber
from sublet.subscriptions.operations.plans import NOW, PERIOD, CannotTakePlan, plan_on_sale, take

JOB, JOB_OF_BASES = "subscriptions.change_plans", "subscriptions.choose_bases"


def change_plans(
    *, selection: Selection, plan: str, reason: str = "", actor: Actor, at: datetime, once: str = ""
) -> Changed:
    """Put all clients of a selection on a plan at once (``subscription:manage`` besides ``clients:view``).

    Up to `AT_ONCE` in one transaction; more are left to a job, whose id is returned. Those for which it is not lawful stay as
    they are and are counted by the code of their refusal. `once` names the order, as in `accounts.operations.change_many`.
    Raises Forbidden, CannotChangeClients, and CannotTakePlan for what is not on sale at all.
    """
    require_below(actor, "view")
    actor.require(BUYS)
    require_on_sale(plan=plan, actor=actor)
    payload = {"selection": selection.as_data(), "plan": plan, "reason": reason}
    return carry_out(
        rows=selected(actor, selection, at=at),
        order=Order(JOB, "plan", payload, AT_ONCE),
        do=lambda ids: change_batch(ids=ids, plan=plan, reason=reason, actor=actor, at=at),
        actor=actor,
        at=at,
        once=once,
    )


def require_on_sale(*, plan: str, actor: Actor) -> None:
    """Before many are put on a plan, or a preview tells what that would do: each of them would refuse it. Raises CannotTakePlan."""
    plan_on_sale(offer(), plan, actor, CannotTakePlan)


def change_batch(
    *, ids: Sequence[int], plan: str, reason: str, actor: Actor, at: datetime
) -> tuple[int, dict[str, int]]:
    """Change these accounts, locked in the order of their keys, in the caller's transaction: how many were changed, and how many
    were not by refusal code. A refusal is known before anything of that account is written."""

    def change(ref: str) -> bool:
        return take(subscriber(ref, actor, CannotTakePlan), plan=plan, actor=actor, at=at, reason=reason)

    wanted = Account.objects.filter(id__in=ids, parent_id=actor.account_id).order_by("id")
    return one_by_one(wanted.values_list("ref", flat=True), change)


def choose_bases(
    *, selection: Selection, basis: str, when: str, reason: str = "", actor: Actor, at: datetime, once: str = ""
) -> Changed:
    """Have all clients of a selection charged by the calendar or by their anniversaries, at once or each from the end of its period.

    As `change_plans` otherwise. Raises Forbidden, CannotChangeClients, CannotChooseBasis; ValueError for another `when`.
    """
    if when not in (NOW, PERIOD):
        raise ValueError(when)
    require_below(actor, "view")
    actor.require(BUYS)
    if basis not in BASES:
        raise CannotChooseBasis("wrong-basis", field="basis")
    payload = {"selection": selection.as_data(), "basis": basis, "when": when, "reason": reason}
    return carry_out(
        rows=selected(actor, selection, at=at),
        order=Order(JOB_OF_BASES, "basis", payload, AT_ONCE),
        do=lambda ids: choose_batch(ids=ids, basis=basis, when=when, reason=reason, actor=actor, at=at),
        actor=actor,
        at=at,
        once=once,
    )


def choose_batch(
    *, ids: Sequence[int], basis: str, when: str, reason: str, actor: Actor, at: datetime
) -> tuple[int, dict[str, int]]:
    """The same for these accounts, as `change_batch`."""

    def choose(ref: str) -> bool:
        return choose_basis(ref=ref, basis=basis, when=when, actor=actor, at=at, reason=reason)

    wanted = Account.objects.filter(id__in=ids, parent_id=actor.account_id).order_by("id")
    return one_by_one(wanted.values_list("ref", flat=True), choose)
