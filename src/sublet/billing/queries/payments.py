"""Payments, ways of paying and the connection to the processor, as they are shown. Keys and secrets are in none of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.urls import reverse

from sublet.accounts.models import Account
from sublet.billing.models.invoices import CREDITED, ISSUED, PARTLY_PAID, UNCOLLECTIBLE, Invoice
from sublet.billing.models.payments import (
    Dispute,
    GatewayAccount,
    Payment,
    PaymentLink,
    PaymentMethod,
    Refund,
)
from sublet.billing.queries.collectors import collectors_of, gateway_behind, leads_to_creditor
from sublet.billing.queries.former import parties_told
from sublet.billing.queries.invoices import require_received
from sublet.branding.queries import origin, primary_host
from sublet.clientsettings.models import AgreedTerm
from sublet.core.clientsettings import CLIENT_PAYS
from sublet.core.disputes import Known, is_away
from sublet.core.payments import IN_FLIGHT, MOST_PAGES, SUCCEEDED
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.refs import looks_like_ref
from sublet.people.queries.links import hash_token

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class GatewayView:
    """A connection to the processor. Of its key the last four letters; `hook_url` is where the processor tells us."""

    ref: str
    title: str
    live: bool
    key_ends: str
    has_hook_secret: bool
    hook_url: str
    state: str
    why: str
    checked_at: datetime | None
    heard_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A way of paying, as far as it may be shown: never a number."""

    ref: str
    kind: str
    brand: str
    ends: str
    until: str
    is_default: bool
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that nobody has used yet."""

    ref: str
    sent_to: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PayerRow:
    """An account below, what of it it pays by itself (kinds of charge), and how.

    `by_vendor`: the vendor collects from it, on behalf of whom it pays. `can_ask`: whether it can be asked for a way of paying.
    """

    ref: str
    name: str
    email: str
    pays: tuple[str, ...]
    methods: Sequence[MethodRow]
    link: LinkRow | None
    by_vendor: bool = False
    can_ask: bool = False

    @property
    def can_pay(self) -> bool:
        """Whether something can be collected from it."""
        return bool(self.methods)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One attempt at one invoice. Amounts in minor units of `currency`."""

    ref: str
    payer_ref: str
    payer: str
    invoice: str
    number: str
    amount: int
    currency: str
    state: str
    code: str
    words: str
    refunded: int
    fee: int
    fee_currency: str
    attempt: int
    collected_by: str
    method: MethodRow | None
    made_at: datetime
    made_by: str
    settled_at: datetime | None
    next_at: datetime | None

    @property
    def in_flight(self) -> bool:
        """Whether the money may still be on its way."""
        return self.state in IN_FLIGHT


@dataclass(frozen=True, slots=True)
class RefundRow:
    """Money that goes back."""

    ref: str
    amount: int
    state: str
    code: str
    reason: str
    made_at: datetime
    made_by: str

    @property
    def in_flight(self) -> bool:
        """Whether it is not known yet what became of it."""
        return self.state not in (Refund.State.SUCCEEDED, Refund.State.FAILED)


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A payment that the payer's bank disputes."""

    ref: str
    amount: int
    state: str
    reason: str
    answer_by: datetime | None
    opened_at: datetime
    fee: int
    fee_currency: str
    away: bool  # its money is with that bank


@dataclass(frozen=True, slots=True)
class PaymentShown:
    """One payment with what went back."""

    row: PaymentRow
    refunds: Sequence[RefundRow]
    disputes: Sequence[DisputeRow]
    test: bool  # through a key for tests: no money moves

    @property
    def left(self) -> int:
        """What is neither given back nor with the payer's bank, in minor units."""
        away = sum(each.amount for each in self.disputes if each.away)
        return max(self.row.amount - self.row.refunded - away, 0)


def _collects(actor: Actor) -> None:
    if actor.account_kind not in (RESELLER, VENDOR):
        raise NotFound
    actor.require("billing:view")


def gateway_of(actor: Actor) -> GatewayView | None:
    """The actor's own connection (``billing:view``); None where there is none. Raises NotFound, Forbidden."""
    _collects(actor)
    row = GatewayAccount.objects.filter(account_id=actor.account_id, removed_at__isnull=True).first()
    if row is None:
        return None
    path = reverse("pay-hook", urlconf="sublet.config.urls_brand", kwargs={"word": row.hook_word})
    return GatewayView(
        row.ref, row.title, row.live, row.key_ends, bool(row.hook_box), origin(primary_host(row.account_id)) + path,
        row.state, row.why, row.checked_at, row.heard_at, row.version,
    )  # fmt: skip


def _method(row: PaymentMethod) -> MethodRow:
    return MethodRow(row.ref, row.kind, row.brand, row.ends, row.until, row.is_default, row.added_at, row.added_by)


