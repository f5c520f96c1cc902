"""What branding leaves to the worker."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from sublet.branding import looks, operations
from sublet.foundation.errors import Refusal
from sublet.foundation.jobs import GiveUp, JobContext, job, schedule


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


@job("branding.change_brands", max_attempts=16, timeout=4 * 3600)
def change_brands(context: JobContext, *, change_id: int) -> None:
    """Change the brands of many clients, batch by batch. Each commits together with its lines, under this attempt's fence:
    whenever a process dies, no client is left out and none is changed twice."""
    goes_on = True
    while goes_on:
        with transaction.atomic():
            # First, not last: on PostgreSQL it locks the job's row, so that nobody takes it over in the meantime.
            context.progress()
            try:
                far = operations.change_batch(change_id=change_id, actor=context.actor, at=context.now())
            except Refusal as refusal:
                raise GiveUp(refusal.sentence) from refusal
            goes_on = far is not None
            if far is not None:
                context.progress(done=far[0], total=far[1])
    with context.complete_in():
        operations.finish_change(change_id=change_id, actor=context.actor, at=context.now())


@job("branding.undo_brands", max_attempts=16, timeout=4 * 3600)
def undo_brands(context: JobContext, *, change_id: int) -> None:
    """Take such a change back, batch by batch, likewise."""
    goes_on = True
    while goes_on:
        with transaction.atomic():
            context.progress()  # as above
            try:
                far = operations.undo_batch(change_id=change_id, actor=context.actor, at=context.now())
            except Refusal as refusal:
                raise GiveUp(refusal.sentence) from refusal
            goes_on = far is not None
            if far is not None:
                context.progress(done=far[0], total=far[1])
    with context.complete_in():
        operations.finish_undo_of_brands(change_id=change_id, actor=context.actor, at=context.now())


@schedule("branding.forget_old_changes", every=timedelta(days=1))
def forget_old_changes(context: JobContext) -> None:
    """Throw away what is kept of changes to many brands that can no longer be taken back."""
    operations.forget_old_changes(actor=context.actor, at=context.at)
