"""Reading the outbox."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Q

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import since_it_came
from sublet.core.names import sort_name
from sublet.core.peopledata import without_addresses
from sublet.core.resending import why_not
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.journal.as_read import Shares, sharing
from sublet.foundation.refs import instant_of
from sublet.messaging.kinds import kind_of
from sublet.messaging.models import OutboxMail
from sublet.messaging.worded import template_names

#: Accounts that a part of a name may mean at once: the newest, whose mails somebody looks for.
_MOST_NAMED = 200
STATES = tuple(OutboxMail.State.values)
#: Where a mail's own pictures come from: it has no others.
_PICTURE = re.compile(r'<img[^>]* src="(https?://[a-z0-9.:-]+)/brand/')
#: States that a person may do something about.
OPEN_STATES = (OutboxMail.State.QUEUED, OutboxMail.State.SENDING, OutboxMail.State.FAILED, OutboxMail.State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail in a list."""

    id: str
    account_name: str
    account_ref: str
    account_kind: str
    template: str
    to_email: str
    to_name: str
    subject: str
    state: str
    state_label: str
    answer: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailPage:
    """A page of mails, newest first; an empty cursor means that there is nothing on that side.

    `capped`: more accounts are called so than were looked at.
    """

    rows: Sequence[MailRow]
    next_cursor: str
    previous_cursor: str = ""
    capped: bool = False


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail as its reader gets it. `secret`: it held a one-time link or code, and is shown without. `kept`: its reseller keeps
    what it says from the vendor, and it is shown without subject and text.

    `copies` is how often it went again after it had been sent; of a copy which one it is, and `copy_of` the number of the
    first. `pictures` is the origin that the pictures of `html` come from; empty for none.
    """

    row: MailRow
    text: str
    html: str
    secret: bool
    from_line: str
    reply_to: str
    language: str
    message_id: str
    can_be_sent_again: bool
    copies: int
    copy_of: str = ""
    pictures: str = ""
    kept: bool = False


def _row(mail: OutboxMail) -> MailRow:
    return MailRow(
        id=str(mail.id),
        account_name=mail.account.name,
        account_ref=mail.account.ref,
        account_kind=mail.account.kind,
        template=mail.template,
        to_email=mail.to_email,
        to_name=mail.to_name,
        subject=mail.subject,
        state=mail.state,
        state_label=str(mail.get_state_display()),
        answer=mail.answer,
        created_at=mail.created_at,
        sent_at=mail.sent_at,
    )


def _is_kept(mail: OutboxMail, reader: Actor, shares: Shares) -> bool:
    """Whether the mail says what a reseller keeps from the vendor, who reads. Of a client that has moved, what the reseller
    before wrote is nobody's to share any more, whatever it has become; what a reseller writes in its own name to one that has
    left it is the reseller's."""
    about = mail.account
    if reader.account_kind != VENDOR or not kind_of(mail.template).kept_from_vendor:
        return False
    moved = about.placed_at is not None and instant_of(mail.id) < about.placed_at
    if about.kind == CLIENT:
        return moved or about.parent_id is None or not shares(about.parent_id)
    return not shares(about.id) if about.kind == RESELLER else moved


def _told(mail: OutboxMail, reader: Actor, shares: Shares) -> MailRow:
    """The row with the name of its kind for a subject that is kept: a reseller's own words may hold the price there."""
    row = _row(mail)
    if not _is_kept(mail, reader, shares):
        return row
    return replace(row, subject=template_names().get(mail.template, mail.template))


def _without_recipient(row: MailRow, reader: Actor) -> MailRow:
    """The row as it stands in a list: the server's answer names the recipient, too, and a subject whoever has no name."""
    if row.account_ref == reader.account_ref or reader.lists_people:
        return row
    return replace(
        row, to_email="", answer="", to_name=without_addresses(row.to_name), subject=without_addresses(row.subject)
    )


def _called(text: str) -> tuple[list[int], bool]:
    """The newest accounts within the scope in whose name the text stands, whatever its case and accents; and whether there
    are more."""
    text, folded = text.replace("\x00", ""), sort_name(text)
    named = Q(name__icontains=text) | Q(sort_name__contains=folded) if folded else Q(name__icontains=text)
    found = list(Account.objects.filter(named).order_by("-id").values_list("id", flat=True)[: _MOST_NAMED + 1])
    return found[:_MOST_NAMED], len(found) > _MOST_NAMED


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """An account whose mails one may look for."""

    ref: str
    name: str


def accounts_called(text: str, *, most: int = 20) -> tuple[Sequence[AccountChoice], bool]:
    """Accounts within the scope in force in whose name the text stands, the newest, in order of their names; and whether there
    are more. None for no text."""
    text = text.replace("\x00", "").strip()
    if not text:
        return (), False
    ids, capped = _called(text)
    rows = Account.objects.filter(id__in=ids[:most]).order_by("sort_name", "id").values_list("ref", "name")
    return tuple(AccountChoice(ref, name) for ref, name in rows), capped or len(ids) > most


