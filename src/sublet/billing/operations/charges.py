"""Collecting what is owed: an attempt is written down before anything is asked of the processor, and asked after until it is
known what became of it.

Killed between any two lines it goes on where it stood: an attempt without an answer is *unknown*, and what is unknown is asked
after by our reference before it is asked for again, under the same key. After some hours without an answer it is *parked*: a
person has it looked at again, or gives it up, which asks once more and lets nothing succeed later.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import ClassVar, Final, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.gateway import (
    LONGEST_CALL,
    MOST_CALLS,
    Charged,
    Declined,
    Gateway,
    GatewayFault,
    NoAnswer,
    Order,
)
from sublet.billing.gateway import opened as gate
from sublet.billing.models.payments import GatewayAccount, Payment, PaymentMethod
from sublet.billing.operations.methods import customer_at
from sublet.billing.operations.money_moved import payment_arrived, still_owed
from sublet.billing.payment_events import (
    AboutPayment,
    PaymentFailed,
    PaymentLookedAgain,
    PaymentNeedsAction,
    PaymentParked,
    PaymentStarted,
    PaymentSucceeded,
)
from sublet.billing.queries.collectors import gateway_behind
from sublet.core.payments import (
    ASKED_AGAIN,
    FAILED,
    IN_FLIGHT,
    NEEDS_ACTION,
    PARKED,
    PROCESSING,
    PROCESSING_WAIT,
    STARTED,
    SUCCEEDED,
    UNKNOWN,
    AmountNotChargeable,
    ask_again_at,
    charge_key,
    settled,
    to_processor,
)
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import PLATFORM, enqueue
from sublet.foundation.journal.operations import record

E = TypeVar("E", bound=AboutPayment)

#: While one process may still be waiting for an answer, no other asks, and nobody takes it that nothing was asked for.
IN_HAND: Final = LONGEST_CALL * MOST_CALLS + timedelta(minutes=1)
GATEWAY_SAID_NO: Final = "gateway"
GIVEN_UP: Final = "given-up"
NOT_OWED: Final = "not-owed"


class CannotStartPayment(Refusal):
    """Nothing is collected."""

    SENTENCES: ClassVar = {
        "in-flight": _("This invoice is being paid already. Wait until that is settled."),
        "no-method": _("There is no way of paying yet. Send a link with which one is entered."),
        "no-gateway": _("There is no working account at the payment processor."),
        "amount": _("The payment processor takes no such amount."),
        "currency": _("The payment processor cannot collect in this currency."),
    }


class CannotLookAgain(Refusal):
    """A payment stays as it is."""

    SENTENCES: ClassVar = {"settled": _("This payment is settled: there is nothing to be found out.")}


def default_method(payer_id: int, gateway: GatewayAccount) -> PaymentMethod | None:
    """By what an account pays at that gateway."""
    # unscoped: the payer may be another's, and is the caller's to name
    rows = PaymentMethod.unscoped.filter(account_id=payer_id, gateway=gateway, removed_at__isnull=True)
    return rows.order_by("-is_default", "-id").first()


def start_payment(
    *,
    creditor: Account,
    payer: Account,
    book: str,
    collected_by: str,
    gateway: GatewayAccount,
    invoice: str,
    number: str,
    amount: int,
    currency: str,
    actor: Actor,
    at: datetime,
) -> Payment:
    """Begin to collect `amount` (minor units) by the payer's stored way of paying; a job asks the processor.

    For callers that hold the accounts, and know that so much is owed. In a transaction. Raises CannotStartPayment.
    """
    method = default_method(payer.id, gateway)
    if gateway.removed_at is not None or gateway.state != GatewayAccount.State.WORKS:
        raise CannotStartPayment("no-gateway")
    if method is None:
        raise CannotStartPayment("no-method")
    row = write_payment(
        creditor=creditor, payer=payer, book=book, collected_by=collected_by, gateway=gateway, method=method, invoice=invoice,
        number=number, amount=amount, currency=currency, actor=actor, at=at,
    )  # fmt: skip
    _record(_told(PaymentStarted, row, payer), row, actor, at)
    ask_soon(row, actor=actor, at=at)
    return row


def write_payment(
    *,
    creditor: Account,
    payer: Account,
    book: str,
    collected_by: str,
    gateway: GatewayAccount,
    method: PaymentMethod | None,
    invoice: str,
    number: str,
    amount: int,
    currency: str,
    actor: Actor,
    at: datetime,
) -> Payment:
    """The row of an attempt, before anything is asked for. In a transaction. Raises CannotStartPayment."""
    try:
        to_processor(amount, currency)
    except AmountNotChargeable:
        raise CannotStartPayment("amount", field="amount") from None
    # unscoped: the creditor may be above the payer whose scope this is
    before = Payment.unscoped.filter(account=creditor, payer=payer, invoice=invoice)
    attempt = before.count() + 1
    row = Payment(
        account=creditor,
        book=book,
        payer=payer,
        collected_by=collected_by,
        gateway=gateway,
        method=method,
        invoice=invoice,
        number=number[:60],
        amount=amount,
        currency=currency,
        attempt=attempt,
        key=charge_key(
            creditor=creditor.ref, payer=payer.ref, invoice=invoice, attempt=attempt, amount=amount, currency=currency
        ),
        state=STARTED,
        next_at=at + IN_HAND,
        in_hand_until=at + IN_HAND if method is None else None,  # whoever writes it has a page made for it now
        made_at=at,
        made_by=actor.name[:200],
    )
    try:
        # Within a transaction of its own: the conflict undoes this row alone, and the refusal can be told.
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise CannotStartPayment("in-flight") from None
    return row


def ask_soon(row: Payment, *, actor: Actor, at: datetime) -> None:
    """Have a job ask the processor. In the caller's transaction."""
    payload = {"payment": row.ref}
    enqueue("billing.charge", account_id=PLATFORM, actor=actor, at=at, payload=payload, key=f"charge:{row.ref}")


