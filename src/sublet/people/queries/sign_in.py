"""Who is let in on which host, and as what kind of actor a person's own pages act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from sublet.branding.queries import HostView
from sublet.foundation.actor import Actor
from sublet.people.models import Collaborator, Invitation, PersonLink, User
from sublet.people.queries.entry import served_here


def has_place_here(*, user_id: int, site: HostView, at: datetime) -> bool:
    """Whether the person collaborates on an account that this host serves, one in its grace period included."""
    # unscoped: the person's own places; which of them count is decided by the host
    rows = (
        Collaborator.unscoped.filter(user_id=user_id, ended_at__isnull=True)
        .filter(Q(account__gone_at__isnull=True) | Q(account__gone_at__gt=at))
        .values_list("account_id", "account__kind", "account__parent_id")
    )
    return any(
        served_here(
            site_path=site.path_ids,
            site_kind=site.account_kind,
            account_id=account_id,
            account_kind=kind,
            parent_id=parent_id,
        )
        for account_id, kind, parent_id in rows
    )


def is_welcome(*, user_id: int, email: str, site: HostView, at: datetime) -> bool:
    """Whether a person has something to do on this host: a place on an account served here, or an invitation to one.

    Two statements, whatever the answer: nobody learns from the time it takes.
    """
    has_place = has_place_here(user_id=user_id, site=site, at=at)
    # unscoped: the person's own invitations to this host
    is_invited = Invitation.unscoped.filter(
        email=email, host=site.host, accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at
    ).exists()
    return has_place or is_invited


def has_log_in(email: str) -> bool:
    """Whether somebody logs in with that address. Only for whoever has shown to own its mailbox."""
    user = User.objects.filter(email=email).first()
    return user is not None and user.has_usable_password()


def visitor_actor(*, site: HostView, request_id: str) -> Actor:
    """Somebody who is not logged in, on a host: no rights, no person."""
    return Actor(
        user_id=None,
        name=_("Visitor"),
        account_id=site.account_id,
        account_ref=site.account_ref,
        account_kind=site.account_kind,
        account_name=site.account_name,
        host=site.host,
        request_id=request_id,
    )


def person_actor(*, user_id: int, name: str, site: HostView, request_id: str) -> Actor:
    """A person on its own pages: no rights on any account, itself in person. The account is the host's."""
    return Actor(
        user_id=user_id,
        name=name,
        account_id=site.account_id,
        account_ref=site.account_ref,
        account_kind=site.account_kind,
        account_name=site.account_name,
        host=site.host,
        request_id=request_id,
    )


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What a person's own page shows of it."""

    ref: str
    name: str
    email: str
    language: str
    timezone: str
    theme: str
    has_password: bool
    email_wanted: str  # an address that has yet to be confirmed; empty: none


def person_facts(*, user_id: int, at: datetime) -> PersonFacts:
    """The person with that id, who is logged in."""
    user = User.objects.get(id=user_id)
    waiting = (
        PersonLink.objects.filter(
            user_id=user_id, purpose=PersonLink.Purpose.EMAIL, used_at__isnull=True, expires_at__gt=at
        )
        .order_by("-id")
        .values_list("data", flat=True)
        .first()
    )
    return PersonFacts(
        ref=user.ref,
        name=user.name,
        email=user.email,
        language=user.language,
        timezone=user.timezone,
        theme=user.theme,
        has_password=user.has_usable_password(),
        email_wanted=str(waiting.get("email", "")) if waiting else "",
    )
