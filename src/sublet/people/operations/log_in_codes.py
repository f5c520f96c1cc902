"""Logging in by a code from the mailbox, in place of the password: one factor, like the password.

Asked for by anybody, answered only to the mailbox. The code is good once, for ten minutes, on the host and in the browser that
asked: its hash is stored together with that of a secret which only that browser has.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.branding.queries import HostView, host_view
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.jobs import enqueue
from sublet.messaging.operations import queue_mail
from sublet.people.models import User
from sublet.people.operations.links import (
    LOG_IN,
    MAILED_CODE_MINUTES,
    CannotUseLink,
    issue_code,
    new_token,
    person_of_code,
    said_of_code,
    use_code,
    void_links,
)
from sublet.people.operations.second_factors import digits_of
from sublet.people.operations.sign_in import normal_email, subject_for
from sublet.people.operations.throttle import (
    CODE_BY_ADDRESS,
    LOG_IN_CODE_BY_ADDRESS,
    LOG_IN_CODE_BY_EMAIL,
    LOG_IN_CODE_TRIES,
    LOG_IN_CODES_TO_EMAIL,
    count_attempt,
    give_back,
    subject_of,
    wait_after,
)
from sublet.people.queries.links import hash_token
from sublet.people.queries.sign_in import is_welcome


class CannotLogInByCode(Refusal):
    """A mailed code that lets nobody in. One sentence for every reason, so that nobody learns which addresses are known."""

    SENTENCES: ClassVar = {
        "wrong": _("This code is wrong, or it was used already."),
        "over": _("This code was tried too often, or it is too old. Ask for another one."),
    }
    status = 422


def request_log_in_code(
    *, email: str, language: str, site: HostView, address: str, device: str, actor: Actor, at: datetime
) -> str:
    """Have a code sent to that address, if somebody who belongs on the host `site` logs in with it; returns the secret that
    this browser must keep for `log_in_by_code`.

    Does the same whether or not: a job finds out. `language` is that of the page. More than three in an hour for one mailbox
    from one network address, or twelve in all, are dropped without a word (a `device` of the person is counted by itself, so
    that strangers do not use up what it needs); raises CannotTryAgainYet after 100 from one network address in a quarter of
    an hour, without those that let somebody in.
    """
    wanted = normal_email(email)
    count_attempt(LOG_IN_CODE_BY_ADDRESS, subject_of(address), at=at)
    nonce = new_token()
    subject = subject_for(email=wanted, device=device)
    # A device of the person's own is counted by itself alone: what strangers ask for never shuts it out.
    known = subject != wanted
    many = wait_after(LOG_IN_CODE_BY_EMAIL, subject if known else f"{wanted}|{subject_of(address)}", at=at)
    if not many and not known:
        many = wait_after(LOG_IN_CODES_TO_EMAIL, wanted, at=at)
    if not many:
        enqueue(
            "people.send_log_in_code",
            account_id=actor.account_id,
            actor=actor,
            at=at,
            payload={
                "email": wanted,
                "language": language,
                "host": site.host,
                "nonce_hash": hash_token(nonce),
                "asked_at": at.isoformat(),
            },
        )
    return nonce


def send_log_in_code(
    *, email: str, language: str, host: str, nonce_hash: str, asked_at: datetime, actor: Actor, at: datetime
) -> None:
    """Send the code, or nothing: to nobody, or when it would be over by now. Twice for one request sends one mail."""
    over = asked_at + timedelta(minutes=MAILED_CODE_MINUTES)
    site = host_view(host)
    user = User.objects.filter(email=email, is_active=True).first()
    if site is None or user is None or at >= over or not is_welcome(user_id=user.id, email=email, site=site, at=at):
        return
    with transaction.atomic():
        code = issue_code(
            purpose=LOG_IN,
            nonce_hash=nonce_hash,
            user_id=user.id,
            host=site.host,
            data={"email": email},
            expires_at=over,
            at=at,
        )
        queue_mail(
            template="log-in-code",
            account_id=site.account_id,
            to_email=user.email,
            to_name=user.name,
            language=user.language or language,
            context=said_of_code(user, code),
            key=f"log-in-code:{nonce_hash}",
            actor=actor,
            at=at,
            secret=True,
        )


def log_in_by_code(*, nonce: str, code: str, site: HostView, address: str, at: datetime) -> User:
    """The person to log in on the host `site`, for the code that was mailed for this browser's secret `nonce`.

    Raises CannotLogInByCode at ``code`` (after five guesses, ``over``), CannotTryAgainYet. Does the same work for an address
    that nobody has. Not in a transaction: what is counted stays counted.
    """
    count_attempt(CODE_BY_ADDRESS, subject_of(address), at=at)
    if wait_after(LOG_IN_CODE_TRIES, hash_token(nonce), at=at):
        raise CannotLogInByCode("over", field="code")
    try:
        user = _used(digits_of(code), nonce=nonce, site=site, at=at)
    except CannotUseLink:
        raise CannotLogInByCode("wrong", field="code") from None
    for limit in (CODE_BY_ADDRESS, LOG_IN_CODE_BY_ADDRESS):
        give_back(limit, subject_of(address))
    return user


def _used(code: str, *, nonce: str, site: HostView, at: datetime) -> User:
    """Whose code it is, which nobody uses again. Raises CannotUseLink."""
    with transaction.atomic():
        # The person before the codes: two browsers, each with a code of its own, would else wait for each other's.
        whose = person_of_code(code, nonce=nonce, purpose=LOG_IN, host=site.host, at=at)
        if whose is None or User.objects.select_for_update().filter(id=whose).first() is None:
            raise CannotUseLink("gone")
        link = use_code(code, nonce=nonce, purpose=LOG_IN, host=site.host, at=at)
        user = User.objects.filter(id=link.user_id or 0, email=link.data["email"], is_active=True).first()
        if user is None or not is_welcome(user_id=user.id, email=user.email, site=site, at=at):
            raise CannotUseLink("gone")
        void_links(user_id=user.id, purposes=[LOG_IN], at=at)
    return user
