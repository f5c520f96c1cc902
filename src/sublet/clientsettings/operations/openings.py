"""Opening a client's account that begins as a template says: all of it or nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from sublet.accounts.models import Account
from sublet.clientsettings.operations.many import apply_template
from sublet.foundation.actor import Actor
from sublet.subscriptions import operations as subscription_operations


def open_client(*, template: str = "", actor: Actor, at: datetime, **facts: Any) -> Account:
    """As `subscriptions.operations.open_client`, set up by a template (its reference) that the client then follows.

    The same `once` again opens and sets nothing. Raises what that raises, and NotFound, CannotChangeSettings, CannotSetLimit.
    """
    with transaction.atomic():
        account: Account = subscription_operations.open_client(actor=actor, at=at, **facts)
        # Opened by an earlier sending of the same form: what was set since stays.
        if template and account.created_at == at:
            apply_template(template=template, ref=account.ref, actor=actor, at=at)
    return account
