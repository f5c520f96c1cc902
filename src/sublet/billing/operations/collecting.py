"""Collecting an issued invoice by whoever collects it: the reseller's own account at the processor, or the vendor's for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.models import Invoice, LedgerPosting
from sublet.billing.models.invoices import INVOICE, ISSUED, PARTLY_PAID
from sublet.billing.models.payments import GatewayAccount, Payment, PaymentMethod
from sublet.billing.models.terms import BY_VENDOR, NOBODY, OWN
from sublet.billing.operations.charges import CannotStartPayment, start_payment
from sublet.billing.operations.links import own_gateway
from sublet.billing.operations.money_moved import lock_debtors, locked_invoice, use_prepaid
from sublet.billing.queries.invoices import invoice_of
from sublet.core.ledger import PREPAID
from sublet.core.payments import IN_FLIGHT
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.scope import platform_scope

PAGE: Final = 500


class CannotCollectInvoice(Refusal):
    """An invoice is not collected."""

    SENTENCES: ClassVar = {
        "not-open": _("Nothing of this invoice is to be paid."),
        "nobody": _("You collect this invoice by yourself: nothing is charged here."),
        "no-gateway": _("There is no working account at the payment processor."),
    }


def gateway_for(owner_id: int, collected_by: str) -> GatewayAccount | None:
    """By which account at a processor what is owed to `owner_id` is collected; None where there is none that works."""
    if collected_by == OWN:
        return own_gateway(owner_id)
    if collected_by == BY_VENDOR:
        # unscoped: the vendor is the root
        vendor = Account.unscoped.filter(kind=VENDOR).values_list("id", flat=True).first()
        return own_gateway(vendor) if vendor is not None else None
    return None


def collect_invoice(*, invoice: str, actor: Actor, at: datetime) -> str:
    """Collect what is open of an invoice by its payer's stored way of paying (``billing:manage``); the payment's reference.

    What was paid ahead is used first; empty when that was enough. By whoever issued it, or who collects it for that one.
    Raises NotFound, Forbidden, CannotCollectInvoice, CannotStartPayment.
    """
    actor.require("billing:manage")
    if actor.impersonator is not None:
        actor.require_in_person()
    found = invoice_of(invoice, actor)
    if found.account_id != actor.account_id:
        raise NotFound
    with platform_scope("an invoice of the actor's book is collected: both books, and perhaps the vendor's account"):
        return collect(owner_id=found.account_id, ref=found.ref, actor=actor, at=at)


def collect(*, owner_id: int, ref: str, actor: Actor, at: datetime) -> str:
    """The same for callers that hold the book. In a platform scope.

    Two steps, each committed: what was paid ahead is used, also where nothing can be charged then.
    """
    if not _from_prepaid(owner_id, ref, actor=actor, at=at):
        return ""
    with transaction.atomic():
        invoice = _to_collect(owner_id, ref)
        gateway = gateway_for(owner_id, invoice.collected_by)
        if gateway is None:
            raise CannotCollectInvoice("no-gateway")
        parties = Account.objects.in_bulk([owner_id, invoice.debtor_id])
        payment = start_payment(
            creditor=parties[owner_id], payer=parties[invoice.debtor_id], book=invoice.book,
            collected_by=invoice.collected_by, gateway=gateway, invoice=invoice.ref, number=invoice.number_shown,
            amount=invoice.open_minor, currency=invoice.currency, actor=actor, at=at,
        )  # fmt: skip
        return payment.ref


def _from_prepaid(owner_id: int, ref: str, *, actor: Actor, at: datetime) -> bool:
    """Pay an invoice from what its debtor has paid ahead; whether something is left to be charged. As `collect` raises."""
    with transaction.atomic():
        # Before the invoice: two of its invoices would use the same money at the same moment.
        lock_debtors(Invoice.objects.filter(account_id=owner_id, ref=ref).values_list("debtor_id", flat=True))
        invoice = _to_collect(owner_id, ref)
        if Payment.objects.filter(account_id=owner_id, invoice=ref, state__in=IN_FLIGHT).exists():
            raise CannotStartPayment("in-flight")
        use_prepaid(invoice, by=actor.name, at=at)
        return invoice.open_minor > 0


def _to_collect(owner_id: int, ref: str) -> Invoice:
    """An invoice of which something is to be paid here, locked. Raises CannotCollectInvoice."""
    invoice = locked_invoice(owner_id, ref)
    if invoice is None or invoice.state not in (ISSUED, PARTLY_PAID):
        raise CannotCollectInvoice("not-open")
    if invoice.collected_by == NOBODY:
        raise CannotCollectInvoice("nobody")
    return invoice


def collect_issued(*, actor: Actor, at: datetime, size: int = PAGE) -> int:
    """Begin to collect what was issued and nobody has tried yet, by those whose payers can pay; how many. A schedule.

    Of what was tried already, what was paid ahead since is used, and no card is charged: when that is, dunning says.

    `size`: so many invoices are looked for at a time.
    """
    begun = last = 0
    with platform_scope("the installation collects what is due"):
        while page := list(_payable().filter(id__gt=last).values_list("id", "account_id", "ref", "tried")[:size]):
            for number, owner_id, ref, tried in page:
                last = number
                try:
                    if tried:
                        _from_prepaid(owner_id, ref, actor=actor, at=at)
                    else:
                        begun += bool(collect(owner_id=owner_id, ref=ref, actor=actor, at=at))
                except Refusal:
                    continue  # it was paid or changed meanwhile, or the processor takes no such amount
    return begun


def _payable() -> QuerySet[Any]:
    """Issued invoices that nobody has tried to collect and whose debtor has something to pay with, and those that were `tried` and whose
    debtor has paid something ahead, oldest first.

    The others are left out here, in the database: who has entered no card owes invoices for years, and would be asked each time
    before those who have one.
    """
    methods = PaymentMethod.objects.filter(
        account_id=OuterRef("debtor_id"), removed_at__isnull=True, gateway__removed_at__isnull=True,
        gateway__state=GatewayAccount.State.WORKS,
    )  # fmt: skip
    own = Exists(methods.filter(gateway__account_id=OuterRef("account_id")))
    vendors = Exists(methods.filter(gateway__account__kind=VENDOR))
    postings = LedgerPosting.objects.filter(
        account_id=OuterRef("account_id"), debtor_id=OuterRef("debtor_id"), book=OuterRef("book"),
        currency=OuterRef("currency"), code=PREPAID,
    )  # fmt: skip
    ahead = postings.order_by().values("code").annotate(total=Sum("minor")).filter(total__lt=0)
    tried = Payment.objects.filter(account_id=OuterRef("account_id"), invoice=OuterRef("ref"))
    rows = Invoice.objects.filter(kind=INVOICE, state__in=(ISSUED, PARTLY_PAID)).exclude(collected_by=NOBODY)
    able = Q(own, collected_by=OWN) | Q(vendors, collected_by=BY_VENDOR)
    return rows.annotate(tried=Exists(tried)).filter(Q(able, tried=False) | Q(Exists(ahead))).order_by("id")


__all__ = ["CannotCollectInvoice", "collect", "collect_invoice", "collect_issued", "gateway_for"]
