"""What subscriptions leave to the worker: enter, one call."""

from __future__ import annotations

from datetime import timedelta

from sublet.foundation.jobs import JobContext, job, schedule
from sublet.subscriptions import operations, queries


@job("subscriptions.note_due")
def note_due(context: JobContext) -> None:
    """Tell of what has come by itself for one account: put in for its exact instant."""
    if context.account_id is not None:
        operations.note_due(account_id=context.account_id, actor=context.actor, at=context.at)


@schedule("subscriptions.note_overdue", every=timedelta(minutes=15))
@job("subscriptions.note_overdue")
def note_overdue(context: JobContext) -> None:
    """Look for what should have been told and was not: a job that was discarded, a clock that went back."""
    for account_id in queries.overdue(at=context.at):
        operations.note_due(account_id=account_id, actor=context.actor, at=context.at)