def outbox(
    reader: Actor,
    *,
    state: str = "",
    to_email: str = "",
    search: str = "",
    template: str = "",
    account_ref: str = "",
    cursor: str = "",
    size: int = 50,
) -> MailPage:
    """A page of the mails within the scope in force. `to_email` is a whole address, `account_ref` the account they are about;
    `search` is either, or a part of the account's name.

    Without the recipients' addresses for whoever may not list people, but for mails about the reader's own account; without the
    subjects of what a reseller keeps from the vendor.

    A cursor that begins with ``-`` leads back. One that cannot be read is the first page.
    """
    mails = OutboxMail.objects.select_related("account").defer("text", "html").filter(since_it_came("created_at"))
    if state:
        mails = mails.filter(state=state)
    if to_email:
        mails = mails.filter(to_email=to_email)
    capped = False
    if "@" in search:
        mails = mails.filter(to_email__in={search.strip(), search.strip().lower()})
    elif search:
        named, capped = _called(search)
        mails = mails.filter(account_id__in=named)
    if template:
        mails = mails.filter(template=template)
    if account_ref:
        mails = mails.filter(account__ref=account_ref)
    back = cursor.startswith("-")
    try:
        edge = uuid.UUID(cursor.removeprefix("-")) if cursor else None
    except ValueError:
        edge, back = None, False
    if edge is not None:
        mails = mails.filter(id__gt=edge) if back else mails.filter(id__lt=edge)
    found = list(mails.order_by("id" if back else "-id")[: size + 1])
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    has_next, has_previous = (True, more) if back else (more, edge is not None)
    shares = sharing()
    return MailPage(
        rows=[_without_recipient(_told(mail, reader, shares), reader) for mail in found],
        next_cursor=str(found[-1].id) if found and has_next else "",
        previous_cursor=f"-{found[0].id}" if found and has_previous else "",
        capped=capped,
    )


def name_of(account_ref: str) -> str:
    """The name of an account within the scope in force, for the list of its mails. Raises NotFound."""
    name = Account.objects.filter(ref=account_ref.replace("\x00", "")).values_list("name", flat=True).first()
    if name is None:
        raise NotFound
    return name


def outbox_counts() -> Mapping[str, int]:
    """How many mails within the scope in force wait, were refused or are not known about. Sent ones are not counted."""
    found = (
        OutboxMail.objects.filter(since_it_came("created_at"), state__in=OPEN_STATES)
        .order_by()
        .values("state")
        .annotate(count=Count("id"))
    )
    counts = dict.fromkeys(map(str, OPEN_STATES), 0)
    return counts | {str(row["state"]): int(row["count"]) for row in found}


def first_of(mail: OutboxMail) -> OutboxMail:
    """The mail itself, or that of which it is a copy."""
    return mail.copy_of or mail


def why_not_again(mail: OutboxMail, *, at: datetime) -> str:
    """`core.resending.why_not` of a mail. Its number tells when it was first written: sending it again makes it as new.

    A copy that was refused goes again by itself; one that was sent is another word for the mail of which it is the copy.
    """
    if mail.state == OutboxMail.State.SENT:
        mail = first_of(mail)
    state, last = mail.state, mail.sent_at
    if mail.copies and state == OutboxMail.State.SENT:
        copy = OutboxMail.objects.filter(copy_of=mail).order_by("-id").only("state", "created_at", "sent_at").first()
        if copy is not None:
            last = copy.sent_at or copy.created_at
            if copy.state in {OutboxMail.State.QUEUED, OutboxMail.State.SENDING}:
                state = copy.state
    return why_not(
        state=state,
        has_text=bool(mail.text) and not (mail.secret and mail.state == OutboxMail.State.SENT),
        copies=mail.copies,
        written_at=instant_of(mail.id),
        sent_at=last,
        at=at,
        placed_at=mail.account.placed_at,
    )


def mail_text(reader: Actor, mail_id: str, *, at: datetime) -> MailText:
    """One mail within the scope in force. Raises NotFound.

    Of a secret mail, what was made without its link and code: its own text is never given out. Of what a reseller keeps from the
    vendor, who reads: how it went, and no word of it.
    """
    try:
        mails = OutboxMail.objects.select_related("account", "copy_of").filter(since_it_came("created_at"))
        mail = mails.filter(id=uuid.UUID(mail_id)).first()
    except ValueError:
        mail = None
    if mail is None:
        raise NotFound
    text, html = (mail.shown_text, mail.shown_html) if mail.secret else (mail.text, mail.html)
    shares = sharing()
    kept = _is_kept(mail, reader, shares)
    if kept:
        text = html = ""
    return MailText(
        row=_told(mail, reader, shares),
        text=text,
        html=html,
        secret=mail.secret,
        from_line=f"{mail.from_name} <{mail.from_email}>",
        reply_to=mail.reply_to,
        language=mail.language,
        message_id=mail.message_id,
        can_be_sent_again=not why_not_again(mail, at=at),
        copies=mail.copies,
        copy_of=str(mail.copy_of_id or ""),
        pictures=found[1] if (found := _PICTURE.search(html)) else "",
        kept=kept,
    )
