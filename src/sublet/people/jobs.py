"""Jobs of `people`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sublet.foundation.jobs import JobContext, job, schedule
from sublet.foundation.scope import platform_scope
from sublet.people.operations.grant_mails import remind_of_ends
from sublet.people.operations.grants import run_out
from sublet.people.operations.host_notices import tell_of_certificate, tell_of_host
from sublet.people.operations.impersonation import end_overdue_impersonations
from sublet.people.operations.links import clear_links
from sublet.people.operations.log_in_codes import send_log_in_code
from sublet.people.operations.log_ins import clear_log_ins
from sublet.people.operations.password_reset import send_password_reset
from sublet.people.operations.sender_notices import tell_of_lost_sender
from sublet.people.operations.sign_up import answer_sign_up
from sublet.people.operations.throttle import clear_counts
from sublet.people.operations.webhook_notices import tell_of_webhook
from sublet.people.operations.withdrawals import go_on_giving_back, go_on_withdrawing
from sublet.people.sessions import SessionStore


@job("people.send_password_reset")
def password_reset(context: JobContext, *, email: str, language: str) -> None:
    """Find out who has that address, and send the link."""
    send_password_reset(
        email=email,
        language=language,
        account_id=context.actor.account_id,
        key=context.job_id,
        actor=context.actor,
        at=context.at,
    )


@job("people.send_log_in_code")
def log_in_code(context: JobContext, *, email: str, language: str, host: str, nonce_hash: str, asked_at: str) -> None:
    """Find out who has that address, and send the code."""
    send_log_in_code(
        email=email,
        language=language,
        host=host,
        nonce_hash=nonce_hash,
        asked_at=datetime.fromisoformat(asked_at),
        actor=context.actor,
        at=context.at,
    )


@job("people.answer_sign_up")
def sign_up(context: JobContext, *, data: dict[str, Any]) -> None:
    """Find out whether the address is known, and send the link."""
    answer_sign_up(
        data=data, account_id=context.actor.account_id, key=context.job_id, actor=context.actor, at=context.at
    )


@schedule("people.clear_counts_and_links", every=timedelta(hours=6))
def clear(context: JobContext) -> None:
    """Forget counted attempts, links and browser sessions that are long over."""
    clear_counts(at=context.at)
    clear_links(at=context.at)
    clear_log_ins(at=context.at)
    SessionStore.clear_expired()


@schedule("people.end_overdue_impersonations", every=timedelta(minutes=5))
def end_overdue(context: JobContext) -> None:
    """Write down the end of visits that nobody ended: they have been closed to requests since."""
    while end_overdue_impersonations(at=context.now()):
        pass


@schedule("people.end_grants", every=timedelta(minutes=15))
def end_grants(context: JobContext) -> None:
    """Write down what access has run out, extend what was to be extended, remind of what is about to end."""
    while run_out(actor=context.actor, at=context.now()):
        pass
    while remind_of_ends(actor=context.actor, at=context.now()):
        pass


@job("people.withdraw_section", timeout=3600)
def withdraw_section(context: JobContext, *, withdrawal_ref: str) -> None:
    """Take a section away from very many people."""
    go_on_withdrawing(
        withdrawal_ref=withdrawal_ref,
        actor=context.actor,
        at=context.at,
        progress=lambda done, total: context.progress(done=done, total=total),
    )


@job("people.give_section_back", timeout=3600)
def give_section_back(context: JobContext, *, withdrawal_ref: str) -> None:
    """Give a section back to very many people."""
    go_on_giving_back(
        withdrawal_ref=withdrawal_ref,
        actor=context.actor,
        at=context.at,
        progress=lambda done, total: context.progress(done=done, total=total),
    )


@job("people.tell_of_host")
def tell_of_host_job(context: JobContext, *, entry_id: str, host: str, stops: bool, stopped: bool) -> None:
    """Say that a host fails, or has stopped."""
    if context.account_id is not None:
        tell_of_host(
            account_id=context.account_id,
            entry_id=entry_id,
            host=host,
            stops=stops,
            stopped=stopped,
            actor=context.actor,
            at=context.at,
        )


@job("people.tell_of_certificate")
def tell_of_certificate_job(context: JobContext, *, entry_id: str, host: str, why: str, ends: str) -> None:
    """Say that a certificate ends soon, or is not valid."""
    with platform_scope("a host's certificate is the vendor's to mend"):
        tell_of_certificate(entry_id=entry_id, host=host, why=why, ends=ends, actor=context.actor, at=context.at)


@job("people.tell_of_webhook")
def webhook_gave_up(context: JobContext, *, entry_id: str, name: str, url: str, why: str, webhook: str = "") -> None:
    """Tell the people of an account that one of its webhooks was switched off."""
    assert context.account_id is not None  # noqa: S101 - a journal entry has an account
    tell_of_webhook(
        account_id=context.account_id,
        entry_id=entry_id,
        name=name,
        url=url,
        why=why,
        webhook_ref=webhook,
        actor=context.actor,
        at=context.at,
    )


@job("people.tell_of_lost_sender")
def sender_was_lost(context: JobContext, *, entry_id: str, domain: str) -> None:
    """Tell whoever sees the senders of an account that one of its domains is not right any more."""
    assert context.account_id is not None  # noqa: S101 - a journal entry has an account
    tell_of_lost_sender(
        account_id=context.account_id, entry_id=entry_id, domain=domain, actor=context.actor, at=context.at
    )
