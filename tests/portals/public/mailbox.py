"""Mail in tests: what is waiting to be sent, read straight from the outbox."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sublet.foundation.clock import now
from sublet.foundation.jobs import queue, runner
from sublet.messaging.models import OutboxMail

OURS = ["people.answer_sign_up", "people.send_log_in_code", "people.send_password_reset"]


def deliver() -> None:
    """Do the jobs that decide who gets a mail; the handing over to a mail server is not ours."""
    at = now()
    while (job := queue.claim(worker="test", kinds=OURS, at=at)) is not None:
        context = runner.prepared(job, at=at, now=lambda: at)
        assert context is not None
        assert runner.execute(job, context) == runner.Outcome.DONE


def mails(to: str = "") -> list[OutboxMail]:
    """The mails to that address (or all), oldest first, after the jobs are done."""
    deliver()
    rows = OutboxMail.unscoped.order_by("id")
    return list(rows.filter(to_email=to) if to else rows)


def link_in(mail: OutboxMail) -> tuple[str, str]:
    """The one link of a mail as (origin, path)."""
    found = set(re.findall(r"https?://\S+", mail.text))
    assert len(found) == 1, mail.text
    parts = urlsplit(found.pop())
    assert not parts.query
    assert not parts.fragment
    return f"{parts.scheme}://{parts.netloc}", parts.path
