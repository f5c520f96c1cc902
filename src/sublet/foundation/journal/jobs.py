"""The journal's own work: sealing what was recorded."""

from __future__ import annotations

from datetime import timedelta

from sublet.foundation.jobs.context import JobContext
from sublet.foundation.jobs.registry import job, schedule
from sublet.foundation.journal.seals import seal_journal


@schedule("foundation.seal_journal", every=timedelta(minutes=1))
@job("foundation.seal_journal", max_attempts=2)
def seal(context: JobContext) -> None:
    """Seal what has been committed since the last run. Whatever a run leaves, the next one takes up."""
    seal_journal(at=context.at)
