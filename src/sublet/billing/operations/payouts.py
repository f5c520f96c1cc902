"""Paying out to a reseller what the vendor has collected for it, less what it owes: once, with a number and a statement."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.documents.writing import Writing
from sublet.billing.models import Invoice, Payment, Payout, PayoutLine, Refund
from sublet.billing.models.books import WHOLESALE
from sublet.billing.models.invoices import INVOICE, ISSUED, PARTLY_PAID
from sublet.billing.models.payouts import LONGEST_REFERENCE, SERIES
from sublet.billing.operations.documents import give_numbers
from sublet.billing.operations.dunning_mails import reader_of
from sublet.billing.operations.money_moved import book, lock_debtors, note_paid
from sublet.billing.payout_events import PayoutMade
from sublet.billing.queries.paid_ahead import WAITING, being_charged
from sublet.billing.queries.payouts import waiting_entries
from sublet.branding.queries import origin, primary_host
from sublet.core import ledger
from sublet.core.proration import day_of
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.scope import platform_scope
from sublet.messaging.operations import queue_mail

RIGHT: Final = "billing:manage"
MAIL: Final = "payout-made"


class CannotPayOut(Refusal):
    """Nothing is paid out."""

    SENTENCES: ClassVar = {
        "nothing": _("Nothing is owed to this reseller in that currency."),
        "changed-meanwhile": _("It is another amount by now. Look at it again before you transfer it."),
        "refund": _("A refund is on its way. Wait until it is settled."),
        "dispute": _("A payment is in dispute. Wait until that is decided."),
    }


def pay_out(*, reseller: str, currency: str, amount: int, reference: str = "", actor: Actor, at: datetime) -> Payout:
    """Write down that `amount` (minor units of `currency`) was transferred to a reseller (the vendor's ``billing:manage``).

    It is all that was collected for it and not paid out yet, less its open invoices, which are paid by that; `amount` is what the
    actor was shown, and where it is another by now nothing happens. `reference`: what stands on the transfer. Raises NotFound,
    Forbidden, CannotPayOut.
    """
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require(RIGHT)
    if actor.impersonator is not None:
        actor.require_in_person()
    account = Account.objects.filter(ref=reseller, kind=RESELLER, parent_id=actor.account_id).first()
    if account is None or not looks_like_ref(reseller, "acc") or not actor.reaches(account.id):
        raise NotFound
    with platform_scope("the vendor's book, and what it collected in the reseller's"), transaction.atomic():
        lock_debtors([account.id])
        _waits_for_nothing(account, currency)
        made = Payout(
            account_id=actor.account_id, debtor=account, currency=currency, minor=amount, made_at=at,
            reference=" ".join(reference.split())[:LONGEST_REFERENCE], made_by=actor.name[:200],
        )  # fmt: skip
        _net(made, actor, at)
        lines = waiting_entries(made.account_id, account.id, currency)
        owed = sum(minor for _entry, minor in lines)
        if owed <= 0:
            raise CannotPayOut("nothing")
        if owed != amount:
            raise CannotPayOut("changed-meanwhile", field="amount")
        vendor = Account.objects.get(id=actor.account_id)
        [given] = give_numbers([(vendor.id, WHOLESALE, SERIES, day_of(at, vendor.timezone))])
        made.number, made.day = given.number, given.day
        made.save(force_insert=True)
        PayoutLine.objects.bulk_create(
            (
                PayoutLine(account_id=made.account_id, payout=made, debtor=account, entry_id=entry, minor=minor)
                for entry, minor in lines
            ),
            batch_size=500,
        )
        book(
            owner=made.account_id, book=WHOLESALE, debtor=account.id, key=f"payout:{made.ref}", about=made.ref, minor=-amount,
            currency=currency, by=actor.name, at=at,
            postings=ledger.entry(WHOLESALE, currency, payable=amount, cash=-amount),
        )  # fmt: skip
        told = PayoutMade(payout=made.ref, number=made.number_shown, ref=account.ref, name=account.name)
        record(told, account_id=account.id, parent_id=made.account_id, actor=actor, at=at)
        _mail(made, account, vendor, actor, at)
    return made


def _waits_for_nothing(reseller: Account, currency: str) -> None:
    """Raise CannotPayOut while what was collected may have to go back."""
    refunds = Refund.objects.filter(
        account_id=reseller.id, collected_by="vendor", payment__currency=currency,
        state__in=WAITING,
    )  # fmt: skip
    if refunds.exists():
        raise CannotPayOut("refund")
    disputed = Payment.objects.filter(
        account_id=reseller.id, collected_by="vendor", currency=currency, disputes__state="open"
    )
    if disputed.exists():
        raise CannotPayOut("dispute")


def _net(made: Payout, actor: Actor, at: datetime) -> None:
    """Take what the reseller owes on invoices, the oldest first, off what is owed to it; nothing of one that is being charged."""
    left = sum(minor for _entry, minor in waiting_entries(made.account_id, made.debtor_id, made.currency))
    rows = Invoice.objects.select_for_update(of=("self",)).filter(
        ~being_charged(), account_id=made.account_id, debtor_id=made.debtor_id, kind=INVOICE, currency=made.currency,
        state__in=(ISSUED, PARTLY_PAID),
    )  # fmt: skip
    for invoice in rows.order_by("due_on", "id"):
        used = min(left, max(invoice.open_minor, 0))
        if used <= 0:
            continue
        book(
            owner=made.account_id, book=WHOLESALE, debtor=made.debtor_id, key=f"netted:{made.ref}:{invoice.ref}",
            about=invoice.ref, minor=used, currency=made.currency, by=actor.name, at=at,
            postings=ledger.entry(WHOLESALE, made.currency, payable=used, receivable=-used),
        )  # fmt: skip
        note_paid(invoice, used, by=actor.name, at=at)
        left -= used


def _mail(made: Payout, reseller: Account, vendor: Account, actor: Actor, at: datetime) -> None:
    reader = reader_of(reseller)
    if reader is None:
        return
    email, name, language = reader
    path = reverse("reseller-payouts", urlconf="sublet.config.urls_brand", kwargs={"account": reseller.ref})
    queue_mail(
        template=MAIL,
        account_id=vendor.id,  # in the vendor's name, as all that it writes to its resellers about money
        to_email=email,
        to_name=name,
        language=language,
        context={
            "person": name,
            "account": reseller.name,
            "creditor": vendor.name,
            "number": made.number_shown,
            "amount": Writing(language or "en", made.currency).money(made.minor),
            "url": origin(primary_host(reseller.id)) + path[path.index("/reseller/") :],
        },
        key=f"{MAIL}:{made.ref}",
        actor=actor,
        at=at,
    )


__all__ = ["CannotPayOut", "pay_out"]
