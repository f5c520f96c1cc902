"""Writing to people: a mail is queued in the transaction of the write that causes it, and sent by a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.branding.queries import account_chain, brand_of, host_view, origin, primary_host
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import uuid7
from sublet.messaging.events import MailRefused, MailResent, MailUnknown
from sublet.messaging.gateway import Refused, TryLater, Unknown, compose, gateway
from sublet.messaging.models import OutboxMail
from sublet.messaging.rendering import one_line, render_mail

FALLBACK_LANGUAGE = "en"


class CannotSendMail(Refusal):
    """A mail cannot be sent once more."""

    SENTENCES: ClassVar = {
        "gone": _(
            "This mail held a link that could be used once; its text is not kept. Send a new invitation or link instead."
        ),
        "on-its-way": _("This mail is on its way already."),
    }


def queue_mail(
    *,
    template: str,
    account_id: int,
    to_email: str,
    to_name: str,
    language: str,
    context: Mapping[str, str | int],
    key: str,
    actor: Actor,
    at: datetime,
    secret: bool = False,
) -> None:
    """Write a mail about the account, in the brand of the host where its people work, and enqueue its sending.

    `key` is the intent (``invitation:inv_…:1``): a second call with the same key does nothing. `secret` mails hold a
    one-time link: their text is shown to nobody and erased once they are sent. Runs in the caller's transaction. The
    journal entry is the caller's own: a mail is part of the write that causes it.
    """
    # unscoped: mail goes out for accounts above the actor's, too (a client's lapse is told to its reseller)
    if OutboxMail.unscoped.filter(key=key).exists():
        return
    # unscoped: as above
    account = Account.unscoped.get(id=account_id)
    host = primary_host(account_id)
    site = host_view(host)
    brand = site.brand if site is not None else brand_of(account_chain(account))
    spoken = language or account.language or FALLBACK_LANGUAGE
    mail = render_mail(template=template, brand=brand, language=spoken, context=context, origin=origin(host))
    sender = settings.SUBLET.text("SUBLET_MAIL_FROM")
    row = OutboxMail(
        id=uuid7(at),
        account=account,
        template=template,
        key=key,
        language=spoken,
        to_email=one_line(to_email)[:254],
        to_name=one_line(to_name)[:200],
        from_email=sender,
        from_name=one_line(brand.sender_name)[:200],
        reply_to=brand.support_email,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        secret=secret,
        message_id="",
        created_at=at,
    )
    row.message_id = f"<{row.id}@{sender.rpartition('@')[2]}>"
    OutboxMail.unscoped.bulk_create([row])  # unscoped: as above
    enqueue(
        "messaging.send",
        account_id=account_id,
        actor=actor,
        at=at,
        payload={"mail_id": str(row.id)},
        key=f"mail:{row.id}",
        priority=-10,
    )


def send_mail(*, mail_id: str, actor: Actor, at: datetime) -> None:
    """Hand one queued mail to the mail server. Never hands it over twice.

    The row says ``sending`` before the first byte of the message leaves; whoever finds that word later knows that an
    attempt died in between, and parks the mail as ``unknown`` instead of sending it again. Raises TryLater when nothing
    was handed over and a later attempt may succeed.
    """
    # unscoped: the job enters the scope of the mail's account; the mail may be about an account above it
    row = OutboxMail.unscoped.get(id=mail_id)
    if row.state == OutboxMail.State.SENDING:
        _park(row, actor=actor, at=at)
        return
    if row.state != OutboxMail.State.QUEUED:
        return
    envelope = compose(
        subject=row.subject,
        text=row.text,
        html=row.html,
        from_name=row.from_name,
        from_email=row.from_email,
        to_name=row.to_name,
        to_email=row.to_email,
        reply_to=row.reply_to,
        message_id=row.message_id,
        language=row.language,
    )
    mine = OutboxMail.unscoped.filter(id=mail_id)  # unscoped: as above

    def about_to_send() -> None:
        taken = mine.filter(state=OutboxMail.State.QUEUED).update(
            state=OutboxMail.State.SENDING, attempts=row.attempts + 1
        )
        if not taken:
            raise TryLater("another worker has this mail")

    try:
        answer = gateway().hand_over(envelope, before_content=about_to_send)
    except Refused as fault:
        with transaction.atomic():
            mine.update(state=OutboxMail.State.FAILED, answer=str(fault)[:500])
            record(
                MailRefused(mail=str(row.id), to=row.to_email, answer=str(fault)[:200]),
                account_id=row.account_id,
                actor=actor,
                at=at,
            )
        return
    except Unknown:
        _park(row, actor=actor, at=at)
        return
    except TryLater as fault:
        mine.update(state=OutboxMail.State.QUEUED, answer=str(fault)[:500])
        raise
    erased = {"text": "", "html": ""} if row.secret else {}
    mine.update(state=OutboxMail.State.SENT, answer=answer, sent_at=at, **erased)


def _park(row: OutboxMail, *, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        OutboxMail.unscoped.filter(id=row.id).update(state=OutboxMail.State.UNKNOWN)  # unscoped: as in send_mail
        record(MailUnknown(mail=str(row.id), to=row.to_email), account_id=row.account_id, actor=actor, at=at)


def send_again(*, mail_id: str, actor: Actor, at: datetime) -> None:
    """Queue a refused mail, or one of which nobody knows, once more. Raises NotFound, CannotSendMail."""
    with transaction.atomic():
        row = OutboxMail.objects.select_for_update().filter(id=mail_id).first()
        if row is None:
            raise NotFound
        if row.state not in {OutboxMail.State.FAILED, OutboxMail.State.UNKNOWN}:
            raise CannotSendMail("on-its-way")
        if not row.text:
            raise CannotSendMail("gone")
        row.state = OutboxMail.State.QUEUED
        row.save(update_fields=["state"])
        record(MailResent(mail=str(row.id), to=row.to_email), account_id=row.account_id, actor=actor, at=at)
        enqueue(
            "messaging.send",
            account_id=row.account_id,
            actor=actor,
            at=at,
            payload={"mail_id": str(row.id)},
            key=f"mail:{row.id}",
        )


__all__ = ["CannotSendMail", "queue_mail", "send_again", "send_mail"]
