"""What came back is kept before it is confirmed, and read by a job: nothing that was taken is lost.

The mail server may hand it over while the database is away or this process dies: it is told to come again. What cannot be
read stays, sealed, for somebody to look at: it holds the mail as it was sent, and so perhaps a link that lets somebody in.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

from django.db import transaction

from sublet.foundation.actor import Actor
from sublet.foundation.jobs import enqueue
from sublet.foundation.secretbox import seal, unseal
from sublet.messaging.bounce_operations import note_report
from sublet.messaging.bounces import MOST_BYTES, UNREADABLE, mail_of, read_report
from sublet.messaging.models import OutboxMail, ReturnedMail

#: A mail comes back once or twice; whoever has its address cannot fill the database with it.
MOST_WAITING, MOST_UNREADABLE = 5, 5
#: How long what could not be read is kept.
KEPT = timedelta(days=30)
_AT_ONCE = 1000


def accept(*, address: str, raw: bytes, actor: Actor, at: datetime) -> bool:
    """Keep a message that came to a return path, and have it read by a job; False when the address is none of ours.

    Once this returns it is kept. What came back for a mail that is not kept any more says nothing. Leaves no journal entry:
    the reading does.
    """
    number = mail_of(address)
    if number is None:
        return False
    with transaction.atomic():
        # unscoped: the installation takes back what came from any account
        mail = OutboxMail.unscoped.filter(id=number).only("id", "account_id").first()
        # unscoped: as above
        if mail is None or ReturnedMail.unscoped.filter(mail=mail, unreadable=False).count() >= MOST_WAITING:
            return True
        box = seal(base64.b64encode(raw[:MOST_BYTES]).decode("ascii"))
        row = ReturnedMail(account_id=mail.account_id, mail=mail, box=box, received_at=at)
        row.save(force_insert=True)
        enqueue(
            "messaging.read_returned", account_id=mail.account_id, actor=actor, at=at,
            payload={"returned": row.pk}, key=f"returned:{row.pk}",
        )  # fmt: skip
    return True


def read_returned(number: int, *, actor: Actor, at: datetime) -> str:
    """Read what came back and do what it says; what it was. Then it is gone, unless nobody can read it. Its age is that
    at which it came.

    Raises CannotOpen, and whatever the database does: the job tries again, and ends among the dead letters.
    """
    # unscoped: as in `accept`
    found = ReturnedMail.unscoped.filter(pk=number, unreadable=False)
    box = found.values_list("box", flat=True).first()
    if box is None:
        return ""
    # Before anything is locked: a stranger wrote it, and decides how long the reading takes.
    report = read_report(base64.b64decode(unseal(box)))
    with transaction.atomic():
        locked = found.select_for_update(of=("self",))
        row = locked.select_related("mail__account__parent__parent").first()
        if row is None:
            return ""  # another attempt was faster
        if report.kind == UNREADABLE:
            _keep_unread(row)
        else:
            note_report(row.mail, report, came_at=row.received_at, actor=actor, at=at)
            row.delete()
        return report.kind


def _keep_unread(row: ReturnedMail) -> None:
    """Keep it for somebody to look at, unless there is enough of that: one who writes rubbish keeps no true report out."""
    # unscoped: as in `accept`
    if ReturnedMail.unscoped.filter(mail=row.mail, unreadable=True).count() >= MOST_UNREADABLE:
        row.delete()
        return
    row.unreadable = True
    row.save(update_fields=["unreadable"])


def forget_unread(*, at: datetime) -> int:
    """Delete what has been kept for too long, some at a time; returns how many."""
    # unscoped: of the whole installation
    old = ReturnedMail.unscoped.filter(received_at__lt=at - KEPT).values_list("pk", flat=True)[:_AT_ONCE]
    return ReturnedMail.unscoped.filter(pk__in=list(old)).delete()[0]  # unscoped: as above
