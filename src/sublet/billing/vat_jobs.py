"""Asking the register of VAT ids, and asking again before an answer is old."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sublet.billing.operations import vat_checks
from sublet.foundation.jobs import JobContext, job, schedule

ATTEMPTS: Final = 8


@job("billing.check_vat_id", max_attempts=ATTEMPTS)
def check_vat_id(context: JobContext, *, check: str) -> None:
    """Ask the register about one number; again and again while it does not answer."""
    vat_checks.ask(ref=check, last=context.attempt >= ATTEMPTS, actor=context.actor, at=context.at)


@schedule("billing.renew_vat_checks", every=timedelta(days=1))
@job("billing.renew_vat_checks", timeout=3600)
def renew_vat_checks(context: JobContext) -> None:
    """Put in a question for each number whose answer is a month old."""
    vat_checks.renew(actor=context.actor, at=context.at)
