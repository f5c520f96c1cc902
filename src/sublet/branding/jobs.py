"""What branding leaves to the worker."""

from __future__ import annotations

from django.db import transaction

from sublet.branding.operations.generation import bump_generation
from sublet.foundation.jobs import JobContext, job


@job("branding.forget_hosts")
def forget_changed_hosts(context: JobContext) -> None:
    """Let every process read its hosts anew: an account whose name or language they show has changed."""
    with transaction.atomic():
        bump_generation()
