"""What signals leave to the worker: enter, one call."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from sublet.foundation.jobs import JobContext, job, schedule
from sublet.signals import operations, queries


@job("signals.import_signals", max_attempts=16, timeout=3600)
def import_signals(context: JobContext, *, import_id: int) -> None:
    """Take a list in, batch by batch. Each commits together with the place where the next run goes on."""
    total, batches = queries.lines_of_import(import_id)
    done = 0
    for batch in batches:
        with transaction.atomic():
            done += len(batch)
            context.progress(done=done, total=max(total, done))
            operations.take_lines(import_id=import_id, batch=batch, actor=context.actor, at=context.now())
    with context.complete_in():
        operations.finish_signal_import(import_id=import_id, actor=context.actor, at=context.now())


@schedule("signals.forget_old_lists", every=timedelta(days=1))
@job("signals.forget_old_lists")
def forget_old_lists(context: JobContext) -> None:
    """Throw away lists that nobody took in."""
    operations.forget_old_lists(actor=context.actor, at=context.at)


@schedule("signals.forget_old_facts", every=timedelta(days=1))
@job("signals.forget_old_facts", timeout=3600)
def forget_old_facts(context: JobContext) -> None:
    """Delete facts that are no longer kept, batch by batch."""
    while operations.forget_old_facts(actor=context.actor, at=context.at):
        context.progress()