def charge(*, payment: str, actor: Actor, at: datetime) -> str:
    """Ask the processor for a payment, or after it; its state then. A job of the installation, in its scope.

    Never raises for what the processor or the network does: the state says it, and `ask_unknown` comes again.
    """
    with transaction.atomic():
        row = _locked(payment)
        if row is None or not _is_asked(row) or _is_in_hand(row, at):
            return row.state if row else ""
        if row.state == STARTED and row.method is not None and still_owed(row) < row.amount:
            return _less_is_owed(row, actor=actor, at=at)
        asked = row.state != STARTED
        if row.state == STARTED:
            row.state = UNKNOWN  # from here on it may have happened
        row.tries += 1
        row.next_at = row.in_hand_until = at + IN_HAND
        row.save(update_fields=["state", "tries", "next_at", "in_hand_until"])
    try:
        found = _ask(row, asked)
    except GatewayFault as fault:
        return _no_answer(row, fault, actor=actor, at=at)
    with transaction.atomic():
        return settle(row.id, found, actor=actor, at=at)


def _less_is_owed(row: Payment, *, actor: Actor, at: datetime) -> str:
    """End a locked attempt that nobody was asked for yet, and begin another one for what is owed now, if anything is."""
    owed = still_owed(row)
    state = settle(row.id, _failed(row, NOT_OWED), actor=actor, at=at)
    if owed > 0:
        with suppress(CannotStartPayment):  # no way of paying any more, or no such amount: it stays owed
            start_payment(
                creditor=row.account, payer=row.payer, book=row.book, collected_by=row.collected_by, gateway=row.gateway,
                invoice=row.invoice, number=row.number, amount=owed, currency=row.currency, actor=actor, at=at,
            )  # fmt: skip
    return state


def _is_asked(row: Payment) -> bool:
    """Whether asking the processor can say more."""
    return row.state in ASKED_AGAIN or (row.state == NEEDS_ACTION and bool(row.hosted))


