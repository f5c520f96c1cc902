"""Reading the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sublet.foundation.errors import NotFound
from sublet.messaging.models import OutboxMail


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail in a list."""

    id: str
    account_name: str
    account_ref: str
    template: str
    to_email: str
    subject: str
    state: str
    state_label: str
    answer: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class MailPage:
    """A page of mails, newest first; `next_cursor` is empty on the last one."""

    rows: Sequence[MailRow]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail as its reader gets it. `secret`: it held a one-time link and is not shown."""

    row: MailRow
    text: str
    html: str
    secret: bool
    from_line: str


def _row(mail: OutboxMail) -> MailRow:
    return MailRow(
        id=str(mail.id),
        account_name=mail.account.name,
        account_ref=mail.account.ref,
        template=mail.template,
        to_email=mail.to_email,
        subject=mail.subject,
        state=mail.state,
        state_label=str(mail.get_state_display()),
        answer=mail.answer,
        created_at=mail.created_at,
        sent_at=mail.sent_at,
    )


def outbox(*, state: str = "", cursor: str = "", size: int = 50) -> MailPage:
    """A page of the mails within the scope in force."""
    mails = OutboxMail.objects.select_related("account").defer("text", "html").order_by("-id")
    if state:
        mails = mails.filter(state=state)
    try:
        if cursor:
            mails = mails.filter(id__lt=uuid.UUID(cursor))
    except ValueError:
        pass
    found = list(mails[: size + 1])
    return MailPage(
        rows=[_row(mail) for mail in found[:size]], next_cursor=str(found[size - 1].id) if len(found) > size else ""
    )


@dataclass(frozen=True, slots=True)
class MailTrouble:
    """How many mails were refused, and of how many nobody knows whether they arrived."""

    refused: int
    unknown: int


def mail_trouble() -> MailTrouble:
    """The mails within the scope in force that somebody should look at: two statements, each from an index of those alone."""
    mails = OutboxMail.objects.order_by()
    return MailTrouble(refused=mails.filter(state="failed").count(), unknown=mails.filter(state="unknown").count())


def mail_text(mail_id: str) -> MailText:
    """One mail within the scope in force. Raises NotFound. A secret mail's text is never given out."""
    try:
        mail = OutboxMail.objects.select_related("account").filter(id=uuid.UUID(mail_id)).first()
    except ValueError:
        mail = None
    if mail is None:
        raise NotFound
    shown = not mail.secret
    return MailText(
        row=_row(mail),
        text=mail.text if shown else "",
        html=mail.html if shown else "",
        secret=mail.secret,
        from_line=f"{mail.from_name} <{mail.from_email}>",
    )
