"""Jobs of `proof`."""

from __future__ import annotations

from datetime import time, timedelta

from sublet.foundation.jobs import JobContext, job, schedule
from sublet.proof import alerts, operations
from sublet.proof.queries import JOB

_ATTEMPTS = 2


@job(JOB, max_attempts=_ATTEMPTS, lease=120, timeout=1800)
def scan(context: JobContext, *, scan_ref: str) -> None:
    """Look at one account; its progress is the job's."""
    operations.run_scan(
        scan_ref=scan_ref,
        actor=context.actor,
        at=context.now(),
        now=context.now,
        told=lambda done, known: context.progress(done=done, total=known),
        last=context.attempt >= _ATTEMPTS,
    )


@schedule("proof.nightly", daily=time(1, 30))
def nightly(context: JobContext) -> None:
    """Ask for the scans of this night."""
    operations.scan_the_stalest(actor=context.actor, at=context.now())


@schedule("proof.after_release", every=timedelta(minutes=30))
def after_release(context: JobContext) -> None:
    """Ask for scans once another version runs."""
    operations.scan_after_release(actor=context.actor, at=context.now())


@job(alerts.JOB)
def pass_on(context: JobContext, *, scan_ref: str) -> None:
    """The vendor's time is over: the reseller is told."""
    alerts.pass_on(scan_ref=scan_ref, actor=context.actor, at=context.now())
