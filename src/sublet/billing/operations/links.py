"""The link with which somebody enters an account's way of paying, or pays, without logging in: used once, and over in time.

Whoever has it sees what the account is called and whom it pays, and nothing else; what is entered goes to the processor.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.gateway import GatewayFault, Order
from sublet.billing.gateway import opened as gate
from sublet.billing.models.invoices import ISSUED, PARTLY_PAID, Invoice
from sublet.billing.models.payments import GatewayAccount, Payment, PaymentLink
from sublet.billing.operations.charges import charge, end_payment, let_go, write_payment
from sublet.billing.operations.methods import customer_at, keep_method
from sublet.billing.operations.money_moved import still_owed
from sublet.billing.payment_events import PaymentLinkMade, PaymentLinkRevoked, PaymentStarted
from sublet.billing.queries.collectors import collectors_of, leads_to_creditor
from sublet.branding.queries import origin, primary_host
from sublet.core.payments import (
    CARD,
    IN_FLIGHT,
    MOST_PAGES,
    NEEDS_ACTION,
    PROCESSING,
    PROCESSING_WAIT,
    SEPA,
    SUCCEEDED,
    key_of,
)
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.locales import day_in_words
from sublet.messaging.operations import queue_mail
from sublet.people.queries.links import hash_token

LIFETIME: Final = timedelta(days=7)
#: A link to one invoice stands in a mail that is read later, and opens nothing but what is owed.
TO_PAY: Final = timedelta(days=14)
MAIL: Final = "payment-method-asked"


class CannotSendPaymentLink(Refusal):
    """No link is made."""

    SENTENCES: ClassVar = {
        "no-gateway": _("Connect your account at the payment processor first, and wait until it has answered."),
        "not-collecting": _("There is no working account at the payment processor."),
        "closed": _("This account is closed."),
        "email": _("This is not an e-mail address."),
    }


class CannotUsePaymentLink(Refusal):
    """The link leads nowhere: used, over, taken back, or never there. One sentence for all but what the processor says."""

    SENTENCES: ClassVar = {
        "gone": _("This link cannot be used any more. Ask for a new one."),
        "processor": _("The payment processor does not answer at the moment. Try again in a few minutes."),
    }
    status = 410


@dataclass(frozen=True, slots=True)
class MadeLink:
    """The address is told once."""

    ref: str
    url: str
    expires_at: datetime


def payer_of(ref: str, actor: Actor) -> Account:
    """An account that the actor may collect from, locked: directly below it (``billing:manage``). Raises NotFound, Forbidden."""
    if actor.account_kind not in (RESELLER, VENDOR):
        raise NotFound
    actor.require("billing:manage")
    if actor.impersonator is not None:
        actor.require_in_person()
    row = Account.objects.select_for_update(of=("self",)).filter(ref=ref, parent_id=actor.account_id).first()
    if row is None or not actor.reaches(row.id):
        raise NotFound
    return row


def own_gateway(account_id: int) -> GatewayAccount | None:
    """By which account at a processor that one collects, if by any that works."""
    # unscoped: also asked for the account above a payer
    rows = GatewayAccount.unscoped.filter(account_id=account_id, removed_at__isnull=True)
    return rows.filter(state=GatewayAccount.State.WORKS).first()


def make_link(*, payer: str, send_to: str = "", actor: Actor, at: datetime) -> MadeLink:
    """Let the account below enter its way of paying by itself, where it is collected from; the links before lead nowhere any more.

    `send_to`: whom it is mailed to, in the reseller's name. Raises NotFound, Forbidden, CannotSendPaymentLink.
    """
    if send_to:
        try:
            validate_email(send_to)
        except ValidationError:
            raise CannotSendPaymentLink("email", field="send_to") from None
    with transaction.atomic():
        account = payer_of(payer, actor)
        collector = collectors_of(actor.account_id, [account.id], at=at)[account.id]
        if account.state == "closed":
            raise CannotSendPaymentLink("closed")
        if collector.gateway is None or not collector.works:
            raise CannotSendPaymentLink("not-collecting" if collector.by_vendor else "no-gateway")
        gateway = collector.gateway
        made = write_link(account, gateway, send_to=send_to, payment=None, actor=actor, at=at)
        told = PaymentLinkMade(ref=account.ref, name=account.name, link=made.ref, mailed=bool(send_to))
        record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
        return made


def write_link(
    account: Account,
    gateway: GatewayAccount,
    *,
    send_to: str,
    payment: Payment | None,
    invoice: str = "",
    actor: Actor,
    at: datetime,
) -> MadeLink:
    """Store a link and queue its mail, in the caller's transaction; the caller records it (of a reminder that it was sent).

    For `payment`, or for all that is open of `invoice`, or to enter a way of paying. Those before for the same end.
    """
    # unscoped: the account is the caller's
    waiting = PaymentLink.unscoped.filter(
        account=account, gateway=gateway, invoice=invoice, used_at__isnull=True, revoked_at__isnull=True
    )
    waiting.update(revoked_at=at)
    token = secrets.token_urlsafe(32)
    row = PaymentLink(
        account=account,
        gateway=gateway,
        token_hash=hash_token(token),
        payment=payment,
        invoice=invoice,
        sent_to=send_to,
        made_at=at,
        made_by=actor.name[:200],
        expires_at=at + (TO_PAY if invoice else LIFETIME),
    )
    row.save(force_insert=True)
    path = reverse("pay-link", urlconf="sublet.config.urls_brand", kwargs={"token": token})
    url = origin(primary_host(account.id)) + path
    if send_to:
        _mail(row, account, send_to, url, actor, at)
    return MadeLink(row.ref, url, row.expires_at)


def _mail(row: PaymentLink, account: Account, to: str, url: str, actor: Actor, at: datetime) -> None:
    with translation.override(account.language or "en"):
        day = day_in_words(row.expires_at.astimezone(ZoneInfo(account.timezone)))
    queue_mail(
        template=MAIL,
        account_id=account.id,
        to_email=to,
        to_name=account.contact_name or account.name,
        language=account.language,
        context={"person": account.contact_name or account.name, "account": account.name, "day": day, "url": url},
        key=f"{MAIL}:{row.ref}",
        actor=actor,
        at=at,
        secret=True,
    )


def revoke_link(*, link: str, actor: Actor, at: datetime) -> None:
    """Let a link that nobody has used lead nowhere. Raises NotFound, Forbidden."""
    with transaction.atomic():
        row = PaymentLink.objects.select_for_update(of=("self",)).select_related("account").filter(ref=link).first()
        if row is None:
            raise NotFound
        payer_of(row.account.ref, actor)
        if row.used_at is not None or row.revoked_at is not None:
            raise NotFound
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        told = PaymentLinkRevoked(ref=row.account.ref, name=row.account.name, link=row.ref)
        record(told, account_id=row.account_id, parent_id=row.account.parent_id, actor=actor, at=at)


def _good(token: str, at: datetime) -> PaymentLink:
    """The link, locked, if it can be used. Raises CannotUsePaymentLink."""
    rows = PaymentLink.objects.select_for_update(of=("self",)).select_related("account", "gateway")
    row = rows.filter(token_hash=hash_token(token)).first()
    if row is None or row.used_at or row.revoked_at or row.expires_at <= at or row.opened >= MOST_PAGES:
        raise CannotUsePaymentLink("gone")
    if row.gateway.removed_at is not None or row.account.state == "closed" or not leads_to_creditor(row, at=at):
        raise CannotUsePaymentLink("gone")
    return row


def begin_entering(*, token: str, done: str, back: str, language: str, actor: Actor, at: datetime) -> str:
    """The address of the processor's page on which the way of paying is entered. In a platform scope; waits for the network.

    Leaves no journal entry: what is entered does. Raises CannotUsePaymentLink, NoAnswer, Declined.
    """
    with transaction.atomic():
        row = _good(token, at)
        if row.is_to_pay:  # whom it leads to need not be whom the account pays
            raise CannotUsePaymentLink("gone")
        row.opened += 1
        row.save(update_fields=["opened"])
    opened = gate.open_gateway(row.gateway)
    customer = customer_at(row.gateway, row.account, opened)
    kinds = (CARD, SEPA) if row.account.currency == "EUR" else (CARD,)
    page = opened.enter_method(
        key=key_of("page", row.ref, row.opened), customer=customer, kinds=kinds, asked_for=row.ref, done=done, back=back,
        language=language, currency=row.account.currency,
    )  # fmt: skip
    with transaction.atomic():
        PaymentLink.objects.filter(id=row.id, used_at__isnull=True).update(hosted=page.id)
    return page.url


def finish_entering(*, token: str, actor: Actor, at: datetime) -> bool:
    """Whether somebody has entered a way of paying by the link; then it is kept, and the link is used. In a platform scope.

    Waits for the network. Raises NoAnswer.
    """
    # unscoped: the token names it
    row = PaymentLink.unscoped.select_related("account", "gateway").filter(token_hash=hash_token(token)).first()
    if row is None:
        return False
    return row.used_at is not None or _settle_page(row, actor=actor, at=at)


def _settle_page(row: PaymentLink, *, actor: Actor, at: datetime) -> bool:
    """The same for a link in hand: also told by the processor's message, whichever comes first."""
    if not row.hosted:
        return False
    opened = gate.open_gateway(row.gateway)
    outcome = opened.outcome(row.hosted)
    if outcome.state != "done" or not outcome.method or outcome.asked_for != row.ref:
        return False
    held = opened.method(outcome.method)
    with transaction.atomic():
        # unscoped: as above. One statement decides who uses it: by a link one way of paying is kept, by one taken back none.
        waiting = PaymentLink.unscoped.filter(id=row.id, used_at__isnull=True, revoked_at__isnull=True)
        mine = waiting.update(used_at=at)
        return bool(mine) and keep_method(row.gateway, held, by=row.account.name, actor=actor, at=at) is not None


