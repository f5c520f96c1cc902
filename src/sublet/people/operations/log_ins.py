"""A person's log-ins: noting them, telling the person of a new device, ending one."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from sublet.branding.queries import HostView, origin
from sublet.core.agents import describe
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.messaging.operations import queue_mail
from sublet.people.events import LogInEnded
from sublet.people.models import LogIn, User
from sublet.people.operations.granting import one_line
from sublet.people.operations.impersonation import end_impersonations_of_session
from sublet.people.operations.own_journal import record_of_person
from sublet.people.queries.links import hash_token

KEPT_DAYS = 365


def note_log_in(
    *,
    user_id: int,
    session_key: str,
    device: str,
    site: HostView,
    address: str,
    agent: str,
    told: bool,
    actor: Actor,
    at: datetime,
) -> str:
    """Note a log-in; returns its reference. Unless a mailed link has led here (`told` false), the person is written to when
    it has not used this device on this host before: once for each device, in the brand of the host.
    """
    digest = hash_token(device)
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user_id)
        known = LogIn.objects.filter(user_id=user_id, device_hash=digest).exists()
        row = LogIn.objects.create(
            user_id=user_id,
            session_key=session_key,
            device_hash=digest,
            host=site.host,
            address=address[:45],
            agent=one_line(agent, 300),
            created_at=at,
            last_used_at=at,
        )
        if told and not known:
            browser, system = describe(row.agent)
            queue_mail(
                template="new-device",
                account_id=site.account_id,
                to_email=user.email,
                to_name=user.name,
                language=user.language,
                context={
                    "name": str(user),
                    "email": user.email,
                    "browser": browser or "?",
                    "system": system or "?",
                    "address": row.address,
                    "url": origin(site.host) + reverse("me-security"),
                },
                key=f"new-device:{row.ref}",
                actor=actor,
                at=at,
            )
    return row.ref


def go_on(*, ref: str, session_key: str) -> None:
    """The same log-in under another session key, also after all others were ended."""
    LogIn.objects.filter(ref=ref).update(session_key=session_key, ended_at=None)


def note_used(*, ref: str, at: datetime) -> None:
    """It is in use. Called at most once in a quarter of an hour."""
    LogIn.objects.filter(ref=ref).update(last_used_at=at)


def leave(*, ref: str, at: datetime) -> None:
    """The person logged out in that browser. With those before it there: what was signed on in them is in the browser still."""
    row = LogIn.objects.filter(ref=ref, ended_at__isnull=True).first() if ref else None
    if row is not None:
        _of_the_same_browser(row).update(ended_at=at)


def _of_the_same_browser(row: LogIn) -> QuerySet[LogIn]:
    return LogIn.objects.filter(user_id=row.user_id, device_hash=row.device_hash, host=row.host, ended_at__isnull=True)


def end_log_in(*, ref: str, actor: Actor, at: datetime) -> None:
    """End one of the person's own log-ins at its next click, with the visits begun in it and what it has signed on to.

    Raises NotFound.
    """
    actor.require_in_person()
    if not looks_like_ref(ref, "log"):
        raise NotFound
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=actor.user_id or 0)
        row = LogIn.objects.filter(ref=ref, user_id=user.id, ended_at__isnull=True).first()
        if row is None:
            raise NotFound
        _of_the_same_browser(row).update(ended_at=at)
        Session.objects.filter(session_key=row.session_key).delete()
        end_impersonations_of_session(session_hash=hashlib.sha256(row.session_key.encode()).hexdigest(), at=at)
        record_of_person(LogInEnded(), user=user, actor=actor, at=at)


def clear_log_ins(*, at: datetime) -> int:
    """Forget log-ins that nobody has used for a year: until then their device is known. Returns how many."""
    return LogIn.objects.filter(last_used_at__lt=at - timedelta(days=KEPT_DAYS)).delete()[0]
