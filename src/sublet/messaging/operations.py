"""Writing to people: a mail is queued in the transaction of the write that causes it, and sent by a job."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.branding.queries import account_chain, brand_of, host_view, origin, primary_host
from sublet.core.rights import VENDOR
from sublet.core.senders import PROVIDER
from sublet.core.wording import Wording
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import uuid7
from sublet.messaging import bounces
from sublet.messaging.events import MailRefused, MailResent, MailUnknown, MailWithheld
from sublet.messaging.gateway import Envelope, MailGateway, Refused, TryLater, Unknown, compose, gateway
from sublet.messaging.kinds import kind_of
from sublet.messaging.models import OutboxMail
from sublet.messaging.providers import ProviderGateway, number_of
from sublet.messaging.rendering import RenderedMail, header_text, hidden, one_line, render_mail
from sublet.messaging.senders import resolve
from sublet.messaging.signing import signed
from sublet.messaging.suppression import is_suppressed
from sublet.messaging.ways import gateway_of, signers_of
from sublet.messaging.worded import Value, worded_mail_of
from sublet.messaging.wording_queries import wording_for

FALLBACK_LANGUAGE = "en"
#: A mail that waits longer than this without a job has lost it.
STRANDED_AFTER = timedelta(minutes=10)
#: Nobody wants a link or a notice that comes so late.
TOO_LATE = timedelta(days=4)
_SWEPT_AT_ONCE = 500
State = OutboxMail.State


class CannotSendMail(Refusal):
    """A mail cannot be sent once more."""

    SENTENCES: ClassVar = {
        "gone": _(
            "This mail held a link that could be used once; its text is not kept. Send a new invitation or link instead."
        ),
        "on-its-way": _("This mail is on its way already."),
        "sent": _("This mail was sent already."),
    }


def queue_mail(
    *,
    template: str,
    account_id: int,
    to_email: str,
    to_name: str,
    language: str,
    context: Mapping[str, Value],
    key: str,
    actor: Actor,
    at: datetime,
    secret: bool = False,
    wording: Wording | None = None,
    identity: str = "",
) -> None:
    """Write a mail about the account, in the brand of the host where its people work, and enqueue its sending.

    `key` is the intent (``invitation:inv_…:1``): a second call with the same key does nothing. `secret` mails hold a
    one-time link: their text is shown to nobody and erased when they are over; what is shown of them has neither link nor
    code. `wording` replaces the brand's own words, for whoever tries some. `identity` is the one that the kind of mail was
    declared with, unless said here. Runs in the caller's transaction. The journal entry is the caller's own: a mail is part
    of the write that causes it.
    """
    # unscoped: mail goes out for accounts above the actor's, too (a client's lapse is told to its reseller)
    if OutboxMail.unscoped.filter(key=key).exists():
        return
    # unscoped: as above
    account = Account.unscoped.select_related("parent__parent").get(id=account_id)
    host = primary_host(account_id)
    site = host_view(host)
    brand = site.brand if site is not None else brand_of(account_chain(account))
    offered = dict(settings.LANGUAGES)
    spoken = next((each for each in (language, account.language) if each in offered), FALLBACK_LANGUAGE)
    brand = brand.speaking(spoken)
    acting = (actor.impersonator.name, actor.name) if actor.impersonator is not None else None
    kind = worded_mail_of(template, context)
    words = wording or wording_for(account, kind, spoken)

    def written(values: Mapping[str, Value]) -> RenderedMail:
        return render_mail(
            template=template, brand=brand, language=spoken, context=values, origin=origin(host), acting=acting,
            wording=words, kind=kind,
        )  # fmt: skip

    mail = written(context)
    shown = written(hidden(context, origin=origin(host))) if secret else None
    sender = settings.SUBLET.text("SUBLET_MAIL_FROM")
    number = uuid7(at)
    row = OutboxMail(
        id=number,
        account=account,
        template=template,
        identity=identity or kind_of(template).identity,
        key=key,
        language=spoken,
        to_email=one_line(to_email)[:254],
        to_name=header_text(to_name, 200),
        from_email=sender,
        from_name=header_text(brand.sender_name, 200),
        reply_to=one_line(brand.support_email)[:254],
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        secret=secret,
        shown_text=shown.text if shown is not None else "",
        shown_html=shown.html if shown is not None else "",
        message_id=f"<{number}@{sender.rpartition('@')[2]}>",
        created_at=at,
    )
    # Two at the same moment: the database takes one, and the other's transaction goes on.
    OutboxMail.unscoped.bulk_create([row], ignore_conflicts=True)  # unscoped: as above
    if OutboxMail.unscoped.filter(id=number).exists():  # unscoped: as above
        _enqueue(row, actor=actor, at=at)


def _enqueue(row: OutboxMail, *, actor: Actor, at: datetime) -> None:
    """One job for each mail: a second one with the same key is the first."""
    enqueue(
        "messaging.send",
        account_id=row.account_id,
        actor=actor,
        at=at,
        payload={"mail_id": str(row.id)},
        key=f"mail:{row.id}",
        priority=-10,
    )


class _NotMine(Exception):
    """Another attempt has taken this mail."""


def send_mail(*, mail_id: str, actor: Actor, at: datetime, is_last_attempt: bool = False) -> None:
    """Hand one queued mail to the mail server. Never hands it over twice.

    The row says ``sending`` before the end of the message leaves; whoever finds that word later knows that an attempt
    died in between, and parks the mail as ``unknown`` instead of sending it again. Each attempt writes only what it knows
    of itself: `attempts` is its number, and a later attempt's number keeps an earlier one from writing. Raises TryLater
    when nothing was handed over and a later attempt may succeed; the last attempt ends the mail as ``failed`` instead.
    """
    # unscoped: the job enters the scope of the mail's account; the mail may be about an account above it
    row = OutboxMail.unscoped.select_related("account__parent__parent").filter(id=mail_id).first()
    if row is None:
        return  # its account is gone, and the mail with it
    if row.state == State.SENDING:
        _end(row, State.UNKNOWN, "", MailUnknown(mail=str(row.id), to=row.to_email), actor=actor, at=at)
        return
    if row.state != State.QUEUED:
        return
    if is_suppressed(row):
        _end(row, State.WITHHELD, "", MailWithheld(mail=str(row.id), to=row.to_email), actor=actor, at=at)
        return
    try:
        envelope, gate, by_platform = _made_ready(row)
        answer = gate.hand_over(envelope, before_end=lambda: _claim(row, by_platform=by_platform))
    except _NotMine:
        return
    except Unknown as fault:
        unknown = MailUnknown(mail=str(row.id), to=row.to_email)
        _end(row, State.UNKNOWN, str(fault), unknown, actor=actor, at=at)
    except Refused as fault:
        _end(row, State.FAILED, str(fault), _refusal(row, str(fault)), actor=actor, at=at)
    except TryLater as fault:
        if is_last_attempt:
            _end(row, State.FAILED, str(fault), _refusal(row, str(fault)), actor=actor, at=at)
            return
        _write(row, state=State.QUEUED, answer=str(fault)[:500])
        raise
    else:
        number = number_of(gate.provider, answer) if isinstance(gate, ProviderGateway) else ""
        _write(row, state=State.SENT, answer=answer, sent_at=at, provider_id=number, **_erased(row))


def _made_ready(row: OutboxMail) -> tuple[Envelope, MailGateway, bool]:
    """The mail in the name in which it may leave at this moment, signed, the gateway that takes it, and whether it is ours.

    Asked anew for each attempt: a proof that was lost while the mail waited does not count. Raises TryLater, Refused.
    """
    leaving = resolve(
        row.account, row.identity, row.language, name=row.from_name, reply_to=row.reply_to, secret=row.secret
    )
    changes = {"from_name": leaving.name, "from_email": leaving.address, "reply_to": leaving.reply_to}
    if row.attempts == 0 and leaving.domain:
        changes["message_id"] = f"<{row.id}@{leaving.domain}>"
    if any(getattr(row, field) != value for field, value in changes.items()):
        for field, value in changes.items():
            setattr(row, field, value)
        _write(row, **changes)
    envelope = _envelope(row, bounces.return_to(row.id, leaving.return_host))
    if leaving.way.kind != PROVIDER:
        envelope = signed(envelope, signers_of(leaving))
    if leaving.way.row is None:
        return envelope, gateway(), True
    # Before it is handed over: another's server sees the seal even when it then refuses the mail.
    row.left_by_platform = False
    _write(row, left_by_platform=False)
    return envelope, gateway_of(leaving.way.row, leaving.domain), False


def _envelope(row: OutboxMail, return_to: str) -> Envelope:
    try:
        return compose(
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
            return_to=return_to,
        )
    except ValueError as fault:
        raise Refused(f"the mail cannot be written: {fault}") from fault


def _claim(row: OutboxMail, *, by_platform: bool) -> None:
    """Say ``sending``, in a commit of its own, unless another attempt was faster."""
    # unscoped: as in send_mail
    mine = OutboxMail.unscoped.filter(id=row.id, state=State.QUEUED, attempts=row.attempts)
    # What another's server saw once stays known to it: a second copy does not make the mail trusted again.
    trusted = by_platform and row.left_by_platform is not False and (row.attempts == 0 or bool(row.left_by_platform))
    if not mine.update(state=State.SENDING, attempts=row.attempts + 1, left_by_platform=trusted):
        raise _NotMine
    row.attempts += 1


def _write(row: OutboxMail, **values: object) -> bool:
    """Write what this attempt knows, unless a later attempt has begun or somebody knows better already."""
    # unscoped: as in send_mail
    mine = OutboxMail.unscoped.filter(id=row.id, attempts=row.attempts).exclude(state=State.SENT)
    return mine.update(**values) > 0


def _erased(row: OutboxMail) -> dict[str, str]:
    return {"text": "", "html": ""} if row.secret else {}


def _refusal(row: OutboxMail, answer: str) -> MailRefused:
    return MailRefused(mail=str(row.id), to=row.to_email, answer=answer[:200])


def _end(row: OutboxMail, state: str, answer: str, event: Event, *, actor: Actor, at: datetime) -> None:
    """The mail did not surely arrive, and no machine will try again: say so in the journal, too."""
    with transaction.atomic():
        told = {"answer": answer[:500]} if answer else {}
        if _write(row, state=state, **told, **_erased(row)):
            record(event, account_id=row.account_id, parent_id=row.account.parent_id, actor=actor, at=at)


def take_up_stranded(*, actor: Actor, at: datetime) -> int:
    """Enqueue anew the mails that wait without a job, and end those that are too late; returns how many were looked at."""
    # unscoped: the outbox of the whole installation
    waiting = OutboxMail.unscoped.filter(created_at__lt=at - STRANDED_AFTER).select_related("account").order_by("id")
    found = 0
    for state in (State.SENDING, State.QUEUED):
        for row in waiting.filter(state=state)[:_SWEPT_AT_ONCE]:
            found += 1
            if state == State.QUEUED and row.created_at < at - TOO_LATE:
                _end(row, State.FAILED, row.answer, _refusal(row, row.answer), actor=actor, at=at)
            else:
                _enqueue(row, actor=actor, at=at)
    return found


def send_again(*, mail_id: str, actor: Actor, at: datetime) -> None:
    """Queue a refused mail, or one of which nobody knows, once more.

    The recipient's server knows a second copy by its Message-ID. Raises NotFound, Forbidden, CannotSendMail.
    """
    actor.require("journal:view")  # nobody sends what they may not read
    actor.require("jobs:manage" if actor.account_kind == VENDOR else "clients:manage")
    try:
        number = uuid.UUID(mail_id)
    except ValueError:
        raise NotFound from None
    with transaction.atomic():
        row = OutboxMail.objects.select_for_update(of=("self",)).select_related("account").filter(id=number).first()
        if row is None:
            raise NotFound
        if row.state == State.SENT:
            raise CannotSendMail("sent")
        if row.state not in {State.FAILED, State.UNKNOWN}:
            raise CannotSendMail("on-its-way")
        if not row.text:
            raise CannotSendMail("gone")
        row.state = State.QUEUED
        row.created_at = at  # counts as new: what is too late is reckoned from here
        row.save(update_fields=["state", "created_at"])
        record(
            MailResent(mail=str(row.id), to=row.to_email),
            account_id=row.account_id,
            parent_id=row.account.parent_id,
            actor=actor,
            at=at,
        )
        _enqueue(row, actor=actor, at=at)


__all__ = ["CannotSendMail", "queue_mail", "send_again", "send_mail", "take_up_stranded"]