def begin_paying(*, token: str, done: str, back: str, language: str, actor: Actor, at: datetime) -> str:
    """The address of the processor's page on which what the link is for is paid, by any card; empty when it is paid already.

    An attempt that still waits for somebody is ended there first, so that an invoice is never paid twice. In a platform scope;
    waits for the network. Raises CannotUsePaymentLink, CannotStartPayment, NoAnswer, Declined.
    """
    with transaction.atomic():
        row = _good(token, at)
        if not row.is_to_pay:
            raise CannotUsePaymentLink("gone")
        row.opened += 1
        row.save(update_fields=["opened"])
    before = _attempt_before(row)
    if before is not None:
        state = end_payment(payment=before.ref, actor=actor, at=at) if before.state in IN_FLIGHT else before.state
        if state == SUCCEEDED and not row.invoice:
            PaymentLink.objects.filter(id=row.id, used_at__isnull=True).update(used_at=at)
            return ""
        if state in IN_FLIGHT:
            raise CannotUsePaymentLink("processor")
    with transaction.atomic():
        claim = _claim(row, before)
        if claim is None:  # it is paid, by whatever way
            PaymentLink.objects.filter(id=row.id, used_at__isnull=True).update(used_at=at)
            return ""
        payment = write_payment(
            creditor=claim.account, payer=row.account, book=claim.book, collected_by=claim.collected_by,
            gateway=row.gateway, method=None, invoice=claim.invoice, number=claim.number, amount=claim.amount,
            currency=claim.currency, actor=actor, at=at,
        )  # fmt: skip
        PaymentLink.objects.filter(id=row.id).update(payment=payment)
        payer = payment.payer
        told = PaymentStarted(
            ref=payer.ref, name=payer.name, payment=payment.ref, invoice=payment.invoice, number=payment.number
        )
        record(told, account_id=payer.id, parent_id=payment.account_id, actor=actor, at=at)
    opened = gate.open_gateway(row.gateway)
    try:
        order = Order(
            payment=payment.ref, invoice=payment.invoice, amount=payment.amount, currency=payment.currency,
            customer=customer_at(row.gateway, payment.payer, opened), method="", kind=CARD,
            words=payment.number or payment.ref,
        )  # fmt: skip
        page = opened.pay_here(order, key=payment.key, done=done, back=back, language=language)
    except GatewayFault:
        let_go(payment)  # nobody has that page's address
        raise
    with transaction.atomic():
        Payment.objects.filter(id=payment.id).update(
            hosted=page.id, state=NEEDS_ACTION, next_at=at + PROCESSING_WAIT, in_hand_until=None, tries=0
        )
    return page.url


