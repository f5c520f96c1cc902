"""Giving money back, all or a part of it: reserved on the payment at once, asked for by a job, asked after until it is known."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, TypeVar

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sublet.billing.gateway import Declined, GatewayFault, Refunded
from sublet.billing.gateway import opened as gate
from sublet.billing.models import Succession
from sublet.billing.models.payments import Dispute, Payment, Refund
from sublet.billing.operations.charges import IN_HAND, payment_for
from sublet.billing.operations.issuing import credit_gross
from sublet.billing.operations.money_moved import (
    invoice_of_payment,
    lock_debtors,
    payable_balance,
    refund_arrived,
    refund_came_back,
)
from sublet.billing.payment_events import (
    AboutRefund,
    RefundFailed,
    RefundLookedAgain,
    RefundParked,
    RefundStarted,
    RefundSucceeded,
)
from sublet.billing.queries.paid_ahead import ASKED, WAITING, standing_beside_waiting
from sublet.core.disputes import Known, is_away
from sublet.core.payments import PROCESSING_WAIT, SUCCEEDED, AmountNotChargeable, ask_again_at, key_of, to_processor
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import PLATFORM, enqueue
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from sublet.foundation.unscoped import past_scope

E = TypeVar("E", bound=AboutRefund)


class CannotRefundPayment(Refusal):
    """No money goes back."""

    SENTENCES: ClassVar = {
        "not-paid": _("This was not paid: there is nothing to give back."),
        "too-much": _("No more can be given back than was paid and is still there."),
        "amount": _("An amount to give back is above zero, and one that the payment processor takes."),
        "disputed": _("The payer’s bank has taken so much of it back: it decides where that goes."),
        "no-credit": _("Only whoever has issued its invoice can credit it."),
    }


class CannotLookAtRefundAgain(Refusal):
    """A refund stays as it is."""

    SENTENCES: ClassVar = {"settled": _("This refund is settled: there is nothing to be found out.")}


def refund_payment(
    *, payment: str, amount: int, reason: str = "", credit: bool = False, once: str = "", actor: Actor, at: datetime
) -> str:
    """Give `amount` (minor units of the payment's currency) back; its reference. The same `once` gives back once.

    With `credit` as much of its invoice is credited as soon as the money is back; without it is owed again.
    Raises NotFound, Forbidden, CannotRefundPayment.
    """
    with transaction.atomic():
        row = payment_for(payment, actor)
        # unscoped: of a payment that the actor may see
        same = Refund.unscoped.filter(account_id=row.account_id, once=once).first() if once else None
        if same is not None:
            if same.payment_id != row.id:
                raise NotFound
            return same.ref
        if row.state != SUCCEEDED:
            raise CannotRefundPayment("not-paid")
        try:
            to_processor(amount, row.currency)
        except AmountNotChargeable:
            raise CannotRefundPayment("amount", field="amount") from None
        if credit and (not row.invoice or actor.account_id != row.account_id):
            raise CannotRefundPayment("no-credit", field="credit")
        if actor.account_id != row.gateway.account_id:
            _leave_to_collector(row, amount)
        _leave_to_bank(row, amount)
        _leave_what_is_gone(row, amount)
        reserve(row, amount)
        number = Refund.unscoped.filter(payment=row).count() + 1  # unscoped: as above
        made = Refund(
            account_id=row.account_id,
            book=row.book,
            collected_by=row.collected_by,
            payment=row,
            amount=amount,
            number=number,
            once=once,
            key=key_of("refund", row.ref, number, amount, row.currency),
            reason=reason[:500],
            credits=credit,
            next_at=at + IN_HAND,
            made_at=at,
            made_by=actor.name[:200],
        )
        made.save(force_insert=True)
        _record(_told(RefundStarted, made, row), row, actor, at, reason)
        _ask_soon(made, actor=actor, at=at)
        return made.ref


def _leave_to_collector(row: Payment, amount: int) -> None:
    """Raise CannotRefundPayment unless `amount` is still owed to the creditor by who collected it for it.

    What has paid the creditor's own invoices meanwhile is the collector's: a creditor that gave it back, out of the collector's
    pocket, would have paid those with nothing. The collector itself may.
    """
    lock_debtors([row.account_id])
    with past_scope("what the collector owes the actor's account, of which the actor gives a part back"):
        # unscoped: as above
        owed = payable_balance(row.gateway.account_id, row.account_id, row.currency)
        going = Refund.unscoped.filter(
            account_id=row.account_id, payment__gateway_id=row.gateway_id, payment__currency=row.currency,
            state__in=WAITING,
        )  # fmt: skip
        owed -= int(going.aggregate(total=Sum("amount"))["total"] or 0)
    if amount > owed:
        raise CannotRefundPayment("too-much", field="amount")


def _leave_to_bank(row: Payment, amount: int) -> None:
    """Raise CannotRefundPayment where the payer's bank has taken so much of it: it would go back twice, and the processor refuses."""
    # unscoped: of a payment that the actor may see
    told = Dispute.unscoped.filter(payment=row).values_list("state", "moves", "amount")
    away = sum(minor for state, moves, minor in told if is_away(Known(state, moves)))
    if away and amount > row.amount - row.refunded - away:
        raise CannotRefundPayment("disputed", field="amount")


def _leave_what_is_gone(row: Payment, amount: int) -> None:
    """Raise CannotRefundPayment where not so much of it is there any more: a transfer gave it back. What other refunds wait for is theirs.

    What was paid ahead to a reseller that is merged is its successor's, of whose book nothing is asked here.
    """
    lock_debtors([row.payer_id])
    with platform_scope("what is there of a payment that the actor may see, in the creditor's book"):
        there = standing_beside_waiting(row.account_id, row.payer_id, row.book, row.currency)
        missing = there.without(amount, row.invoice)[0].beyond
        if missing and not Succession.objects.filter(account_id=row.account_id).exists():
            raise CannotRefundPayment("too-much", field="amount")


def reserve(row: Payment, amount: int) -> None:
    """Take `amount` out of what can be given back: one statement with its condition, and the table's own besides.

    Raises CannotRefundPayment.
    """
    # unscoped: a payment that the caller holds
    free = Payment.unscoped.filter(id=row.id, state=SUCCEEDED, refunded__lte=F("amount") - amount)
    if not free.update(refunded=F("refunded") + amount):
        raise CannotRefundPayment("too-much", field="amount")


def _ask_soon(row: Refund, *, actor: Actor, at: datetime) -> None:
    payload = {"refund": row.ref}
    enqueue("billing.refund", account_id=PLATFORM, actor=actor, at=at, payload=payload, key=f"refund:{row.ref}")


def send_refund(*, refund: str, actor: Actor, at: datetime) -> str:
    """Ask the processor for a refund, or after it; its state then. A job of the installation, in its scope."""
    with transaction.atomic():
        row = _locked(refund)
        if row is None or row.state not in ASKED:
            return row.state if row else ""
        asked = row.state != Refund.State.STARTED
        if not asked:
            row.state = Refund.State.UNKNOWN
        row.tries += 1
        row.next_at = at + IN_HAND
        row.save(update_fields=["state", "tries", "next_at"])
    try:
        found = _ask(row, asked)
    except GatewayFault as fault:
        return _no_answer(row, fault, actor=actor, at=at)
    with transaction.atomic():
        return settle_refund(row.id, found, actor=actor, at=at)


def _ask(row: Refund, asked: bool) -> Refunded:
    """As `charges._ask`: only the order itself can fail by the processor's no. Raises GatewayFault."""
    payment = row.payment
    opened = gate.open_gateway(payment.gateway)
    if row.named:
        return opened.refunded(row.named)
    found = opened.find_refund(intent=payment.intent, refund=row.ref) if asked else None
    if found is not None:
        return found
    try:
        return opened.refund(
            key=row.key, intent=payment.intent, amount=row.amount, currency=payment.currency, refund=row.ref
        )
    except Declined as fault:
        return Refunded("", "failed", row.amount, payment.currency, payment.intent, row.ref, fault.code)


def _no_answer(row: Refund, fault: GatewayFault, *, actor: Actor, at: datetime) -> str:
    with transaction.atomic():
        now = _locked(row.ref)
        if now is None or now.state not in ASKED:
            return now.state if now else ""
        now.code, now.next_at = fault.code, ask_again_at(now.tries, at)
        if now.next_at is None:
            now.state = Refund.State.PARKED
            _record(_told(RefundParked, now, now.payment), now.payment, actor, at)
        now.save(update_fields=["state", "code", "next_at"])
        return now.state


def settle_refund(refund_id: int, found: Refunded, *, actor: Actor, at: datetime) -> str:
    """Write down what the processor says about a refund, with all that follows; its state then. Inside a transaction."""
    # unscoped: a job of the installation, for the refund that it names
    rows = Refund.unscoped.select_for_update(of=("self",)).select_related("payment__payer", "payment__gateway")
    row = rows.get(id=refund_id)
    if found.id and not row.named:
        row.named = found.id
    over = (Refund.State.SUCCEEDED, Refund.State.FAILED)
    # A refund that went through can still come back (the card is gone): then it failed after all.
    if row.state == found.state or row.state == Refund.State.FAILED or (row.state in over and found.state == "pending"):
        row.save(update_fields=["named"])
        return row.state
    before, payment = row.state, row.payment
    row.state, row.code = found.state, found.code
    row.next_at = at + PROCESSING_WAIT if found.state == "pending" else None
    row.settled_at = at if row.state in over else None
    row.save()
    if row.state == Refund.State.SUCCEEDED:
        refund_arrived(row, at=at)
        _record(_told(RefundSucceeded, row, payment), payment, actor, at)
        invoice = invoice_of_payment(payment) if row.credits else None
        if invoice is not None:
            credit_gross(invoice, row.amount, row.reason or gettext("Given back"), actor=actor, at=at)
    elif row.state == Refund.State.FAILED:
        # unscoped: as above
        Payment.unscoped.filter(id=payment.id).update(refunded=F("refunded") - row.amount)
        if before == Refund.State.SUCCEEDED:
            refund_came_back(row, at=at)
        _record(_told(RefundFailed, row, payment, code=row.code), payment, actor, at)
    return row.state


def note_refund(found: Refunded, payment: Payment, *, actor: Actor, at: datetime) -> None:
    """A refund that the processor tells of: ours, or one that somebody made in the processor's own pages. In a transaction."""
    # unscoped: of a payment that the caller found
    rows = Refund.unscoped.filter(payment=payment)
    row = rows.filter(ref=found.refund).first() if found.refund else rows.filter(named=found.id).first()
    if row is None:
        if found.state == "failed" or found.refund:
            return
        reserve(payment, found.amount)
        row = Refund(
            account_id=payment.account_id,
            book=payment.book,
            collected_by=payment.collected_by,
            payment=payment,
            amount=found.amount,
            number=rows.count() + 1,
            key=key_of("refund-there", payment.gateway.ref, found.id),
            named=found.id,
            state=Refund.State.UNKNOWN,
            made_at=at,
            made_by=payment.gateway.title[:200],
        )
        row.save(force_insert=True)
        _record(_told(RefundStarted, row, payment), payment, actor, at)
    settle_refund(row.id, found, actor=actor, at=at)


def look_at_refund_again(*, payment: str, refund: str, actor: Actor, at: datetime) -> None:
    """Have a refund of a payment asked after once more. Raises NotFound, Forbidden, CannotLookAtRefundAgain."""
    with transaction.atomic():
        paid = payment_for(payment, actor)
        # unscoped: of a payment that the actor may see
        row = Refund.unscoped.select_for_update(of=("self",)).filter(ref=refund, payment=paid).first()
        if row is None:
            raise NotFound
        if row.state in (Refund.State.SUCCEEDED, Refund.State.FAILED):
            raise CannotLookAtRefundAgain("settled")
        row.state = Refund.State.UNKNOWN if row.state == Refund.State.PARKED else row.state
        row.tries, row.next_at = 0, at + IN_HAND
        row.save(update_fields=["state", "tries", "next_at"])
        _record(_told(RefundLookedAgain, row, paid), paid, actor, at)
        _ask_soon(row, actor=actor, at=at)


def ask_unknown_refunds(*, actor: Actor, at: datetime) -> int:
    """As `charges.ask_unknown`."""
    # unscoped: of the whole installation
    due = list(Refund.unscoped.filter(next_at__lte=at, state__in=ASKED).order_by("next_at")[:500])
    with transaction.atomic():
        for row in due:
            _ask_soon(row, actor=actor, at=at)
    return len(due)


def _locked(ref: str) -> Refund | None:
    # unscoped: a job of the installation, for the refund that it names
    rows = Refund.unscoped.select_for_update(of=("self",)).select_related("payment__payer", "payment__gateway")
    return rows.filter(ref=ref).first()


def _told(event: type[E], row: Refund, payment: Payment, **more: object) -> E:
    payer = payment.payer
    about = {
        "ref": payer.ref, "name": payer.name, "payment": payment.ref, "invoice": payment.invoice, "number": payment.number,
        "refund": row.ref,
    }  # fmt: skip
    return event(**about, **more)  # type: ignore[arg-type]  # the event's own fields, by name


def _record(event: AboutRefund, row: Payment, actor: Actor, at: datetime, reason: str = "") -> None:
    record(event, account_id=row.payer_id, parent_id=row.account_id, actor=actor, at=at, reason=reason)


__all__ = [
    "CannotLookAtRefundAgain",
    "CannotRefundPayment",
    "ask_unknown_refunds",
    "look_at_refund_again",
    "note_refund",
    "refund_payment",
    "send_refund",
    "settle_refund",
]
