"""Writing to people: a mail is queued in the transaction of the write that causes it, and sent by a job."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import since_it_came
from sublet.branding.queries import BrandView, account_chain, brand_of, host_view, origin, primary_host, primary_hosts
from sublet.core.rights import VENDOR
from sublet.core.wording import Wording
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs.queries import active_keys
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import uuid7
from sublet.messaging.batches import BATCH, batch_key, enqueue_batch
from sublet.messaging.events import MailResent
from sublet.messaging.kinds import kind_of, speaks_for
from sublet.messaging.models import OutboxMail
from sublet.messaging.queries import why_not_again
from sublet.messaging.rendering import RenderedMail, header_text, hidden, one_line, render_mail
from sublet.messaging.senders import server_owner
from sublet.messaging.sending import enqueue_mail, mail_key, refuse
from sublet.messaging.suppression import is_suppressed
from sublet.messaging.worded import Value, WordedMail, worded_mail_of
from sublet.messaging.wording_queries import wording_for, wordings_for

FALLBACK_LANGUAGE = "en"
#: A mail that waits longer than this without a job has lost it.
STRANDED_AFTER = timedelta(minutes=10)
#: Nobody wants a link or a notice that comes so late.
TOO_LATE = timedelta(days=4)
_SWEPT_AT_ONCE, _QUEUED_AT_ONCE = 500, 1000
State = OutboxMail.State
#: What a copy says as the first one did.
_SAME = (
    "account", "template", "identity", "language", "to_email", "to_name", "from_email", "from_name", "reply_to", "subject",
    "text", "html", "message_id", "attached",
)  # fmt: skip


class CannotSendMail(Refusal):
    """A mail cannot be sent once more."""

    SENTENCES: ClassVar = {
        "gone": _(
            "This mail held a link that could be used once; its text is not kept. Send a new invitation or link instead."
        ),
        "on-its-way": _("This mail is on its way already."),
        "not-sent": _("This mail was not sent, because the address is suppressed."),
        "suppressed": _("This address is suppressed: it gets no mail of this brand any more."),
        "lately": _("This mail was sent a moment ago. Give it ten minutes to arrive."),
        "often": _("This mail was sent again three times already."),
        "left": _("This mail was written before the account moved. It would go out in the old name."),
        "long-ago": _("This mail was written more than 30 days ago. What it says may not be true any more."),
    }


@dataclass(frozen=True, slots=True)
class NewMail:
    """One of many mails of one kind: about which account, to whom, and what stands in it. `key` is the intent; `attached` the reference of
    the file that goes with it (`attachments`)."""

    account_id: int
    to_email: str
    to_name: str
    language: str
    context: Mapping[str, Value]
    key: str
    attached: str = ""


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
    attached: str = "",
) -> None:
    """Write a mail about the account, in the brand of the host where its people work, and enqueue its sending.

    `key` is the intent (``invitation:inv_…:1``): a second call with the same key does nothing. `secret` mails hold a
    one-time link: their text is shown to nobody and erased when they are over; what is shown of them has neither link nor
    code. `wording` replaces the brand's own words, for whoever tries some. `identity` is the one that the kind of mail was
    declared with, unless said here. `attached` is the reference of the file that goes with it (`attachments`). Runs in the
    caller's transaction. The journal entry is the caller's own: a mail is part of the write that causes it.
    """
    # unscoped: mail goes out for accounts above the actor's, too (a client's lapse is told to its reseller)
    if OutboxMail.unscoped.filter(key=key).exists():
        return
    # unscoped: as above
    account = Account.unscoped.select_related("parent__parent").get(id=account_id)
    host = primary_host(account_id)
    mail = NewMail(account_id, to_email, to_name, language, context, key, attached)
    dress = _dress(account, host, language, template)
    kind = worded_mail_of(template, context)
    words = wording or wording_for(account, kind, dress.language)
    row = _written(template, mail, dress, kind, words, actor=actor, at=at, secret=secret, identity=identity)
    # Two at the same moment: the database takes one, and the other's transaction goes on.
    OutboxMail.unscoped.bulk_create([row], ignore_conflicts=True)  # unscoped: as above
    if OutboxMail.unscoped.filter(id=row.id).exists():  # unscoped: as above
        enqueue_mail(row, actor=actor, at=at)


def queue_mails(*, template: str, mails: Sequence[NewMail], actor: Actor, at: datetime, identity: str = "") -> int:
    """Write many mails of one kind, each as `queue_mail` would, in few statements; how many were new.

    They are sent in batches, after the mails that somebody waits for. None of them may hold what lets somebody in. Runs in the
    caller's transaction, whose journal entry tells of them.
    """
    queued = 0
    for start in range(0, len(mails), _QUEUED_AT_ONCE):
        part = {mail.key: mail for mail in mails[start : start + _QUEUED_AT_ONCE]}
        queued += _queue_some(template, part, actor=actor, at=at, identity=identity)
    return queued


def _queue_some(template: str, mails: dict[str, NewMail], *, actor: Actor, at: datetime, identity: str) -> int:
    # unscoped: as in `queue_mail`
    there = set(OutboxMail.unscoped.filter(key__in=mails).values_list("key", flat=True))
    wanted = [mail for key, mail in mails.items() if key not in there]
    if not wanted:
        return 0
    # unscoped: as in `queue_mail`
    found = Account.unscoped.select_related("parent__parent").in_bulk({mail.account_id for mail in wanted})
    hosts = primary_hosts(list(found.values()))
    dresses: dict[tuple[int, str], _Dress] = {}
    brands: dict[int, BrandView] = {}
    kinds: dict[str, WordedMail | None] = {}
    for mail in wanted:
        key = (mail.account_id, mail.language)
        if key not in dresses:
            dresses[key] = _dress(found[mail.account_id], hosts[mail.account_id], mail.language, template, brands)
        kinds[mail.key] = worded_mail_of(template, mail.context)
    own = wordings_for(list(found.values()), {kind.key: kind for kind in kinds.values() if kind is not None}.values())
    rows: list[OutboxMail] = []
    batches: dict[int, tuple[uuid.UUID, int]] = {}
    for mail in wanted:
        account, dress, kind = found[mail.account_id], dresses[mail.account_id, mail.language], kinds[mail.key]
        words = own.get((account.id, kind.key, dress.language)) if kind is not None else None
        row = _written(template, mail, dress, kind, words, actor=actor, at=at, identity=identity)
        owner = server_owner(account).id  # one server for each batch: one that is away keeps no other's mail
        batch, count = batches.get(owner, (uuid7(at), 0))
        if count == BATCH:
            batch, count = uuid7(at), 0
        row.batch, batches[owner] = batch, (batch, count + 1)
        rows.append(row)
    OutboxMail.unscoped.bulk_create(rows, ignore_conflicts=True)  # unscoped: as in `queue_mail`
    # unscoped: as in `queue_mail`
    stored = set(OutboxMail.unscoped.filter(id__in=[row.id for row in rows]).values_list("id", flat=True))
    owners = {row.batch: server_owner(row.account).id for row in rows if row.id in stored}
    for number, owner in owners.items():
        assert number is not None  # noqa: S101 - set above
        enqueue_batch(number, account_id=owner, actor=actor, at=at)
    return len(stored)


@dataclass(frozen=True, slots=True)
class _Dress:
    """What a mail about an account looks like in one language."""

    account: Account
    brand: BrandView
    language: str
    origin: str


def _dress(
    account: Account, host: str, language: str, template: str, brands: dict[int, BrandView] | None = None
) -> _Dress:
    """`brands`: those that were read for mails before, by whoever speaks; many accounts may have one speaker."""
    speaker = speaks_for(account, template)
    site = host_view(host) if speaker is account else None
    known = {} if brands is None else brands
    if site is None and speaker.id not in known:
        known[speaker.id] = brand_of(account_chain(speaker))
    brand = site.brand if site is not None else known[speaker.id]
    offered = dict(settings.LANGUAGES)
    spoken = next((each for each in (language, account.language) if each in offered), FALLBACK_LANGUAGE)
    return _Dress(account, brand.speaking(spoken), spoken, origin(host))


def _written(
    template: str,
    mail: NewMail,
    dress: _Dress,
    kind: WordedMail | None,
    words: Wording | None,
    *,
    actor: Actor,
    at: datetime,
    secret: bool = False,
    identity: str = "",
) -> OutboxMail:
    """The row of a mail, rendered, not stored."""
    acting = (actor.impersonator.name, actor.name) if actor.impersonator is not None else None
    brand = dress.brand

    def rendered(values: Mapping[str, Value]) -> RenderedMail:
        return render_mail(
            template=template, brand=brand, language=dress.language, context=values, origin=dress.origin, acting=acting,
            wording=words, kind=kind,
        )  # fmt: skip

    said = rendered(mail.context)
    shown = rendered(hidden(mail.context, origin=dress.origin)) if secret else None
    sender = settings.SUBLET.text("SUBLET_MAIL_FROM")
    number = uuid7(at)
    return OutboxMail(
        id=number,
        account=dress.account,
        template=template,
        identity=identity or kind_of(template).identity,
        key=mail.key,
        language=dress.language,
        to_email=one_line(mail.to_email)[:254],
        to_name=header_text(mail.to_name, 200),
        from_email=sender,
        from_name=header_text(brand.sender_name, 200),
        reply_to=one_line(brand.support_email)[:254],
        subject=said.subject,
        text=said.text,
        html=said.html,
        secret=secret,
        shown_text=shown.text if shown is not None else "",
        shown_html=shown.html if shown is not None else "",
        message_id=f"<{number}@{sender.rpartition('@')[2]}>",
        attached=mail.attached,
        created_at=at,
    )


def take_up_stranded(*, actor: Actor, at: datetime) -> int:
    """Enqueue anew the mails that wait without a job, and end those that are too late; returns how many were looked at.

    All of them, some at a time: thousands may wait for a server that is away, and behind them a mail without a job.
    """
    # unscoped: the outbox of the whole installation
    waiting = OutboxMail.unscoped.filter(created_at__lt=at - STRANDED_AFTER).select_related("account__parent")
    waiting = waiting.defer("text", "html", "shown_text", "shown_html").order_by("id")
    found = 0
    for state in (State.SENDING, State.QUEUED):
        last = uuid.UUID(int=0)
        while rows := list(waiting.filter(state=state, id__gt=last)[:_SWEPT_AT_ONCE]):
            last, found = rows[-1].id, found + len(rows)
            _take_up(rows, actor=actor, at=at)
    return found


def _take_up(rows: Sequence[OutboxMail], *, actor: Actor, at: datetime) -> None:
    # One of a batch may be handed over at this moment: its job takes it up, or is given another.
    batches = {batch_key(row.batch): row for row in rows if row.batch is not None}
    alone = {mail_key(row.id): row for row in rows if row.batch is None}
    busy = active_keys("messaging.send_batch", batches) if batches else set()
    busy |= active_keys("messaging.send", alone) if alone else set()
    for row in rows:
        if row.state == State.QUEUED and row.created_at < at - TOO_LATE:
            refuse(row, row.answer, actor=actor, at=at)
        elif row.batch is None and mail_key(row.id) not in busy:
            enqueue_mail(row, actor=actor, at=at)
    for key, row in batches.items():
        if key not in busy and row.batch is not None:
            enqueue_batch(row.batch, account_id=server_owner(row.account).id, actor=actor, at=at)


def send_again(*, mail_id: str, actor: Actor, at: datetime) -> str:
    """Queue a mail once more: one that was refused or of which nobody knows, and one that was sent, within `core.resending`.

    What was sent stays sent, whatever becomes of its copy, which is a mail of its own. The recipient's server knows it by the
    same Message-ID. Returns the number of the mail that is on its way. Raises NotFound, Forbidden, CannotSendMail.
    """
    actor.require("journal:view")  # nobody sends what they may not read
    actor.require("jobs:manage" if actor.account_kind == VENDOR else "clients:manage")
    try:
        number = uuid.UUID(mail_id)
    except ValueError:
        raise NotFound from None
    with transaction.atomic():
        row = _locked(number)
        if row is not None and row.state == State.SENT and row.copy_of_id is not None:
            row = _locked(row.copy_of_id) or row
        if row is None:
            raise NotFound
        code = why_not_again(row, at=at)
        if code:
            raise CannotSendMail(code)
        if row.state == State.SENT:
            if is_suppressed(row):
                raise CannotSendMail("suppressed")
            row = _copied(row, at=at)
        else:
            row.state, row.batch = State.QUEUED, None
            row.created_at = at  # counts as new: what is too late is reckoned from here
            row.save(update_fields=["state", "batch", "created_at"])
        record(
            MailResent(mail=str(row.copy_of_id or row.id), to=row.to_email, copy=row.copies),
            account_id=row.account_id,
            parent_id=row.account.parent_id,
            actor=actor,
            at=at,
        )
        enqueue_mail(row, actor=actor, at=at)
    return str(row.id)


def _locked(number: uuid.UUID) -> OutboxMail | None:
    rows = OutboxMail.objects.select_for_update(of=("self",)).select_related("account__parent__parent")
    return rows.filter(since_it_came("created_at"), id=number).first()


def _copied(first: OutboxMail, *, at: datetime) -> OutboxMail:
    """Another mail of the same words and number. Its key says which copy it is: two at once make one."""
    first.copies += 1
    first.save(update_fields=["copies"])
    copy = OutboxMail(
        **{name: getattr(first, name) for name in _SAME},
        id=uuid7(at),
        copy_of=first,
        copies=first.copies,
        key=f"copy:{first.id}:{first.copies}",
        created_at=at,
    )
    copy.save(force_insert=True)
    return copy


__all__ = ["CannotSendMail", "NewMail", "queue_mail", "queue_mails", "send_again", "take_up_stranded"]