@dataclass(frozen=True, slots=True)
class _Claim:
    """What is to be paid by a link; `amount` in minor units."""

    account: Account
    book: str
    collected_by: str
    invoice: str
    number: str
    amount: int
    currency: str


def _attempt_before(row: PaymentLink) -> Payment | None:
    """The attempt that must have ended before another begins."""
    rows = Payment.objects.select_related("account", "payer", "gateway")
    if row.invoice:
        return rows.filter(payer_id=row.account_id, invoice=row.invoice, state__in=IN_FLIGHT).first()
    return rows.get(id=row.payment_id or 0)  # without an invoice there is one


def _claim(row: PaymentLink, before: Payment | None) -> _Claim | None:
    """What is still to be paid; None: nothing. Locks the invoice."""
    if not row.invoice:
        assert before is not None  # noqa: S101 - such a link has a payment
        owed = still_owed(before)
        return (
            None
            if owed <= 0
            else _Claim(
                before.account,
                before.book,
                before.collected_by,
                before.invoice,
                before.number,
                owed,
                before.currency,
            )
        )
    invoice = Invoice.objects.select_for_update(of=("self",)).filter(ref=row.invoice, debtor_id=row.account_id).first()
    if invoice is None or invoice.state not in (ISSUED, PARTLY_PAID) or invoice.open_minor <= 0:
        return None
    return _Claim(
        Account.objects.get(id=invoice.account_id), invoice.book, invoice.collected_by, invoice.ref, invoice.number_shown,
        invoice.open_minor, invoice.currency,
    )  # fmt: skip


def finish_paying(*, token: str, actor: Actor, at: datetime) -> str:
    """The state of what the link is for, asked of the processor now. In a platform scope; waits for the network."""
    row = PaymentLink.objects.select_related("payment").filter(token_hash=hash_token(token)).first()
    if row is None or row.payment is None:
        return ""
    state = charge(payment=row.payment.ref, actor=actor, at=at)
    if state in (SUCCEEDED, PROCESSING):
        PaymentLink.objects.filter(id=row.id, used_at__isnull=True).update(used_at=at)
    return state