def payers_of_account(
    actor: Actor, *, cursor: str = "", size: int = PAGE, at: datetime
) -> tuple[Sequence[PayerRow], str, str]:
    """The accounts directly below, newest first, and the cursors of the newer and older page (``billing:view``)."""
    _collects(actor)
    below = Account.objects.filter(parent_id=actor.account_id)
    rows, newer, older = newest_first(below, cursor=cursor, size=size)
    return _payers(rows, actor, at), newer, older


def payer_shown(actor: Actor, ref: str, *, at: datetime) -> PayerRow:
    """One of them. Raises NotFound, Forbidden."""
    _collects(actor)
    row = Account.objects.filter(ref=ref, parent_id=actor.account_id).first() if looks_like_ref(ref, "acc") else None
    if row is None or not actor.reaches(row.id):
        raise NotFound
    return _payers([row], actor, at)[0]


def _payers(rows: Sequence[Account], actor: Actor, at: datetime) -> list[PayerRow]:
    ids = [row.id for row in rows]
    collectors = collectors_of(actor.account_id, ids, at=at)
    asked_at = {(payer, one.gateway.id) for payer, one in collectors.items() if one.gateway is not None}
    methods: dict[int, list[MethodRow]] = {}
    held = PaymentMethod.objects.filter(
        account_id__in=ids, gateway_id__in={gateway for _payer, gateway in asked_at}, removed_at__isnull=True
    )
    for method in held.order_by("-is_default", "-id"):
        if (method.account_id, method.gateway_id) in asked_at:
            methods.setdefault(method.account_id, []).append(_method(method))
    links = {
        link.account_id: LinkRow(link.ref, link.sent_to, link.expires_at)
        for link in PaymentLink.objects.filter(
            account_id__in=ids, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at, invoice="",
            payment__isnull=True,
        ).order_by("id")
        if (link.account_id, link.gateway_id) in asked_at
    }  # fmt: skip
    pays = _pays(ids, actor, at)
    return [
        PayerRow(
            row.ref, row.name, row.email, pays.get(row.id, () if row.kind == CLIENT else ("base", "overage", "add_ons")),
            methods.get(row.id, []), links.get(row.id), collectors[row.id].by_vendor, collectors[row.id].works,
        )
        for row in rows
    ]  # fmt: skip


def _pays(ids: Sequence[int], actor: Actor, at: datetime) -> Mapping[int, tuple[str, ...]]:
    """What each client pays by itself, as the reseller has agreed with it."""
    said: dict[tuple[int, str], Any] = {}
    # unscoped: the clients are the caller's, and the rows are those of the account that it acts for
    rows = AgreedTerm.unscoped.filter(account_id=actor.account_id, client_id__in=ids, field__startswith="payer.")
    for row in rows.filter(dropped_at__isnull=True, since__lte=at).order_by("since", "id"):
        said[row.client_id, row.field.removeprefix("payer.")] = row.value.get("is")
    found: dict[int, tuple[str, ...]] = {}
    for (client_id, kind), payer in said.items():
        if payer == CLIENT_PAYS:
            found[client_id] = (*found.get(client_id, ()), kind)
    return found


