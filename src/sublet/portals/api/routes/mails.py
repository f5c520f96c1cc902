"""Mails that were written in the account's name."""

from __future__ import annotations

from ninja import Query

from sublet.messaging import operations, queries
from sublet.messaging.queries import MailRow
from sublet.portals.api.declare import ABOVE, ApiRequest, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.brands import Mail, MailPage, MailsAsked, MailText

routes = Routes("Mails", "What was written to whom in the account's name, and what became of it.")
SEE = "journal:view"
DO = Needs("clients:manage", vendor="jobs:manage")


def _mail(row: MailRow) -> Mail:
    return Mail(
        id=row.id,
        account=row.account_ref,
        account_name=row.account_name,
        template=row.template,
        to_email=row.to_email,
        to_name=row.to_name,
        subject=row.subject,
        state=row.state,
        answer=row.answer,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )


@routes.get("/mails", needs=SEE, kinds=ABOVE, answer=MailPage)
def list_mails(request: ApiRequest, asked: Query[MailsAsked]) -> MailPage:
    """List the mails about the account and those below it, newest first."""
    cursors = Cursors("mails", request.actor, asked.state, asked.to, asked.template, asked.account)
    page = queries.outbox(
        request.actor,
        state=asked.state,
        to_email=asked.to.strip().lower(),
        template=asked.template,
        account_ref=asked.account,
        cursor=cursors.place(asked),
        size=asked.limit,
    )
    return MailPage(
        items=[_mail(row) for row in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.get("/mails/{mail}", needs=SEE, kinds=ABOVE, answer=MailText)
def get_mail(request: ApiRequest, mail: str) -> MailText:
    """Show a mail as it was sent. Of one that held a one-time link or code, dots stand for that.

    Of one that tells what a reseller asks of its client, a key of the vendor's is told no text, and for a subject what kind of mail
    it is, unless the reseller shares its prices.
    """
    found = queries.mail_text(request.actor, mail, at=request.at)
    return MailText(
        mail=_mail(found.row),
        from_line=found.from_line,
        reply_to=found.reply_to,
        language=found.language,
        message_id=found.message_id,
        can_be_sent_again=found.can_be_sent_again,
        copies=found.copies,
        copy_of=found.copy_of or None,
        text=found.text,
        html=found.html,
        secret=found.secret,
    )


@routes.post("/mails/{mail}/send-again", needs=DO, kinds=ABOVE, answer=Mail, refusals=[operations.CannotSendMail])
def send_mail_again(request: ApiRequest, mail: str) -> Mail:
    """Send a mail once more: one that was refused, of which nobody knows whether it arrived, or that was sent.

    Answers with what is on its way: of a mail that was sent, a copy, which is a mail of its own. It goes again three times at the
    most, ten minutes apart, within 30 days; never one that held a one-time link or code. Takes `journal:view` as well.
    """
    queued = operations.send_again(mail_id=mail, actor=request.actor, at=request.at)
    return _mail(queries.mail_text(request.actor, queued, at=request.at).row)
