"""What branding leaves to the worker."""

from __future__ import annotations

from datetime import timedelta

from sublet.branding import looks, operations
from sublet.foundation.jobs import JobContext, job, schedule


@job("branding.forget_hosts")
def forget_changed_hosts(context: JobContext) -> None:
    """Let every process read its hosts anew: an account whose name or language they show has changed."""
    if context.account_id is not None:
        operations.note_changed_account(account_id=context.account_id, actor=context.actor, at=context.at)


@job("branding.check_host", max_attempts=3)
def check_host(context: JobContext, *, ref: str) -> None:
    """Ask DNS about a host, and then, in a transaction, do what follows."""
    looks.check_host(ref=ref, actor=context.actor, at=context.at)


@job("branding.name_newborns")
def name_newborns(context: JobContext, *, client_ids: list[int], tries: int = 0) -> None:
    """Give new clients a name below the wildcard of their reseller that does so by itself."""
    if context.account_id is not None:
        operations.name_newborns(
            reseller_id=context.account_id, client_ids=client_ids, actor=context.actor, at=context.at, tries=tries
        )


@schedule("branding.check_hosts", every=timedelta(minutes=5))
def check_hosts(context: JobContext) -> None:
    """Put a check into the queue for each host that is due."""
    operations.put_due_checks(actor=context.actor, at=context.at)


@job("branding.look_at_certificate", max_attempts=3)
def look_at_certificate(context: JobContext, *, ref: str) -> None:
    """Be shown the certificate of a host as its visitors are, and then, in a transaction, do what follows."""
    looks.check_certificate(ref=ref, actor=context.actor, at=context.at)


@schedule("branding.look_at_certificates", every=timedelta(hours=1))
def look_at_certificates(context: JobContext) -> None:
    """Put a look into the queue for each host whose certificate is due."""
    operations.put_due_certificate_looks(actor=context.actor, at=context.at)
