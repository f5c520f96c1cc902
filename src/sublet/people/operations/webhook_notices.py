"""Telling people of a webhook that was switched off because nobody took what was sent."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sublet.branding.queries import origin, primary_host
from sublet.foundation.actor import Actor
from sublet.messaging.operations import queue_mail
from sublet.people.models import Collaborator


def tell_of_webhook(
    *, account_id: int, entry_id: str, name: str, url: str, why: str, actor: Actor, at: datetime
) -> None:
    """Write to the owner of the account, in the brand of the host where it works. A second time does nothing.

    The journal entry is the switching off itself.
    """
    # unscoped: the job acts for the installation, whose scope the account's is not
    owners = Collaborator.unscoped.filter(account_id=account_id, is_owner=True, ended_at__isnull=True)
    with transaction.atomic():
        for place in owners.select_related("user"):
            queue_mail(
                template="webhook-gone" if why == "gone" else "webhook-failing",
                account_id=account_id,
                to_email=place.user.email,
                to_name=place.user.name,
                language=place.user.language,
                context={
                    "person": str(place.user),
                    "webhook": name,
                    "address": url,
                    "url": origin(primary_host(account_id)) + "/",
                },
                key=f"webhook:{entry_id}:{place.user_id}",
                actor=actor,
                at=at,
            )
