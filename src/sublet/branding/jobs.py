"""What branding leaves to the worker."""

from __future__ import annotations

from sublet.branding import operations
from sublet.foundation.jobs import JobContext, job


@job("branding.forget_hosts")
def forget_changed_hosts(context: JobContext) -> None:
    """Let every process read its hosts anew: an account whose name or language they show has changed."""
    if context.account_id is not None:
        operations.note_changed_account(account_id=context.account_id, actor=context.actor, at=context.at)