def _is_in_hand(row: Payment, at: datetime) -> bool:
    """Whether a process may still be waiting for an answer about it: what that has ordered, nobody can find yet."""
    return row.in_hand_until is not None and row.in_hand_until > at


def let_go(row: Payment) -> None:
    """It is in that process's hand no longer, and nothing was learned; nothing where it is in another's since."""
    # unscoped: a payment that the caller holds
    Payment.unscoped.filter(id=row.id, in_hand_until=row.in_hand_until).update(in_hand_until=None)


def _ask(row: Payment, asked: bool) -> Charged:
    """What the processor has of a payment, ordered where it has nothing. Raises GatewayFault where that is not known.

    Only the order itself can fail by the processor's no. When it declines a question (another key, a right that was taken
    away, a thing it does not find) the money may have been taken all the same.
    """
    opened = gate.open_gateway(row.gateway)
    if row.hosted:
        return _of_page(row, opened)
    if row.intent:
        return opened.charged(row.intent)
    customer = customer_at(row.gateway, row.payer, opened)
    if asked:
        found = opened.find_charge(customer=customer, payment=row.ref, since=row.made_at)
        if found is not None:
            return found
    if row.method is None:
        return _failed(row, "no-method")
    order = Order(
        payment=row.ref, invoice=row.invoice, amount=row.amount, currency=row.currency, customer=customer,
        method=row.method.named, kind=row.method.kind, words=row.number or row.ref,
    )  # fmt: skip
    try:
        return opened.charge(order, key=row.key)
    except Declined as fault:
        # Not the bank, but the processor, which does not take the order.
        return _failed(row, fault.code or GATEWAY_SAID_NO, fault.words)


def _failed(row: Payment, code: str, words: str = "") -> Charged:
    """That nothing was taken, as if the processor had said so."""
    return Charged("", FAILED, row.amount, row.currency, row.ref, code=code, words=words)


def _of_page(row: Payment, opened: Gateway) -> Charged:
    """A payment on the processor's page: while the page is open a bank's no is not the end, the payer tries another card."""
    outcome = opened.outcome(row.hosted)
    intent = outcome.intent or row.intent
    waits = Charged(intent, NEEDS_ACTION, row.amount, row.currency, row.ref)
    if not intent:
        return (
            waits if outcome.state == "open" else Charged("", FAILED, row.amount, row.currency, row.ref, code="expired")
        )
    found = opened.charged(intent)
    if outcome.state == "open" and found.state == FAILED:
        return waits
    if outcome.state == "gone" and found.state == NEEDS_ACTION:
        return opened.cancel(intent)
    return found


def _no_answer(row: Payment, fault: GatewayFault, *, actor: Actor, at: datetime) -> str:
    with transaction.atomic():
        now = _locked(row.ref)
        if now is None or not _is_asked(now):
            return now.state if now else ""
        again = ask_again_at(now.tries, at)
        if again is None:
            return _park(now, "no-answer", fault.words, actor=actor, at=at)
        now.state = now.state if now.state in (PROCESSING, NEEDS_ACTION) else UNKNOWN
        now.code, now.words, now.next_at, now.in_hand_until = fault.code, fault.words, again, None
        now.save(update_fields=["state", "code", "words", "next_at", "in_hand_until"])
        return now.state


def _park(row: Payment, code: str, words: str, *, actor: Actor, at: datetime) -> str:
    row.state, row.code, row.words, row.next_at, row.in_hand_until = PARKED, code, words, None, None
    row.save(update_fields=["state", "code", "words", "next_at", "in_hand_until"])
    _record(_told(PaymentParked, row, row.payer, code=code), row, actor, at)
    return row.state


