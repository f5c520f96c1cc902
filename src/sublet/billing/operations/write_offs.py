"""Giving up what is open of an invoice, and asking for it after all. The claim itself stays: whoever pays later is welcome."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.events import InvoiceReopened, InvoiceWrittenOff
from sublet.billing.models import Invoice, WriteOff
from sublet.billing.models.invoices import DRAFT, INVOICE
from sublet.billing.models.payments import Payment
from sublet.billing.models.terms import NOBODY
from sublet.billing.operations.charges import end_soon
from sublet.billing.operations.money_moved import lock_debtors, note, use_prepaid
from sublet.billing.queries.invoices import named_invoices
from sublet.core import writeoffs
from sublet.core.accountstatement import REOPENED, WRITTEN_OFF
from sublet.core.payments import NEEDS_ACTION
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.unscoped import past_scope

RIGHT = "billing:manage"


class CannotWriteOff(Refusal):
    """Nothing of an invoice is written off."""

    SENTENCES: ClassVar = {
        "not-issued": _("Only an issued invoice can be written off."),
        "not-open": _("Nothing of this invoice is open."),
        "reason": _("Say why: your accountant will ask."),
    }


class CannotReopenInvoice(Refusal):
    """An invoice is not asked for again."""

    SENTENCES: ClassVar = {
        "not-written-off": _("Nothing of this invoice is written off."),
        "reason": _("Say why it is asked for again."),
    }


def write_off(*, ref: str, reason: str, resumes: bool = True, actor: Actor, at: datetime) -> Invoice:
    """Give up all that is open of an invoice of the actor's own book (``billing:manage``).

    What its payer has paid ahead is used first, where something is collected here. The rest is booked as a loss, once: of one that is
    written off already nothing happens. Nobody is reminded, and no card is charged any more. `resumes`: a plan that rests because of it
    goes on, unless another invoice holds it up; else it rests until somebody lets it go on. Money that comes later is taken all the same.

    Raises Forbidden, NotFound, CannotWriteOff.
    """
    actor.require(RIGHT)
    with transaction.atomic():
        invoice = _locked(ref, actor)
        if invoice.kind != INVOICE or invoice.state == DRAFT:
            raise CannotWriteOff("not-issued")
        if not reason.strip():
            raise CannotWriteOff("reason", field="reason")
        if invoice.open_minor <= 0 and invoice.written_off_minor:
            return invoice
        if invoice.open_minor <= 0:
            raise CannotWriteOff("not-open")
        if invoice.collected_by != NOBODY:
            use_prepaid(invoice, by=actor.name, at=at)
        outcome = writeoffs.write_off(invoice.claim)
        entry = note(invoice, outcome, word=WRITTEN_OFF, by=actor.name, at=at)
        if entry is None:
            return invoice  # what was paid ahead was enough
        WriteOff(
            account_id=invoice.account_id, book=invoice.book, invoice=invoice, debtor_id=invoice.debtor_id, minor=outcome.lost,
            currency=invoice.currency, reason=reason.strip()[:500], resumes=resumes, entry_id=entry, at=at, by=actor.name[:200],
        ).save(force_insert=True)  # fmt: skip
        # Whoever is asked to confirm a payment just now, or has the processor's page open, need not: what nobody has begun ends by itself.
        for payment in Payment.objects.filter(account_id=invoice.account_id, invoice=invoice.ref, state=NEEDS_ACTION):
            end_soon(payment, actor=actor, at=at)
        _tell(InvoiceWrittenOff, invoice, reason, actor, at)
        return invoice


def reopen_invoice(*, ref: str, reason: str, actor: Actor, at: datetime) -> Invoice:
    """Ask for what was written off of an invoice after all (``billing:manage``): it is no loss any more, and dunning begins anew.

    What was recovered meanwhile stays paid. A second time nothing happens. Raises Forbidden, NotFound, CannotReopenInvoice.
    """
    actor.require(RIGHT)
    with transaction.atomic():
        invoice = _locked(ref, actor)
        if not reason.strip():
            raise CannotReopenInvoice("reason", field="reason")
        rows = WriteOff.objects.filter(invoice_id=invoice.id)
        if not invoice.written_off_minor:
            last = rows.order_by("-id").first()
            if last is not None and last.taken_back_at is not None:
                return invoice
            raise CannotReopenInvoice("not-written-off")
        note(invoice, writeoffs.reopen(invoice.claim), word=REOPENED, by=actor.name, at=at)
        rows.filter(taken_back_at__isnull=True).update(
            taken_back_at=at, taken_back_by=actor.name[:200], taken_back_reason=reason.strip()[:500]
        )
        _tell(InvoiceReopened, invoice, reason, actor, at)
        return invoice


def _locked(ref: str, actor: Actor) -> Invoice:
    """An invoice of the actor's own book, its debtor locked before it: what that has paid ahead is used by nobody else meanwhile."""
    [found] = named_invoices([ref], actor)
    if found.account_id != actor.account_id:
        raise NotFound
    lock_debtors([found.debtor_id])
    [invoice] = named_invoices([ref], actor, lock=True)
    return invoice


def _tell(
    kind: type[InvoiceWrittenOff] | type[InvoiceReopened], invoice: Invoice, reason: str, actor: Actor, at: datetime
) -> None:
    with past_scope("whose invoice it is; the actor's account issued it"):
        debtor = Account.unscoped.get(id=invoice.debtor_id)  # unscoped: as above
    told = kind(invoice=invoice.ref, number=invoice.number_shown, ref=debtor.ref, name=debtor.name)
    record(
        told,
        account_id=invoice.debtor_id,
        parent_id=invoice.account_id,
        reason=reason.strip()[:500],
        actor=actor,
        at=at,
    )


__all__ = ["CannotReopenInvoice", "CannotWriteOff", "reopen_invoice", "write_off"]
