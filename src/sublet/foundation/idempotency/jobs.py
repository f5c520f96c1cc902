"""Answers are kept for a day: they hold what the API told, also about people."""

from __future__ import annotations

from datetime import timedelta

from sublet.foundation.idempotency.operations import purge_answers
from sublet.foundation.jobs.context import JobContext
from sublet.foundation.jobs.registry import job, schedule


@schedule("foundation.purge_answers", every=timedelta(hours=1))
@job("foundation.purge_answers")
def purge(context: JobContext) -> None:
    """Remove the answers whose day is over."""
    purge_answers(actor=context.actor, at=context.at)