def settle(payment_id: int, found: Charged, *, actor: Actor, at: datetime, as_paid: bool = False) -> str:
    """Write down what the processor says about a payment, with all that follows; its state then. Inside a transaction.

    Once, twice, in any order: the same. What was paid must be what was asked for, to the last unit; else it is parked, until a
    person has seen it and takes it `as_paid`.
    """
    row = _locked_by_id(payment_id)
    before = row.state
    said = settled(before, found.state)
    row.in_hand_until = None
    if found.id and not row.intent:
        row.intent = found.id
    if found.fee and found.fee_currency:
        row.fee, row.fee_currency = found.fee, found.fee_currency
    other = (found.amount, found.currency) != (row.amount, row.currency)
    if as_paid and said == SUCCEEDED and before == PARKED and found.amount > 0:
        row.amount, row.currency = found.amount, found.currency
    elif said in (SUCCEEDED, PROCESSING) and other:
        row.save()
        return row.state if before == PARKED else _park(row, "other-amount", "", actor=actor, at=at)
    if said == before:
        waits = said == PROCESSING or (said == NEEDS_ACTION and row.hosted)
        row.next_at = at + PROCESSING_WAIT if waits else row.next_at if said in ASKED_AGAIN else None
        row.save()
        return said
    row.state = said
    row.code, row.words = (found.code, found.words) if said in (FAILED, NEEDS_ACTION) else ("", "")
    row.next_at = {PROCESSING: at + PROCESSING_WAIT, UNKNOWN: at + IN_HAND}.get(said)
    if said == NEEDS_ACTION and row.hosted:
        row.next_at = at + PROCESSING_WAIT
    if said in (SUCCEEDED, FAILED):
        row.settled_at = at
    row.save()
    if said == SUCCEEDED:
        payment_arrived(row, at=at)
        _record(_told(PaymentSucceeded, row, row.payer), row, actor, at)
    elif said == FAILED:
        _record(_told(PaymentFailed, row, row.payer, code=row.code), row, actor, at)
    elif said == NEEDS_ACTION:
        _record(_told(PaymentNeedsAction, row, row.payer), row, actor, at)
    return said


def ask_unknown(*, actor: Actor, at: datetime) -> int:
    """Have every payment asked after whose time has come; how many. A schedule of the installation."""
    # unscoped: of the whole installation
    due = list(
        Payment.unscoped.filter(next_at__lte=at, state__in=(*ASKED_AGAIN, NEEDS_ACTION)).order_by("next_at")[:500]
    )
    with transaction.atomic():
        for row in due:
            ask_soon(row, actor=actor, at=at)
    return len(due)


def look_again(*, payment: str, actor: Actor, at: datetime) -> None:
    """Have a payment asked after once more that nobody knows about. Raises NotFound, Forbidden, CannotLookAgain."""
    with transaction.atomic():
        row = payment_for(payment, actor)
        if row.state not in IN_FLIGHT:
            raise CannotLookAgain("settled")
        if row.state == PARKED:
            row.state = UNKNOWN
        row.tries, row.next_at = 0, at + IN_HAND
        row.save(update_fields=["state", "tries", "next_at"])
        _record(_told(PaymentLookedAgain, row, row.payer, giving_up=False), row, actor, at)
        ask_soon(row, actor=actor, at=at)


def give_up(*, payment: str, actor: Actor, at: datetime) -> None:
    """Let a payment end: a job asks once more, and sees to it that it cannot succeed later. Raises as `look_again`.

    It waits for whoever is asking at that moment. Of one that is parked because another amount was paid, that amount is booked:
    on the invoice as far as it is open, the rest is paid ahead.
    """
    with transaction.atomic():
        row = payment_for(payment, actor)
        if row.state not in IN_FLIGHT:
            raise CannotLookAgain("settled")
        _record(_told(PaymentLookedAgain, row, row.payer, giving_up=True), row, actor, at)
        end_soon(row, actor=actor, at=at)


