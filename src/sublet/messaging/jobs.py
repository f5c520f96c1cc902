"""Jobs of `messaging`."""

from __future__ import annotations

from sublet.foundation.clock import now
from sublet.foundation.jobs import JobContext, job
from sublet.messaging import operations


@job("messaging.send", max_attempts=12, lease=90)
def send(context: JobContext, *, mail_id: str) -> None:
    """Hand one mail to the mail server; try again for about a day while it cannot be reached."""
    operations.send_mail(mail_id=mail_id, actor=context.actor, at=now())
