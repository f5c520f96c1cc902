"""The mail that tells a client of a visit, as it begins: who, as whom, why, and where it can be read later."""

from __future__ import annotations

from datetime import datetime

from sublet.accounts.models import Account
from sublet.branding.queries import origin, primary_host
from sublet.foundation.actor import Actor
from sublet.messaging.operations import queue_mail
from sublet.people.models import Collaborator, Impersonation
from sublet.people.queries.visits import plain_path


def tell_client(visit: Impersonation, client: Account, staff: Collaborator, *, actor: Actor, at: datetime) -> None:
    """Write to the client's owner, or to the account's address where nobody owns it yet; to nobody if there is neither.

    A step of beginning a visit: runs in its transaction, once for each visit.
    """
    owner = (
        Collaborator.objects.filter(account=client, is_owner=True, ended_at__isnull=True).select_related("user").first()
    )
    email = owner.user.email if owner is not None else client.email
    if not email:
        return
    place = visit.as_collaborator
    queue_mail(
        template="visit-begun",
        account_id=client.id,
        to_email=email,
        to_name=str(owner.user) if owner is not None else client.contact_name,
        language=owner.user.language if owner is not None else client.language,
        context={
            "name": str(owner.user) if owner is not None else client.contact_name or client.name,
            "staff": str(staff.user),
            "reseller": staff.account.name,
            "account": client.name,
            "person": str(place.user) if place is not None else "",
            "reason": visit.reason,
            "url": _diary_url(client, visit),
        },
        key=f"visit:{visit.ref}",
        actor=actor,
        at=at,
    )


def _diary_url(client: Account, visit: Impersonation) -> str:
    # A mail never leads into somebody's visit.
    return origin(primary_host(client.id)) + plain_path("client-visits-one", account=client.ref, visit=visit.ref)
