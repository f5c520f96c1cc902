"""What the accounts leave to the worker: enter, one call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from sublet.accounts import operations, queries
from sublet.accounts.operations import import_batches
from sublet.accounts.operations.bulk import change_batch, change_from_data
from sublet.accounts.queries.bulk import selected
from sublet.foundation.errors import Refusal
from sublet.foundation.jobs import GiveUp, JobContext, job, schedule

#: So many clients are changed in one transaction of a job: while it lasts, on SQLite nobody else writes.
BATCH = 50


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
def change_clients(context: JobContext, *, selection: Mapping[str, Any], change: Mapping[str, Any], until: str) -> None:
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
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            change_batch(ids=ids[start : start + BATCH], change=what, actor=context.actor, at=context.at)
            context.progress(done=min(start + BATCH, len(ids)), total=len(ids))


@job("accounts.check_import")
def check_import(context: JobContext, *, import_id: int, revision: int) -> None:
    """Check a long list against itself and the clients that there are."""
    actor = context.actor
    findings = import_batches.check_whole(
        import_id=import_id,
        revision=revision,
        step=lambda done, total: context.progress(done=done, total=total),
        actor=actor,
        at=context.at,
    )
    if findings is None:
        return
    with context.complete_in():
        import_batches.store_findings(
            import_id=import_id, revision=revision, findings=findings, actor=actor, at=context.now()
        )


@job("accounts.import_clients", max_attempts=16, timeout=4 * 3600)
def import_clients(context: JobContext, *, import_id: int) -> None:
    """Let a list come in, batch by batch. Each commits together with the place where the next run goes on, under this
    attempt's fence: whenever a process dies, no client is lost and none is there twice."""
    run = import_batches.open_run(import_id=import_id, actor=context.actor, at=context.at)
    if run is None:
        return
    for batch in run.batches:
        with transaction.atomic():
            # First, not last: on PostgreSQL it locks the job's row, so that nobody takes it over in the meantime.
            context.progress(done=batch.after, total=run.total)
            try:
                goes_on = import_batches.take_batch(
                    import_id=import_id, batch=batch, choices=run.choices, actor=context.actor, at=context.now()
                )
            except Refusal as refusal:
                raise GiveUp(refusal.sentence) from refusal
            if not goes_on:
                return
    with context.complete_in():
        import_batches.finish_import(import_id=import_id, actor=context.actor, at=context.now())


@job("accounts.undo_import", max_attempts=16, timeout=4 * 3600)
def undo_import(context: JobContext, *, import_id: int) -> None:
    """Remove the clients that an import made and nobody has touched, batch by batch."""
    total = import_batches.count_made(import_id=import_id, actor=context.actor)
    after, done = 0, 0
    while True:
        with transaction.atomic():
            context.progress(done=min(done, total), total=total)
            last = import_batches.undo_batch(import_id=import_id, after=after, actor=context.actor, at=context.now())
        if last is None:
            break
        after, done = last, done + import_batches.UNDO_BATCH
    with context.complete_in():
        import_batches.finish_undo(import_id=import_id, actor=context.actor, at=context.now())


@schedule("accounts.forget_old_imports", every=timedelta(days=1))
@job("accounts.forget_old_imports")
def forget_old_imports(context: JobContext) -> None:
    """Throw away lists and rows that hold people's data and are no longer needed."""
    operations.forget_old_imports(actor=context.actor, at=context.at)
