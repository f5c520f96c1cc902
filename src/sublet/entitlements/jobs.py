"""What `entitlements` does by itself."""

from __future__ import annotations

from datetime import timedelta

from sublet.accounts.queries import installation_actor
from sublet.entitlements.operations.alerts import check_limits, send_digests
from sublet.entitlements.operations.looking import AT_ONCE, harvest
from sublet.foundation.actor import JOB, SCHEDULE
from sublet.foundation.jobs import JobContext, job, schedule


@schedule("entitlements.by_themselves", every=timedelta(seconds=15))
def by_themselves(context: JobContext) -> None:
    """Put accounts whose answer changed by itself into the stream; readers of the stream do the same before they read."""
    while harvest(actor=context.actor, at=context.now()) == AT_ONCE:
        continue


@job("entitlements.check_limits")
def check(context: JobContext) -> None:
    """After use: which thresholds were crossed, and who is told."""
    if context.account_id is not None:
        # Not in the name of whoever used something: the client's history would name the host product's key.
        schedule_actor = installation_actor(name=SCHEDULE, via=JOB)
        check_limits(account_id=context.account_id, actor=schedule_actor, at=context.at)


@schedule("entitlements.digests", every=timedelta(minutes=15))
def digests(context: JobContext) -> None:
    """Each reseller's morning mail about its clients' limits."""
    send_digests(actor=context.actor, at=context.now())