def _within(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    """What is owed to the actor's account or collected by it, as far as the actor reaches."""
    mine = rows.filter(Q(account_id=actor.account_id) | Q(gateway__account_id=actor.account_id))
    return mine if actor.reach is None else mine.filter(payer_id__in=actor.reach)


def payments_of(
    actor: Actor, *, state: str = "", payer: str = "", cursor: str = "", size: int = PAGE
) -> tuple[Sequence[PaymentRow], str, str]:
    """A page of the payments to the actor's account, newest first, with both cursors (``billing:view``)."""
    _collects(actor)
    rows = _within(Payment.objects.all(), actor)
    if state:
        rows = rows.filter(state=state)
    if payer:
        rows = rows.filter(payer__ref=payer)
    page, newer, older = newest_first(rows.select_related("method"), cursor=cursor, size=size)
    return _shown(page, actor), newer, older


def own_payments(actor: Actor, *, cursor: str = "", size: int = PAGE) -> tuple[Sequence[PaymentRow], str, str]:
    """What the actor's own account pays: of a client its owner asks, of a reseller who sees all clients. To a visitor what was paid
    to its own account. Raises Forbidden."""
    require_received(actor)
    rows = Payment.objects.filter(payer_id=actor.account_id).select_related("method")
    if actor.impersonator is not None:
        rows = rows.filter(account_id=actor.impersonator.account_id)
    page, newer, older = newest_first(rows, cursor=cursor, size=size)
    return _shown(page, actor), newer, older


def own_methods(actor: Actor) -> Sequence[MethodRow]:
    """By what the actor's own account pays, as `own_payments`. Raises Forbidden."""
    require_received(actor)
    rows = PaymentMethod.objects.filter(account_id=actor.account_id, removed_at__isnull=True)
    if actor.impersonator is not None:
        # unscoped: by whom is collected, for no eyes of the visitor
        theirs = GatewayAccount.unscoped.filter(Q(account_id=actor.impersonator.account_id) | Q(account__kind=VENDOR))
        rows = rows.filter(gateway_id__in=list(theirs.values_list("id", flat=True)))
    return [_method(row) for row in rows.order_by("-is_default", "-id")]


def may_change_own(actor: Actor) -> bool:
    """Whether the actor may take a way of paying of its own account away: in person, and of a client its owner."""
    if actor.impersonator is not None:
        return False
    return actor.is_owner if actor.account_kind == CLIENT else actor.may("billing:manage")


def payment_shown(actor: Actor, ref: str) -> PaymentShown:
    """One payment to the actor's account (``billing:view``). Raises NotFound, Forbidden."""
    _collects(actor)
    known = looks_like_ref(ref, "pay")
    rows = _within(Payment.objects.select_related("method"), actor)
    row = rows.filter(ref=ref).first() if known else None
    if row is None:
        raise NotFound
    refunds = Refund.objects.filter(payment_id=row.id).order_by("-id")
    disputes = Dispute.objects.filter(payment_id=row.id).order_by("-id")
    return PaymentShown(
        row=_shown([row], actor)[0],
        refunds=[
            RefundRow(each.ref, each.amount, each.state, each.code, each.reason, each.made_at, each.made_by)
            for each in refunds
        ],
        disputes=[
            DisputeRow(
                each.ref,
                each.amount,
                each.state,
                each.reason,
                each.answer_by,
                each.opened_at,
                each.fee,
                each.fee_currency,
                is_away(Known(each.state, each.moves)),
            )
            for each in disputes
        ],
        test=not gateway_behind(row).live,
    )


def _shown(rows: Iterable[Payment], actor: Actor) -> list[PaymentRow]:
    page = list(rows)
    payers = parties_told(actor, {row.payer_id for row in page})
    return [
        PaymentRow(
            ref=row.ref,
            payer_ref=payers[row.payer_id].ref,
            payer=payers[row.payer_id].name,
            invoice=row.invoice,
            number=row.number,
            amount=row.amount,
            currency=row.currency,
            state=row.state,
            code=row.code,
            words=row.words,
            refunded=row.refunded,
            fee=row.fee,
            fee_currency=row.fee_currency,
            attempt=row.attempt,
            collected_by=row.collected_by,
            method=_method(row.method) if row.method is not None else None,
            made_at=row.made_at,
            made_by=row.made_by,
            settled_at=row.settled_at,
            next_at=row.next_at,
        )
        for row in page
    ]


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What whoever has a link sees: whose way of paying it is, whom it pays, and what is to be paid, if anything."""

    account: str
    creditor: str
    expires_at: datetime
    used: bool
    number: str = ""
    amount: int = 0
    currency: str = ""
    state: str = ""
    closed: bool = False  # nobody asks for it any more, though it is not paid


def _was_paid_on(row: PaymentLink) -> bool:
    """Whether a page that it opened may have been paid on: who comes back from there is told, though a newer link has ended it."""
    return row.payment is not None and row.payment.hosted != "" and row.payment.state in (*IN_FLIGHT, SUCCEEDED)


def read_payment_link(token: str, *, host: str, at: datetime) -> OpenLink | None:
    """The link, on the host of the account that it is for; None where it leads nowhere. In a platform scope."""
    rows = PaymentLink.objects.select_related("account", "gateway", "payment")
    row = rows.filter(token_hash=hash_token(token)).first()
    if row is None or primary_host(row.account_id) != host or (row.revoked_at and not _was_paid_on(row)):
        return None
    used = row.used_at is not None
    if not used and (row.expires_at <= at or row.opened >= MOST_PAGES or row.gateway.removed_at is not None):
        return None
    if not used and not leads_to_creditor(row, at=at):
        return None  # the account has moved: the card would go to whom it paid before
    payment = row.payment
    invoice = Invoice.objects.filter(ref=row.invoice).first() if row.invoice else None
    creditor = payment.account_id if payment is not None else row.account.parent_id or row.gateway.account_id
    creditor = invoice.account_id if invoice is not None else creditor
    name = Account.objects.filter(id=creditor).values_list("name", flat=True).first() or ""
    if invoice is not None:
        is_open = invoice.state in (ISSUED, PARTLY_PAID) and invoice.open_minor > 0
        amount = invoice.open_minor if is_open else invoice.due_minor
        state = payment.state if payment is not None else ""
        return OpenLink(
            row.account.name, name, row.expires_at, used or not is_open, invoice.number_shown, amount, invoice.currency,
            state, invoice.state in (UNCOLLECTIBLE, CREDITED) and state != SUCCEEDED,
        )  # fmt: skip
    if payment is None:
        return OpenLink(row.account.name, name, row.expires_at, used)
    return OpenLink(
        row.account.name, name, row.expires_at, used, payment.number, payment.amount, payment.currency, payment.state
    )
