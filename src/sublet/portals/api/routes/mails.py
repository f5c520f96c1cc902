"""Mails that were written in the account's name."""

from __future__ import annotations

from ninja import Query

from sublet.core.rights import VENDOR
from sublet.messaging import operations, queries
from sublet.messaging.queries import MailRow
from sublet.portals.api.declare import ApiRequest, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.brands import Mail, MailPage, MailsAsked, MailText

routes = Routes("Mails", "What was written to whom, and what became of it.")
ONLY = (VENDOR,)


def _mail(row: MailRow) -> Mail:
    return Mail(
        id=row.id,
        account=row.account_ref,
        account_name=row.account_name,
        template=row.template,
        to_email=row.to_email,
        subject=row.subject,
        state=row.state,
        answer=row.answer,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )


@routes.get("/mails", needs="jobs:view", kinds=ONLY, answer=MailPage)
def list_mails(request: ApiRequest, asked: Query[MailsAsked]) -> MailPage:
    """List the mails of the installation, newest first."""
    cursors = Cursors("mails", request.actor, asked.state)
    page = queries.outbox(state=asked.state, cursor=cursors.place(asked), size=asked.limit)
    return MailPage(items=[_mail(row) for row in page.rows], next=cursors.sealed(page.next_cursor))


@routes.get("/mails/{mail}", needs="jobs:view", kinds=ONLY, answer=MailText)
def get_mail(request: ApiRequest, mail: str) -> MailText:
    """Show a mail with its text. One that held a one-time link shows none."""
    found = queries.mail_text(mail)
    return MailText(mail=_mail(found.row), from_line=found.from_line, text=found.text, secret=found.secret)


@routes.post(
    "/mails/{mail}/send-again", needs="jobs:manage", kinds=ONLY, answer=Mail, refusals=[operations.CannotSendMail]
)
def send_mail_again(request: ApiRequest, mail: str) -> Mail:
    """Send a mail once more that was refused, or of which nobody knows whether it arrived."""
    operations.send_again(mail_id=mail, actor=request.actor, at=request.at)
    return _mail(queries.mail_text(mail).row)
