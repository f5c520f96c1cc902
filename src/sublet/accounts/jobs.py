"""What the accounts leave to the worker: enter, one call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from sublet.accounts import operations, queries
from sublet.accounts.operations.bulk import AT_ONCE, change_batch, change_from_data
from sublet.accounts.queries.bulk import selected
from sublet.foundation.jobs import JobContext, job, schedule


@schedule("accounts.end_closed", every=timedelta(hours=1))
@job("accounts.end_closed")
def end_closed(context: JobContext) -> None:
    """End the closed accounts whose grace is over."""
    operations.end_closed_accounts(actor=context.actor, at=context.at)


@schedule("accounts.close_lapsed", every=timedelta(minutes=10))
@job("accounts.close_lapsed")
def close_lapsed(context: JobContext) -> None:
    """Close the demonstrations whose end has come."""
    operations.close_lapsed_demonstrations(actor=context.actor, at=context.at)


@job("accounts.change_clients", timeout=3600)
def change_clients(
    context: JobContext, *, selection: Mapping[str, Any], change: Mapping[str, Any], until: str
) -> None:
    """Change many clients, batch by batch in the order of their keys; what came after the order was given stays.

    A batch that was done before a crash changes nothing the second time: each account is asked again.
    """
    chosen, what = queries.selection(selection), change_from_data(change)
    # Once: what a batch changes may no longer answer to the filter, and its place would be taken by others.
    ids = list(
        selected(context.actor, chosen, at=context.at)
        .filter(created_at__lte=datetime.fromisoformat(until))
        .order_by("id")
        .values_list("id", flat=True)
    )
    context.progress(done=0, total=len(ids))
    for start in range(0, len(ids), AT_ONCE):
        with transaction.atomic():
            change_batch(ids=ids[start : start + AT_ONCE], change=what, actor=context.actor, at=context.at)
            context.progress(done=min(start + AT_ONCE, len(ids)), total=len(ids))
