"""Jobs of `messaging`."""

from __future__ import annotations

import logging
import uuid
from datetime import time, timedelta

from sublet.foundation.jobs import JobContext, job, schedule
from sublet.foundation.jobs.failures import without_secrets
from sublet.messaging import (
    batches,
    bounce_mailbox,
    chores,
    operations,
    sender_checks,
    sending,
    server_operations,
    webhook_delivery,
    webhook_spread,
)
from sublet.messaging import returned as reading

_log = logging.getLogger(__name__)
#: The waits between them add up to more than a day at the least: a mail server may be away from Saturday to Sunday.
MOST_ATTEMPTS = 20


@job("messaging.send", max_attempts=MOST_ATTEMPTS, lease=90)
def send(context: JobContext, *, mail_id: str) -> None:
    """Hand one mail to the mail server; try again for more than a day while it cannot be reached."""
    is_last = context.attempt >= MOST_ATTEMPTS
    sending.send_mail(mail_id=mail_id, actor=context.actor, at=context.now(), is_last_attempt=is_last)


@job("messaging.send_batch", max_attempts=MOST_ATTEMPTS, lease=90)
def send_batch(context: JobContext, *, batch: str) -> None:
    """Send the mails of a batch for some seconds; the next job sends the rest, so that log-in codes need not wait."""
    number, is_last = uuid.UUID(batch), context.attempt >= MOST_ATTEMPTS
    batches.send_batch(
        batch=number, actor=context.actor, now=context.now, goes_on=lambda: not context.lost, is_last_attempt=is_last
    )
    assert context.account_id is not None  # noqa: S101 - it was queued for an account
    with context.complete_in():
        if batches.is_something_left(number):
            batches.enqueue_batch(number, account_id=context.account_id, actor=context.actor, at=context.now())


@schedule("messaging.sweep", every=timedelta(minutes=5))
def sweep(context: JobContext) -> None:
    """Give every mail that still waits a job: one whose job was discarded or died would wait for ever."""
    operations.take_up_stranded(actor=context.actor, at=context.now())


@job("messaging.send_webhooks", max_attempts=5, lease=90)
def send_webhooks(context: JobContext) -> None:
    """Send what is due to the addresses outside, until nothing is or most of a minute has gone."""
    webhook_delivery.send_due(actor=context.actor, now=context.now)
    with context.complete_in():
        # What was written while this job was ending found it running, and woke nobody.
        if webhook_spread.is_something_due(at=context.now()):
            webhook_spread.wake(actor=context.actor, at=context.now())


@schedule("messaging.sweep_webhooks", every=timedelta(minutes=1))
def sweep_webhooks(context: JobContext) -> None:
    """Wake the sender for attempts whose time has come."""
    if webhook_spread.is_something_due(at=context.now()):
        webhook_spread.wake(actor=context.actor, at=context.now())


@schedule("messaging.forget_deliveries", every=timedelta(hours=6))
def forget_deliveries(context: JobContext) -> None:
    """Forget what was sent more than 30 days ago: the journal keeps what happened."""
    webhook_spread.forget_old(at=context.now())


@job("messaging.read_returned", max_attempts=8, lease=60)
def read_returned(context: JobContext, *, returned: int) -> None:
    """Read one message that came back."""
    reading.read_returned(returned, actor=context.actor, at=context.now())


@schedule("messaging.fetch_returned", every=timedelta(minutes=2))
@job("messaging.fetch_returned", max_attempts=2, lease=120)
def fetch_returned(context: JobContext) -> dict[str, object] | None:
    """Take what came back to the mailbox of the settings, if there is one."""
    if not bounce_mailbox.is_set():
        return None
    try:
        fetched = bounce_mailbox.fetch_returned(actor=context.actor, at=context.now(), goes_on=lambda: not context.lost)
    except bounce_mailbox.MailboxFault as fault:
        # The next slot tries again; as a dead job of every other minute it would only hide others. `sublet doctor` says it.
        _log.warning("The mailbox of what came back cannot be read: %s", fault)
        return {"fault": without_secrets(str(fault))}
    return {"taken": fetched.taken, "strange": fetched.strange}


@schedule("messaging.forget_returned", every=timedelta(hours=6))
def forget_returned(context: JobContext) -> None:
    """Forget what came back, could not be read, and was looked at by nobody for 30 days."""
    reading.forget_unread(at=context.now())


@schedule("messaging.forget_mails", daily=time(3, 20))
def forget_mails(context: JobContext) -> None:
    """Forget the mails that are older than is kept (`SUBLET_MAIL_DAYS`)."""
    chores.forget_old_mails(at=context.now(), progress=lambda gone: context.progress(done=gone))


@job("messaging.check_sender_domain", max_attempts=3, lease=120)
def check_sender_domain(context: JobContext, *, domain_ref: str) -> None:
    """Look one sender domain up in DNS."""
    sender_checks.check_domain(domain_ref, actor=context.actor, at=context.now())


@schedule("messaging.check_senders", every=timedelta(minutes=5))
def check_senders(context: JobContext) -> None:
    """Look the sender domains up whose time has come: daily once they stand, often while records are being entered."""
    sender_checks.check_due(actor=context.actor, at=context.now())


@job("messaging.check_mail_server", max_attempts=2, lease=60)
def check_mail_server(context: JobContext, *, version: int) -> None:
    """Try the mail server that an account has just set."""
    assert context.account_id is not None  # noqa: S101 - it was set for an account
    server_operations.try_mail_server(
        account_id=context.account_id, version=version, actor=context.actor, at=context.now()
    )
