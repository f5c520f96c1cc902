"""Keeping the files of what was issued, and mailing them."""

from __future__ import annotations

from datetime import timedelta

from sublet.billing.operations.invoice_mails import mail_issued
from sublet.billing.operations.papers import keep_papers
from sublet.foundation.jobs import JobContext, job, schedule


@schedule("billing.keep_papers", every=timedelta(minutes=5))
@job("billing.keep_papers", timeout=3600)
def keep_papers_made(context: JobContext) -> None:
    """Make the PDF of each document that has none yet, and keep it."""
    keep_papers(at=context.at)


@job("billing.mail_issued", timeout=3600)
def mail_issued_documents(context: JobContext, *, refs: list[str]) -> None:
    """Mail what was issued to whoever owes. Again is no harm."""
    mail_issued(refs=refs, actor=context.actor, at=context.at)
