"""What is said before an invoice is written off: how much, and what follows."""

from __future__ import annotations

from dataclasses import dataclass

from sublet.accounts.models import Account
from sublet.billing.models import DunningCase, Payment
from sublet.billing.models.invoices import INVOICE
from sublet.billing.models.terms import NOBODY
from sublet.billing.queries.former import parties_told
from sublet.billing.queries.invoices import invoice_of
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.core.payments import IN_FLIGHT, NEEDS_ACTION
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.unscoped import past_scope


@dataclass(frozen=True, slots=True)
class WriteOffAsked:
    """What would be written off, in minor units of `currency`: `minor` is lost, `ahead_minor` is paid from what was paid ahead.

    `rests`: a plan rests because of it, of which somebody decides. `on_its_way`: a payment may arrive yet.
    """

    ref: str
    number: str
    party: str
    currency: str
    minor: int
    ahead_minor: int
    rests: bool
    on_its_way: bool


def write_off_asked(ref: str, actor: Actor) -> WriteOffAsked:
    """What would follow for an invoice of the actor's own book (``billing:manage``). Six statements. Raises Forbidden, NotFound."""
    actor.require("billing:manage")
    invoice = invoice_of(ref, actor)
    if invoice.account_id != actor.account_id or invoice.kind != INVOICE or invoice.number is None:
        raise NotFound
    there = prepaid_balance(invoice.account_id, invoice.debtor_id, invoice.book, invoice.currency)
    still = max(invoice.open_minor, 0)
    ahead = min(there, still) if invoice.collected_by != NOBODY else 0
    with past_scope("who owes may have left; what of it rests is asked next"):
        # unscoped: as above
        kind = Account.unscoped.values_list("kind", flat=True).get(id=invoice.debtor_id)
    holds = DunningCase.objects.filter(invoice_id=invoice.id, holds=True).exists()
    payments = Payment.objects.filter(account_id=invoice.account_id, invoice=invoice.ref, state__in=IN_FLIGHT)
    return WriteOffAsked(
        invoice.ref, invoice.number_shown, parties_told(actor, {invoice.debtor_id})[invoice.debtor_id].name,
        invoice.currency, still - ahead, ahead, holds and kind != RESELLER, payments.exclude(state=NEEDS_ACTION).exists(),
    )  # fmt: skip


__all__ = ["WriteOffAsked", "write_off_asked"]
