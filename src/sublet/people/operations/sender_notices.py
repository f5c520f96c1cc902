"""Telling people that mail no longer leaves in the name of their domain."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sublet.accounts.models import Account
from sublet.branding.queries import origin, primary_host
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor
from sublet.messaging.operations import queue_mail
from sublet.people.models import Collaborator


def tell_of_lost_sender(*, account_id: int, entry_id: str, domain: str, actor: Actor, at: datetime) -> None:
    """Write to the owner of the account; a client's people see no senders, so there to the reseller's.

    A second time does nothing. The journal entry is the loss itself.
    """
    # unscoped: the job acts for the installation, whose scope the account's is not
    owners = Collaborator.unscoped.filter(is_owner=True, ended_at__isnull=True).select_related("user")
    # unscoped: as above
    account = Account.unscoped.get(id=account_id)
    told = account.parent_id if account.kind == CLIENT and account.parent_id is not None else account_id
    with transaction.atomic():
        place = owners.filter(account_id=told).first()
        if place is None:
            return
        queue_mail(
            template="sender-lost",
            account_id=place.account_id,
            to_email=place.user.email,
            to_name=place.user.name,
            language=place.user.language,
            context={
                "person": str(place.user),
                "domain": domain,
                "url": origin(primary_host(place.account_id)) + "/",
            },
            key=f"sender-lost:{entry_id}",
            actor=actor,
            at=at,
        )
