"""Jobs of `messaging`."""

from __future__ import annotations

from datetime import timedelta

from sublet.foundation.jobs import JobContext, job, schedule
from sublet.messaging import operations

#: The waits between them add up to more than a day at the least: a mail server may be away from Saturday to Sunday.
MOST_ATTEMPTS = 20


@job("messaging.send", max_attempts=MOST_ATTEMPTS, lease=90)
def send(context: JobContext, *, mail_id: str) -> None:
    """Hand one mail to the mail server; try again for more than a day while it cannot be reached."""
    is_last = context.attempt >= MOST_ATTEMPTS
    operations.send_mail(mail_id=mail_id, actor=context.actor, at=context.now(), is_last_attempt=is_last)


@schedule("messaging.sweep", every=timedelta(minutes=5))
def sweep(context: JobContext) -> None:
    """Give every mail that still waits a job: one whose job was discarded or died would wait for ever."""
    operations.take_up_stranded(actor=context.actor, at=context.now())
