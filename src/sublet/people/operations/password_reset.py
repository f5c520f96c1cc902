"""A new password by mail: asked for by anybody, answered only to the mailbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from sublet.branding.queries import HostView, host_view, origin, primary_host
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import enqueue
from sublet.messaging.operations import queue_mail
from sublet.people.events import PasswordReset
from sublet.people.models import User
from sublet.people.operations.links import PASSWORD, CannotUseLink, issue_link, use_link
from sublet.people.operations.own_journal import record_of_person
from sublet.people.operations.passwords import check_new_password, end_log_ins
from sublet.people.operations.sign_in import normal_email
from sublet.people.operations.throttle import (
    LOG_IN_BY_EMAIL,
    RESET_BY_ADDRESS,
    RESET_BY_EMAIL,
    RESETS_TO_EMAIL,
    count_attempt,
    forget_attempts,
    subject_of,
    wait_after,
)
from sublet.people.queries.links import read_link
from sublet.people.queries.sign_in import has_place_here

RESET_MINUTES = 60


def request_password_reset(*, email: str, language: str, address: str, actor: Actor, at: datetime) -> None:
    """Have a link sent to that address, if somebody who belongs on the actor's host logs in with it.

    Does the same whether or not: a job finds out. `language` is that of the page. More than three in an hour for one
    mailbox from one network address, or twelve in all, are dropped without a word; raises CannotTryAgainYet after 30 from
    one network address.
    """
    wanted = normal_email(email)
    count_attempt(RESET_BY_ADDRESS, subject_of(address), at=at)
    if wait_after(RESET_BY_EMAIL, f"{wanted}|{subject_of(address)}", at=at):
        return
    if wait_after(RESETS_TO_EMAIL, wanted, at=at):
        return
    enqueue(
        "people.send_password_reset",
        account_id=actor.account_id,
        actor=actor,
        at=at,
        payload={"email": wanted, "language": language},
    )


def send_password_reset(*, email: str, language: str, account_id: int, key: str, actor: Actor, at: datetime) -> None:
    """Send the link, or nothing. `account_id` is the account of the host on which it was asked for.

    The link leads to that account's proved main host and works there only. `key` names the request.
    """
    host = primary_host(account_id)
    site = host_view(host)
    user = User.objects.filter(email=email, is_active=True).first()
    if site is None or user is None or not has_place_here(user_id=user.id, site=site, at=at):
        return
    with transaction.atomic():
        token = issue_link(
            purpose=PASSWORD, host=host, user_id=user.id, lifetime=timedelta(minutes=RESET_MINUTES), at=at
        )
        queue_mail(
            template="password-reset",
            account_id=account_id,
            to_email=user.email,
            to_name=user.name,
            language=user.language or language,
            context={
                "name": str(user),
                "url": origin(host) + reverse("password-reset", args=[token]),
                "minutes": RESET_MINUTES,
            },
            key=f"password-reset:{key}",
            actor=actor,
            at=at,
            secret=True,
        )


def reset_password(*, token: str, site: HostView, password: str, actor: Actor, at: datetime) -> User:
    """Set the password of the person whose link this is, end all its log-ins, and tell it by mail.

    Raises CannotUseLink; CannotUsePassword, which leaves the link good.
    """
    with transaction.atomic():
        link = read_link(token, purpose=PASSWORD, host=site.host, at=at)
        if link is None or link.user_id is None:
            raise CannotUseLink("gone")
        user = User.objects.select_for_update().get(id=link.user_id)
        chosen = check_new_password(password, user=user)
        use_link(token, purpose=PASSWORD, host=site.host, at=at)
        user.set_password(chosen)
        user.password_by_mail_at = at  # until a second factor was shown, the mailbox cannot stand in for that as well
        user.save(update_fields=["password", "password_by_mail_at"])
        end_log_ins(user, at=at)
        record_of_person(PasswordReset(), user=user, actor=actor, at=at)
        tell_of_password(user, account_id=site.account_id, key=f"link:{link.id}", actor=actor, at=at)
    forget_attempts(LOG_IN_BY_EMAIL, user.email)
    return user


def tell_of_password(user: User, *, account_id: int, key: str, actor: Actor, at: datetime) -> None:
    """Tell a person that its password is another now. In the caller's transaction."""
    host = primary_host(account_id)
    queue_mail(
        template="password-changed",
        account_id=account_id,
        to_email=user.email,
        to_name=user.name,
        language=user.language,
        context={"name": str(user), "email": user.email, "url": origin(host) + reverse("forgotten")},
        key=f"password-changed:{key}",
        actor=actor,
        at=at,
    )
