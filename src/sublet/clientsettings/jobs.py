"""What client settings leave to the worker: enter, one call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from sublet.clientsettings import operations
from sublet.foundation.jobs import JobContext, job

#: So many clients are changed in one transaction of a job: while it lasts, on SQLite nobody else writes.
BATCH = 10


@job("clientsettings.change_many", timeout=3600)
def change_many(
    context: JobContext, *, selection: Mapping[str, Any] | None, order: Mapping[str, Any], until: str
) -> None:
    """Set up many clients, batch by batch in the order of their keys; what came after the order was given stays.

    A batch that was done before a crash changes nothing the second time: each is as the order says then.
    """
    wanted = operations.order_from(order)
    # Once: what a batch changes may no longer answer to the filter, and its place would be taken by others.
    ids = operations.ids_of(selection, wanted, until=datetime.fromisoformat(until), actor=context.actor, at=context.at)
    context.progress(done=0, total=len(ids))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            operations.change_batch(ids=ids[start : start + BATCH], order=wanted, actor=context.actor, at=context.at)
            context.progress(done=min(start + BATCH, len(ids)), total=len(ids))


@job("clientsettings.undo_many", timeout=3600)
def undo_many(context: JobContext, *, batch: str, again: str, until: str) -> None:
    """Take back what was changed for many, batch by batch; what was undone before a crash is not undone twice."""
    ids = operations.undo_ids(batch, context.actor)
    context.progress(done=0, total=len(ids))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            operations.undo_batch(
                ids=ids[start : start + BATCH], batch=batch, again=again, actor=context.actor, at=context.at
            )
            context.progress(done=min(start + BATCH, len(ids)), total=len(ids))


@job("clientsettings.look_again")
def look_again(context: JobContext) -> None:
    """After a client came to another place: are its settings complete there?"""
    if context.account_id is not None:
        operations.look_again(account_id=context.account_id, actor=context.actor, at=context.at)


@job("clientsettings.look_at_all", timeout=3600)
def look_at_all(context: JobContext) -> None:
    """After another manifest came into force: is something missing now, or no longer?"""
    operations.look_at_all(actor=context.actor, at=context.at)
