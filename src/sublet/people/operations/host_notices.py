"""Telling people of a host that has failed for days, before it stops, and when it has stopped; and of certificates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import vendor
from sublet.branding.queries import origin, primary_host
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor
from sublet.foundation.locales import day_in_words
from sublet.messaging.operations import queue_mail
from sublet.people.models import Collaborator


def tell_of_host(
    *, account_id: int, entry_id: str, host: str, stops: bool, stopped: bool, actor: Actor, at: datetime
) -> None:
    """Write to whoever manages the account's hosts: its own people, or its reseller's owner. A second time does nothing.

    The journal entry is the failing or stopping itself.
    """
    # unscoped: the job acts for the installation, whose scope the account's is not
    account = Account.unscoped.only("id", "kind", "parent_id").get(id=account_id)
    told_id = account.parent_id or account.id if account.kind == CLIENT else account.id
    _write_to_managers(
        "host-stopped" if stopped else "host-failing",
        told_id,
        {"host": host, "stops": "yes" if stops else ""},
        owner_only=account.kind == CLIENT,
        key=f"host:{entry_id}",
        actor=actor,
        at=at,
    )


def tell_of_certificate(*, entry_id: str, host: str, why: str, ends: str, actor: Actor, at: datetime) -> None:
    """Write to whoever manages the hosts for the vendor, who makes the certificates. A second time does nothing.

    `ends` is an ISO instant, or empty. The journal entry is the trouble itself.
    """
    _write_to_managers(
        "host-certificate",
        vendor("id").id,
        {"host": host, "why": why},
        owner_only=False,
        ends=datetime.fromisoformat(ends) if ends else None,
        key=f"certificate:{entry_id}",
        actor=actor,
        at=at,
    )


def _write_to_managers(
    template: str,
    told_id: int,
    context: Mapping[str, str],
    *,
    owner_only: bool,
    key: str,
    actor: Actor,
    at: datetime,
    ends: datetime | None = None,
) -> None:
    """Write to the owner of the account that is told and, unless it is told for another, to whoever manages its hosts.

    `ends` is a day to name, as each reader writes it and where each reader is.
    """
    # unscoped: the job acts for the installation or for the account whose host it is, and tells another
    places = Collaborator.unscoped.filter(account_id=told_id, ended_at__isnull=True)
    with transaction.atomic():
        for place in places.select_related("user", "account"):
            if place.is_owner or (not owner_only and place.rights_words.get("hosts") == "manage"):
                queue_mail(
                    template=template,
                    account_id=told_id,
                    to_email=place.user.email,
                    to_name=place.user.name,
                    language=place.user.language,
                    context={
                        "person": str(place.user),
                        **context,
                        **_day(ends, place),
                        "url": origin(primary_host(told_id)) + "/",
                    },
                    key=f"{key}:{place.user_id}",
                    actor=actor,
                    at=at,
                )


def _day(at: datetime | None, place: Collaborator) -> Mapping[str, str]:
    """The day as ``ends``, in the words and the time zone of that person; nothing for none."""
    if at is None:
        return {}
    with translation.override(place.user.language or place.account.language or "en"):
        return {"ends": day_in_words(at.astimezone(ZoneInfo(place.user.timezone or place.account.timezone)))}
