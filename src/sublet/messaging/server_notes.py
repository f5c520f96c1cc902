"""What was found out about an account's own mail server: by trying it, and by the mails that leave by it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sublet.accounts.models import Account
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.messaging.events import MailServerFailing, MailServerWorking
from sublet.messaging.models import MailServer
from sublet.messaging.providers import PROVIDERS

State = MailServer.State


def label_of(row: MailServer) -> str:
    """What a person calls the server."""
    return PROVIDERS[row.provider].name if row.provider in PROVIDERS else row.host


def note_failing(row: MailServer, *, why: str, answer: str, actor: Actor, at: datetime) -> None:
    """Say on the server why it takes no mail. The journal hears of it once, not of each mail that waits."""
    # unscoped: a job acts for the account of the mail, whose reseller's the server is
    mine = MailServer.unscoped.filter(id=row.id, version=row.version)
    with transaction.atomic():
        values = {"answer": answer[:300], "checked_at": at}
        if mine.exclude(state=State.FAILS, why=why).update(state=State.FAILS, why=why, **values):
            told = MailServerFailing(server=label_of(row), why=why)
            record(told, account_id=row.account_id, parent_id=_above(row), actor=actor, at=at)
        else:
            mine.update(**values)
    row.state, row.why = State.FAILS, why  # whoever sends more by it would not see that it works again


def note_working(row: MailServer, *, actor: Actor, at: datetime) -> None:
    """Say that it does take mail, unless that is said already."""
    if row.state == State.WORKS:
        return
    # unscoped: as above
    mine = MailServer.unscoped.filter(id=row.id, version=row.version).exclude(state=State.WORKS)
    was_failing = row.state == State.FAILS
    with transaction.atomic():
        if not mine.update(state=State.WORKS, why="", answer="", checked_at=at):
            return
        row.state = State.WORKS
        if was_failing:
            told = MailServerWorking(server=label_of(row))
            record(told, account_id=row.account_id, parent_id=_above(row), actor=actor, at=at)


def _above(row: MailServer) -> int | None:
    # unscoped: as above
    return Account.unscoped.filter(id=row.account_id).values_list("parent_id", flat=True).first()
