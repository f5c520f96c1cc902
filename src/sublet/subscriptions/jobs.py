"""What subscriptions leave to the worker: enter, one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from sublet.accounts import queries as account_queries
from sublet.accounts.queries.bulk import selected
from sublet.foundation.jobs import JobContext, enqueue_many, job, schedule
from sublet.subscriptions import operations, queries
from sublet.subscriptions.operations.many import change_batch, choose_batch

#: So many clients are changed in one transaction of a job: while it lasts, on SQLite nobody else writes.
BATCH = 25


@job("subscriptions.note_due")
def note_due(context: JobContext) -> None:
    """Tell of what has come by itself for one account: put in for its exact instant."""
    if context.account_id is not None:
        operations.note_due(account_id=context.account_id, actor=context.actor, at=context.at)


@schedule("subscriptions.note_overdue", every=timedelta(minutes=15))
@job("subscriptions.note_overdue")
def note_overdue(context: JobContext) -> None:
    """Look for what should have been told and was not: a job that was discarded, a clock that went back.

    A job for each account: one about which something cannot be told does not keep the others waiting.
    """
    late = queries.overdue(at=context.at)
    with transaction.atomic():
        enqueue_many("subscriptions.note_due", account_ids=late, actor=context.actor, at=context.at, key="overdue")


@job("subscriptions.change_plans", timeout=3600)
def change_plans(context: JobContext, *, selection: Mapping[str, Any], plan: str, reason: str, until: str) -> None:
    """Put many clients on a plan, batch by batch in the order of their keys; what came after the order was given stays.

    A batch that was done before a crash changes nothing the second time: each is on the plan then.
    """

    def change(ids: Sequence[int]) -> None:
        change_batch(ids=ids, plan=plan, reason=reason, actor=context.actor, at=context.at)

    _in_batches(context, selection, until, change)


@job("subscriptions.choose_bases", timeout=3600)
def choose_bases(
    context: JobContext, *, selection: Mapping[str, Any], basis: str, when: str, reason: str, until: str
) -> None:
    """The same for how they are charged: whoever was told before a crash is charged so already."""

    def choose(ids: Sequence[int]) -> None:
        choose_batch(ids=ids, basis=basis, when=when, reason=reason, actor=context.actor, at=context.at)

    _in_batches(context, selection, until, choose)


def _in_batches(
    context: JobContext, selection: Mapping[str, Any], until: str, do: Callable[[Sequence[int]], None]
) -> None:
    chosen = account_queries.selection(selection)
    # Once: what a batch changes may no longer answer to the filter, and its place would be taken by others.
    ids = list(
        selected(context.actor, chosen, at=context.at)
        .filter(created_at__lte=datetime.fromisoformat(until))
        .order_by("id")
        .values_list("id", flat=True)
    )
    context.progress(done=0, total=len(ids))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            do(ids[start : start + BATCH])
            context.progress(done=min(start + BATCH, len(ids)), total=len(ids))
