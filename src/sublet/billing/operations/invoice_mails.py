"""Mailing what was issued to whoever owes: in the issuer's name, in the reader's language, with the file in the buyer's format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.events import InvoiceMailed
from sublet.billing.invoice_mails import CREDITED, ISSUED
from sublet.billing.models import Invoice
from sublet.billing.models.invoices import DRAFT, INVOICE
from sublet.billing.operations.dunning_mails import in_whose_name, page_of, reader_of
from sublet.billing.operations.papers import keep_papers_of
from sublet.billing.queries.invoices import invoice_of
from sublet.billing.queries.mail_facts import words_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import NewMail, queue_mails

RIGHT: Final = "billing:manage"
AGAIN_AFTER: Final = timedelta(minutes=10)


class CannotMailInvoice(Refusal):
    """A document is not mailed once more."""

    SENTENCES: ClassVar = {
        "draft": _("Only what is issued is mailed."),
        "nobody": _("There is no address to mail it to: enter one in the billing address."),
        "lately": _("It was mailed a moment ago. Give it ten minutes to arrive."),
    }


def mail_issued(*, refs: Sequence[str], actor: Actor, at: datetime) -> int:
    """Mail those issued documents to whoever owes, each once however often this is done; how many are new. In a platform scope."""
    keep_papers_of(refs=refs, at=at)
    rows = list(Invoice.objects.filter(ref__in=refs, number__isnull=False).select_related("corrects").order_by("id"))
    parties = Account.objects.in_bulk({number for row in rows for number in (row.account_id, row.debtor_id)})
    found: dict[str, list[NewMail]] = defaultdict(list)
    for row in rows:
        mail = _mail(row, parties)
        if mail is not None:
            found[_template(row)].append(mail)
    with transaction.atomic():
        return sum(queue_mails(template=name, mails=mails, actor=actor, at=at) for name, mails in found.items())


def mail_invoice(*, ref: str, actor: Actor, at: datetime) -> None:
    """Mail an issued document of the actor's own book once more, or for the first time (``billing:manage``).

    Raises Forbidden, NotFound, CannotMailInvoice.
    """
    actor.require(RIGHT)
    with transaction.atomic():
        invoice = invoice_of(ref, actor, lock=True)  # of two who press at once, the second finds the mail of the first
        if invoice.account_id != actor.account_id:
            raise NotFound
        if invoice.state == DRAFT:
            raise CannotMailInvoice("draft")
        with platform_scope("whoever owes is written to, wherever it stands"):
            before = OutboxMail.objects.filter(attached=invoice.ref)
            if before.filter(created_at__gt=at - AGAIN_AFTER).exists():
                raise CannotMailInvoice("lately")
            parties = Account.objects.in_bulk([invoice.account_id, invoice.debtor_id])
            mail = _mail(invoice, parties, nth=before.count() + 1)
            if mail is None:
                raise CannotMailInvoice("nobody")
            queue_mails(template=_template(invoice), mails=[mail], actor=actor, at=at)
        debtor = parties[invoice.debtor_id]
        told = InvoiceMailed(invoice=invoice.ref, number=invoice.number_shown, ref=debtor.ref, name=debtor.name)
        record(told, account_id=debtor.id, parent_id=invoice.account_id, actor=actor, at=at)


def _template(invoice: Invoice) -> str:
    return ISSUED if invoice.kind == INVOICE else CREDITED


def _mail(invoice: Invoice, parties: Mapping[int, Account], nth: int = 1) -> NewMail | None:
    """None where there is nobody to write to. A closed account is written to, too: its last invoice comes after it has closed."""
    creditor, debtor = parties[invoice.account_id], parties[invoice.debtor_id]
    reader = reader_of(debtor)
    if reader is None:
        return None
    email, name, language = reader
    return NewMail(
        account_id=in_whose_name(invoice.book, debtor, creditor.id),
        to_email=email,
        to_name=name,
        language=language,
        context={
            "person": name,
            "account": debtor.name,
            "creditor": creditor.name,
            **words_of(invoice, language or "en"),
            "url": page_of(invoice, debtor),
        },
        # The intent: one mail for one document, and one more for each time that somebody asks for it.
        key=f"{_template(invoice)}:{invoice.ref}" + (f":{nth}" if nth > 1 else ""),
        attached=invoice.ref,
    )
