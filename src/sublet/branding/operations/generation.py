"""Telling every process that what a host shows has changed."""

from __future__ import annotations

import secrets

from django.db import transaction

from sublet.branding.models import BrandGeneration
from sublet.branding.queries import forget_hosts


def bump_generation() -> None:
    """Let every process read its hosts anew within a second of the commit. Inside the transaction of the change.

    This process forgets at once, and again after the commit: another thread may have read the old rows in between.
    """
    number = secrets.randbits(62)
    if not BrandGeneration.objects.filter(id=1).update(number=number):
        BrandGeneration.objects.update_or_create(id=1, defaults={"number": number})
    forget_hosts()
    transaction.on_commit(forget_hosts)
