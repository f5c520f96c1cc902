"""Payments, ways of paying, and the connection to the payment processor. Amounts in minor units of their currency."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import (
    Email,
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    Previous,
    Text,
    instant,
    number,
    ref,
    text,
)

State = Literal["started", "unknown", "processing", "needs_action", "succeeded", "failed", "parked"]
Kind = Literal["card", "sepa_debit"]


class Gateway(Out):
    """The account's own connection to Stripe. Its key and the secret of its webhook are told by nothing."""

    ref: Annotated[str, ref("gat", "Never changes.")]
    title: Annotated[str, text("What the account is called at Stripe.", "Rosa Web Studio")]
    live: Annotated[bool, Meta(description="Otherwise no money moves.")]
    key_ends: Annotated[str, text("The last four letters of the key.", "a1B2")]
    has_hook_secret: bool
    hook_url: Annotated[str, text("To be entered at Stripe.", "https://app.rosa.example/hooks/pay/…/")]
    state: Literal["new", "works", "fails"]
    why: Annotated[Literal["", "key", "other-account", "sealed"], Meta(description="Why it does not work.")]
    checked_at: Maybe
    heard_at: Maybe
    version: Annotated[int, number("Grows with each change.", 2)]


class GatewayIn(Input):
    """A restricted key of the account at Stripe; what is empty stays as it is."""

    key: Annotated[Text, Field(max_length=300, examples=["rk_live_…"])] = ""
    hook_secret: Annotated[Text, Field(max_length=300, examples=["whsec_…"])] = ""


class Method(Out):
    """A way of paying, as far as the processor lets it be shown."""

    ref: Annotated[str, ref("pm", "Never changes.")]
    kind: Kind
    brand: Annotated[str, text("", "visa")]
    ends: Annotated[str, text("How its number ends.", "4242")]
    until: Annotated[str, text("The last month in which a card is good.", "2031-08")]
    is_default: Annotated[bool, Meta(description="The one that is charged.")]
    added_at: Annotated[datetime, instant("")]


class Payer(Out):
    """An account below, and how it pays."""

    ref: Annotated[str, ref("acc", "Of the account.")]
    name: Annotated[str, text("", "Bella Napoli")]
    pays: Annotated[list[Literal["base", "overage", "add_ons"]], Meta(description="What of it it pays by itself.")]
    can_pay: bool
    methods: list[Method]
    link_until: Maybe


class PayerPage(Out):
    """A page of them, newest first."""

    items: list[Payer]
    next: Next
    previous: Previous


class PayersAsked(PageAsked):
    """Which page."""


class PaymentLinkIn(Input):
    """To whom the link is mailed; empty: to nobody, it is only told."""

    send_to: Annotated[Email | Literal[""], Field(examples=["chiara@bella-napoli.example"])] = ""


class NewPaymentLink(Out):
    """A link with which a way of paying is entered, once."""

    ref: Annotated[str, ref("lnk", "Never changes.")]
    secret: Annotated[str, text("The address. Shown now and never again.", "https://app.rosa.example/pay/…/")]
    expires_at: Annotated[datetime, instant("")]


class WayToPay(Out):
    """Where an invoice is paid that the own account owes, without logging in."""

    secret: Annotated[str, text("The address. Shown now and never again.", "https://app.rosa.example/pay/…/")]


class MethodList(Out):
    """Ways of paying, the one that is charged first."""

    items: list[Method]


class Payment(Out):
    """One attempt to collect an invoice."""

    ref: Annotated[str, ref("pay", "Never changes.")]
    account: Annotated[str, ref("acc", "Who pays.")]
    account_name: Annotated[str, text("", "Bella Napoli")]
    invoice: Annotated[str, text("Its reference; empty: paid ahead.", "inv_7HqWm2Zr9KtXbd")]
    number: Annotated[str, text("What it is called.", "2026-17")]
    amount: Annotated[int, number("", 4900)]
    currency: Annotated[str, text("ISO 4217.", "EUR")]
    state: State
    code: Annotated[str, text("Why not: the processor’s word.", "insufficient_funds")]
    refunded: Annotated[int, number("Given back, or on its way.", 0)]
    attempt: Annotated[int, number("The how-manieth at this invoice.", 1)]
    collected_by: Literal["nobody", "own", "vendor"]
    method: Method | None
    made_at: Annotated[datetime, instant("")]
    settled_at: Maybe


class PaymentPage(Out):
    """A page of them, newest first."""

    items: list[Payment]
    next: Next
    previous: Previous


class PaymentsAsked(PageAsked):
    """Which of them."""

    state: Annotated[Literal["", State], Field(description="Only those in this state.")] = ""
    account: Annotated[Text, Field(max_length=40, description="Only those that this account pays.")] = ""


class PaymentsMadeAsked(PageAsked):
    """Which page of them."""


class Refund(Out):
    """Money that goes back."""

    ref: Annotated[str, ref("rfd", "Never changes.")]
    amount: Annotated[int, number("", 4900)]
    state: Literal["started", "unknown", "pending", "succeeded", "failed", "parked"]
    code: Annotated[str, text("Why not.", "")]
    reason: Annotated[str, text("", "Twice by mistake")]
    made_at: Annotated[datetime, instant("")]


class Dispute(Out):
    """The payer's bank disputes the payment."""

    ref: Annotated[str, ref("dsp", "Never changes.")]
    amount: Annotated[int, number("", 4900)]
    state: Annotated[Literal["open", "won", "lost"], Field(description="A decision may be followed by another one.")]
    reason: Annotated[str, text("", "fraudulent")]
    answer_by: Maybe
    opened_at: Annotated[datetime, instant("")]
    fee: Annotated[int, number("What the processor kept for it, less what it gave back of that.", 1500)]
    fee_currency: Annotated[str, text("That of its account; empty without a fee.", "EUR")]


class PaymentDetails(Out):
    """One payment with what went back."""

    payment: Payment
    refunds: list[Refund]
    disputes: list[Dispute]


class RefundIn(Input):
    """How much goes back, and why."""

    amount: Annotated[int, Field(ge=1, le=10**12, examples=[4900])]
    reason: Annotated[Text, Field(max_length=200, examples=["Twice by mistake"])] = ""
    credit: Annotated[bool, Field(description="Credit as much of its invoice; otherwise it is owed again.")] = False
