"""What billing leaves to the worker: enter, one call."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from sublet.billing import dunning_jobs, operations, paper_jobs, payment_jobs, vat_jobs
from sublet.foundation.jobs import PLATFORM, JobContext, enqueue, job, schedule

__all__ = ["dunning_jobs", "figures", "paper_jobs", "payment_jobs", "run", "vat_jobs"]


@schedule("billing.run", every=timedelta(hours=1))
@job("billing.run", timeout=6 * 3600)
def run(context: JobContext) -> None:
    """Reckon everything that is due, and make the invoices of intervals that are over. Again is no harm.

    What was posted is in the figures at once: until their own hour, one page would tell of it and another not.
    """
    hour = context.at.replace(minute=0, second=0, microsecond=0)

    def progress(done: int, total: int) -> None:
        context.progress(done=done, total=total)

    done = operations.run_billing(until=hour, actor=context.actor, at=context.at, progress=progress)
    if done.charges and done.done_at == context.at:  # else it is a run of before, which is found done
        with transaction.atomic():
            enqueue("billing.figures", account_id=PLATFORM, actor=context.actor, at=context.at, key="after a run")


@schedule("billing.figures", every=timedelta(hours=1))
@job("billing.figures", timeout=3 * 3600)
def figures(context: JobContext) -> None:
    """Keep what each month came to, up to now. Again is no harm."""

    def progress(done: int, total: int) -> None:
        context.progress(done=done, total=total)

    operations.keep_figures(actor=context.actor, at=context.at, progress=progress)
