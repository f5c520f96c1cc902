"""Telling people of a webhook that was switched off because nobody took what was sent."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from sublet.branding.queries import origin, primary_host
from sublet.foundation.actor import Actor
from sublet.messaging.models import WebhookEndpoint
from sublet.messaging.operations import queue_mail
from sublet.people.models import ApiKey, Collaborator
from sublet.people.queries import rights_of


def tell_of_webhook(
    *,
    account_id: int,
    entry_id: str,
    name: str,
    url: str,
    why: str,
    actor: Actor,
    at: datetime,
    webhook_ref: str = "",
) -> None:
    """Write to the owner of the account and to whoever set the webhook up, if that one sees it still, in the brand of the
    host where it works. A second time does nothing.

    The journal entry is the switching off itself.
    """
    # unscoped: the job acts for the installation, whose scope the account's is not
    places = Collaborator.unscoped.filter(account_id=account_id, ended_at__isnull=True, user__is_active=True)
    maker_id = _maker(account_id, webhook_ref)
    with transaction.atomic():
        told = places.filter(Q(is_owner=True) | Q(user_id=maker_id)).select_related("user", "account").order_by("id")
        for place in told:
            if not _sees_webhooks(place):
                continue
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


def _sees_webhooks(place: Collaborator) -> bool:
    """Whether that person sees the account's webhooks still: it may have lost what it had when it set one up."""
    return rights_of(place, place.account.kind).has("keys:view")


def _maker(account_id: int, webhook_ref: str) -> int | None:
    """The person who answers for the webhook, or who made the key that does."""
    # unscoped: as above
    row = WebhookEndpoint.unscoped.filter(account_id=account_id, ref=webhook_ref).first()
    if row is None or not row.answers_key:
        return row.answers_user_id if row is not None else None
    # unscoped: as above
    key = ApiKey.unscoped.filter(account_id=account_id, ref=row.answers_key).first()
    return key.created_by_id if key is not None else None
