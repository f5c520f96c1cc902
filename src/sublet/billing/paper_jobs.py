"""Keeping the files of what was issued."""

from __future__ import annotations

from datetime import timedelta

from sublet.billing.operations.papers import keep_papers
from sublet.foundation.jobs import JobContext, job, schedule


@schedule("billing.keep_papers", every=timedelta(minutes=5))
@job("billing.keep_papers", timeout=3600)
def keep_papers_made(context: JobContext) -> None:
    """Make the PDF of each document that has none yet, and keep it."""
    keep_papers(at=context.at)
