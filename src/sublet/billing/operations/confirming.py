"""The mail with which a payer is asked to confirm a payment that its bank wants confirmed (3-D Secure): once for an attempt."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sublet.accounts.models import Account
from sublet.billing.documents.writing import Writing
from sublet.billing.models.payments import Payment
from sublet.billing.operations.dunning_mails import CONFIRM, in_whose_name, reader_of
from sublet.billing.operations.links import write_link
from sublet.billing.payment_events import LinkToPayMade
from sublet.core.lifecycle import CLOSED
from sublet.core.payments import NEEDS_ACTION
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import queue_mail


def ask_to_confirm(*, payment: str, actor: Actor, at: datetime) -> bool:
    """Write to the payer, with the way to the processor's page; whether it was written now. A job of the installation.

    Not where the payer is on that page already, nor where it was written before. The link ends the attempt that waits before
    it begins another, so that the invoice is paid once.
    """
    with platform_scope("a payer's bank wants to hear from it"), transaction.atomic():
        rows = Payment.objects.select_for_update(of=("self",)).select_related("account", "payer", "gateway")
        row = rows.filter(ref=payment).first()
        key = f"{CONFIRM}:{payment}"
        if row is None or row.state != NEEDS_ACTION or row.hosted or OutboxMail.objects.filter(key=key).exists():
            return False
        debtor = Account.objects.get(id=row.payer_id)
        reader = reader_of(debtor)
        if reader is None or debtor.state == CLOSED:
            return False
        email, name, language = reader
        made = write_link(debtor, row.gateway, send_to="", payment=row, invoice=row.invoice, actor=actor, at=at)
        told = LinkToPayMade(
            ref=debtor.ref,
            name=debtor.name,
            link=made.ref,
            invoice=row.invoice,
            number=row.number or row.ref,
            payment=row.ref,
        )
        record(told, account_id=debtor.id, parent_id=row.account_id, actor=actor, at=at)
        queue_mail(
            template=CONFIRM,
            account_id=in_whose_name(row.book, debtor, row.account_id),
            to_email=email,
            to_name=name,
            language=language,
            context={
                "person": name,
                "account": debtor.name,
                "creditor": row.account.name,
                "number": row.number or row.ref,
                "amount": Writing(language or "en", row.currency).money(row.amount),
                "url": made.url,
            },
            key=key,
            actor=actor,
            at=at,
            secret=True,
        )
        return True
