"""Jobs of `proof`."""

from __future__ import annotations

from datetime import time, timedelta

from sublet.foundation.jobs import JobContext, job, schedule
from sublet.proof import alerts, operations
from sublet.proof.queries import JOB

_ATTEMPTS = 2
#: After so long no job will come for a scan that is held.
_LATE = timedelta(hours=1)


@job(JOB, max_attempts=_ATTEMPTS, lease=120, timeout=3600, long=True)
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


@schedule("proof.morning", daily=alerts.MORNING.at)
def morning(context: JobContext) -> None:
    """The vendor is told of the night's scans; and resellers of what no job has told them, such as of clients that came to them."""
    operations.end_lost_scans(at=context.now())
    alerts.tell_vendor(actor=context.actor, at=context.now())
    alerts.tell_reseller(actor=context.actor, at=context.now() - _LATE)


@job(alerts.JOB)
def tell_reseller(context: JobContext) -> None:
    """The vendor's time is over: the reseller is told."""
    alerts.tell_reseller(actor=context.actor, at=context.now())


@job("proof.pass_on")
def pass_on(context: JobContext, *, scan_ref: str) -> None:
    """The same, as older versions have put it in: one for each scan."""
    del scan_ref  # every scan of the account whose time has come is passed on, this one among them
    alerts.tell_reseller(actor=context.actor, at=context.now())
