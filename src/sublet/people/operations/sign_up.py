"""Opening a direct account: the address is confirmed first, then there is a password, then there is an account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.branding.queries import HostView, host_view, origin, primary_host
from sublet.foundation.actor import Actor, platform_actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.scope import platform_scope
from sublet.messaging.operations import queue_mail
from sublet.people.models import Collaborator, User
from sublet.people.operations.links import SIGN_UP, CannotUseLink, issue_link, use_link
from sublet.people.operations.passwords import check_new_password
from sublet.people.operations.sign_in import normal_email
from sublet.people.operations.throttle import (
    SIGN_UP_BY_ADDRESS,
    SIGN_UP_BY_EMAIL,
    count_attempt,
    subject_of,
    wait_after,
)
from sublet.people.queries.links import read_link
from sublet.people.queries.sign_in import has_place_here

SIGN_UP_HOURS = 24


class CannotSignUp(Refusal):
    """A sign-up that cannot be completed by whoever tries."""

    SENTENCES: ClassVar = {
        "log-in-first": _("You have a log-in already. Enter its password to open the account."),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What somebody typed who wants an account. `language`, `timezone`, `country` may be empty."""

    account_name: str
    name: str
    email: str
    language: str
    timezone: str
    country: str

    def as_data(self) -> dict[str, str]:
        """Plain values, for the job and the link."""
        return {
            "account_name": self.account_name,
            "name": self.name,
            "email": self.email,
            "language": self.language,
            "timezone": self.timezone,
            "country": self.country,
        }


@dataclass(frozen=True, slots=True)
class Opened:
    """Who opened which account."""

    user: User
    account: Account


def request_sign_up(*, sign_up: SignUp, site: HostView, address: str, actor: Actor, at: datetime) -> None:
    """Have a link sent to the address, whether it is known or not: a job finds out, so the answer takes as long.

    On the vendor's host only, else NotFound. More than three in an hour for one address are dropped without a word;
    raises CannotTryAgainYet after 20 from one network address.
    """
    if not site.is_vendor:
        raise NotFound
    count_attempt(SIGN_UP_BY_ADDRESS, subject_of(address), at=at)
    if wait_after(SIGN_UP_BY_EMAIL, normal_email(sign_up.email), at=at):
        return
    enqueue(
        "people.answer_sign_up",
        account_id=actor.account_id,
        actor=actor,
        at=at,
        payload={"data": {**sign_up.as_data(), "email": normal_email(sign_up.email)}},
    )


def answer_sign_up(*, data: dict[str, Any], account_id: int, key: str, actor: Actor, at: datetime) -> None:
    """Send the link; a person who has a log-in on this host already is told so in the mail. `key` names the request.

    A person who works on other hosts only is not: a reseller's client must not learn by mail whose software it uses.
    """
    host = primary_host(account_id)
    site = host_view(host)
    user = User.objects.filter(email=data["email"]).first()
    if site is None or (user is not None and not user.is_active):
        return
    known = user is not None and user.has_usable_password() and has_place_here(user_id=user.id, site=site, at=at)
    with transaction.atomic():
        token = issue_link(
            purpose=SIGN_UP,
            host=host,
            user_id=user.id if user else None,
            lifetime=timedelta(hours=SIGN_UP_HOURS),
            data=data,
            at=at,
        )
        queue_mail(
            template="sign-up-known" if known else "sign-up",
            account_id=account_id,
            to_email=data["email"],
            to_name=data["name"],
            language=(user.language if user else "") or data["language"],
            context={
                "name": data["name"],
                "account": data["account_name"],
                "url": origin(host) + reverse("sign-up-confirm", args=[token]),
                "hours": SIGN_UP_HOURS,
            },
            key=f"sign-up:{key}",
            actor=actor,
            at=at,
            secret=True,
        )


def complete_sign_up(
    *, token: str, site: HostView, password: str | None, user_id: int | None, actor: Actor, at: datetime
) -> Opened:
    """Open the account and make the person its owner; a new person gets its log-in with `password`.

    `user_id` is the person who has shown who it is (logged in, or by its password), None for nobody. Raises NotFound off
    the vendor's host, CannotUseLink, CannotUsePassword, CannotSignUp when the address has a log-in and nobody has shown
    to be its person; the refusals of `create_direct_account`. All leave the link good, but the first two.
    """
    if not site.is_vendor:
        raise NotFound
    try:
        with platform_scope("the token decides whose account this becomes"), transaction.atomic():
            link = read_link(token, purpose=SIGN_UP, host=site.host, at=at)
            if link is None:
                raise CannotUseLink("gone")
            data = link.data
            user = User.objects.filter(email=data["email"]).first()
            known = user is not None and user.has_usable_password()
            if known and (user is None or user.id != user_id or not user.is_active):
                raise CannotSignUp("log-in-first")
            if user is None:
                user = User(email=data["email"], created_at=at, language=data["language"])
            if not known:
                user.name = data["name"]
                user.set_password(check_new_password(password, user=user))
                user.password_by_mail_at = at if user.pk else None  # a second factor may be older than this password
            use_link(token, purpose=SIGN_UP, host=site.host, at=at)
            if not known:
                user.save()
            # Who signs up has no right to open accounts: the installation does, in that person's name.
            installation = platform_actor(
                name=str(user),
                account_id=site.account_id,
                account_ref=site.account_ref,
                account_name=site.account_name,
                via=actor.via,
                request_id=actor.request_id,
            )
            person = replace(installation, user_id=user.id, host=actor.host)
            account = account_operations.create_direct_account(
                name=data["account_name"],
                details=account_operations.Details(
                    contact_name=data["name"],
                    email=data["email"],
                    language=data["language"],
                    timezone=data["timezone"],
                    country=data["country"],
                ),
                actor=person,
                at=at,
            )
            Collaborator(account=account, user=user, is_owner=True, created_at=at).save()
            return Opened(user=user, account=account)
    except IntegrityError:
        raise CannotUseLink("gone") from None