def end_soon(row: Payment, *, actor: Actor, at: datetime) -> None:
    """Have a job end a payment, once whoever asks about it now is back. In the caller's transaction, which records why."""
    enqueue(
        "billing.give_up", account_id=PLATFORM, actor=actor, at=at,
        payload={"payment": row.ref}, key=f"give-up:{row.ref}", run_at=row.in_hand_until,
    )  # fmt: skip


def end_payment(*, payment: str, actor: Actor, at: datetime, as_paid: bool = False) -> str:
    """Do that: what the processor has is canceled there; where it has nothing, nothing happened. Its state then.

    `as_paid`: where another amount was paid than was asked for, that amount was paid (see `settle`).

    Raises NoAnswer, also while another process may be waiting for an answer, and Declined: the job tries again, and nothing is
    given up before it is known.
    """
    with transaction.atomic():
        row = _locked(payment)
        if row is None or row.state not in IN_FLIGHT:
            return row.state if row else ""
        if _is_in_hand(row, at):
            raise NoAnswer("in-hand")
        if row.state == STARTED:
            return settle(row.id, _failed(row, GIVEN_UP), actor=actor, at=at)  # nobody was asked for anything
        row.in_hand_until = at + IN_HAND
        row.save(update_fields=["in_hand_until"])
    try:
        found = _end(row)
    except GatewayFault:
        let_go(row)
        raise
    with transaction.atomic():
        return settle(row.id, found, actor=actor, at=at, as_paid=as_paid)


def _end(row: Payment) -> Charged:
    opened = gate.open_gateway(row.gateway)
    if row.hosted:
        opened.close_page(row.hosted)
    intent = row.intent or (opened.outcome(row.hosted).intent if row.hosted else "")
    if not intent and not row.hosted:
        customer = customer_at(row.gateway, row.payer, opened)
        found = opened.find_charge(customer=customer, payment=row.ref, since=row.made_at)
        intent = found.id if found is not None else ""
    return opened.cancel(intent) if intent else _failed(row, GIVEN_UP)


def payment_for(ref: str, actor: Actor) -> Payment:
    """A payment that is owed to the actor's account, or that it collects, locked. Raises NotFound, Forbidden."""
    actor.require("billing:manage")
    if actor.impersonator is not None:
        actor.require_in_person()
    rows = Payment.objects.select_for_update(of=("self",)).select_related("account", "payer", "method")
    row = rows.filter(ref=ref).first()
    if row is None:
        raise NotFound
    row.gateway = gateway_behind(row)
    if actor.account_id not in (row.account_id, row.gateway.account_id):
        raise NotFound
    if not (actor.reaches(row.payer_id) or row.payer_id == actor.account_id):
        raise NotFound
    return row


def _locked(ref: str) -> Payment | None:
    # unscoped: a job of the installation, for the payment that it names
    rows = Payment.unscoped.select_for_update(of=("self",)).select_related("account", "payer", "gateway", "method")
    return rows.filter(ref=ref).first()


def _locked_by_id(payment_id: int) -> Payment:
    # unscoped: as above
    rows = Payment.unscoped.select_for_update(of=("self",)).select_related("account", "payer", "gateway", "method")
    return rows.get(id=payment_id)


def _told(event: type[E], row: Payment, payer: Account, **more: object) -> E:
    about = {"ref": payer.ref, "name": payer.name, "payment": row.ref, "invoice": row.invoice, "number": row.number}
    return event(**about, **more)  # type: ignore[arg-type]  # the event's own fields, by name


def _record(event: AboutPayment, row: Payment, actor: Actor, at: datetime) -> None:
    # The creditor is told: who stands above the payer by now has nothing to do with it.
    record(event, account_id=row.payer_id, parent_id=row.account_id, actor=actor, at=at)


__all__ = [
    "CannotLookAgain",
    "CannotStartPayment",
    "ask_soon",
    "ask_unknown",
    "charge",
    "default_method",
    "end_payment",
    "end_soon",
    "give_up",
    "let_go",
    "look_again",
    "payment_for",
    "settle",
    "start_payment",
]
