"""Telling every process that what a host shows has changed."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from sublet.accounts.models import Account
from sublet.branding.models import BrandGeneration
from sublet.branding.queries import forget_hosts, has_own_host
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor


def bump_generation() -> None:
    """Let every process read its hosts anew within a second of the commit. Inside the transaction of the change.

    This process forgets at once, and again after the commit: another thread may have read the old rows in between.
    """
    number = secrets.randbits(62)
    if not BrandGeneration.objects.filter(id=1).update(number=number):
        BrandGeneration.objects.update_or_create(id=1, defaults={"number": number})
    forget_hosts()
    transaction.on_commit(forget_hosts)


def note_changed_account(*, account_id: int, actor: Actor, at: datetime) -> None:
    """An account's name, language or company log-in has changed: hosts that show it are read anew.

    A client without a host of its own shows on none, and thousands of them may change at once. Records nothing: the
    change that it follows was recorded by whoever made it.
    """
    kind = Account.objects.filter(id=account_id).values_list("kind", flat=True).first()
    if kind is not None and (kind != CLIENT or has_own_host(account_id)):
        with transaction.atomic():
            bump_generation()
