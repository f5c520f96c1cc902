"""What can happen to payments. No amount is among it: whoever reads the journal may read less than the books."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@dataclass(frozen=True, slots=True)
class AboutGateway(Event):
    """Which connection to a payment processor; `title` is what the account is called there."""

    gateway: str
    title: str


@event("gateway.connected")
@dataclass(frozen=True, slots=True)
class GatewayConnected(AboutGateway):
    """An account at a payment processor was connected, or its key was changed."""

    SENTENCE = _("%(actor)s connected an account at the payment processor.")


@event("gateway.working")
@dataclass(frozen=True, slots=True)
class GatewayWorking(AboutGateway):
    """The processor answers, and the key opens the account."""

    SENTENCE = _("The payment processor answers: payments go through “%(title)s”.")


@event("gateway.failing")
@dataclass(frozen=True, slots=True)
class GatewayFailing(AboutGateway):
    """The processor does not take the key, or it opens another account than before. `why`: ``key`` or ``other-account``."""

    SENTENCE = _("The payment processor does not accept the key: nothing can be collected.")

    why: str


@event("gateway.disconnected")
@dataclass(frozen=True, slots=True)
class GatewayDisconnected(AboutGateway):
    """Nothing is collected by that account any more."""

    SENTENCE = _("%(actor)s disconnected the account at the payment processor.")


@dataclass(frozen=True, slots=True)
class AboutPayer(Event):
    """Which account pays, by its reference and the name that it had then."""

    ref: str
    name: str


@event("payment_link.made")
@dataclass(frozen=True, slots=True)
class PaymentLinkMade(AboutPayer):
    """A link was made with which the account's way of paying can be entered once. `mailed`: it was sent to an address."""

    SENTENCE = _("%(actor)s made a link with which %(name)s enters its way of paying.")

    link: str
    mailed: bool


@event("payment_link.made_to_pay")
@dataclass(frozen=True, slots=True)
class LinkToPayMade(AboutPayer):
    """A link was made with which an invoice is paid, or a payment of it (`payment`; else empty) confirmed; the one before for it leads
    nowhere any more. `number`: what is paid."""

    SENTENCE = _("%(actor)s made a link with which %(name)s pays %(number)s.")

    link: str
    invoice: str
    number: str
    payment: str = ""


@event("payment_link.revoked")
@dataclass(frozen=True, slots=True)
class PaymentLinkRevoked(AboutPayer):
    """A link that nobody had used leads nowhere any more."""

    SENTENCE = _("%(actor)s took back the link with which %(name)s enters its way of paying.")

    link: str


@event("payment_method.added")
@dataclass(frozen=True, slots=True)
class PaymentMethodAdded(AboutPayer):
    """A way of paying was entered on the processor's page, and is charged from now on. `kind`: ``card`` or ``sepa_debit``."""

    SENTENCE = _("%(name)s has a new way of paying.")

    method: str
    kind: str


@event("payment_method.removed")
@dataclass(frozen=True, slots=True)
class PaymentMethodRemoved(AboutPayer):
    """A way of paying is charged no more, and the processor was told to forget it."""

    SENTENCE = _("%(actor)s removed a way of paying of %(name)s.")

    method: str


@dataclass(frozen=True, slots=True)
class AboutPayment(AboutPayer):
    """Which attempt, at which invoice (`invoice` its reference, `number` what it is called; empty for a prepayment)."""

    payment: str
    invoice: str
    number: str


@event("payment.started")
@dataclass(frozen=True, slots=True)
class PaymentStarted(AboutPayment):
    """An invoice is being collected."""

    SENTENCE = _("Collecting %(number)s from %(name)s has begun.")


@event("payment.succeeded")
@dataclass(frozen=True, slots=True)
class PaymentSucceeded(AboutPayment):
    """The money is on its way to whom it is owed."""

    SENTENCE = _("%(name)s has paid %(number)s.")


@event("payment.failed")
@dataclass(frozen=True, slots=True)
class PaymentFailed(AboutPayment):
    """It was not paid, and nothing was taken. `code` is the processor's word for why."""

    SENTENCE = _("%(number)s could not be collected from %(name)s.")

    code: str


@event("payment.needs_action")
@dataclass(frozen=True, slots=True)
class PaymentNeedsAction(AboutPayment):
    """The payer's bank wants to hear from the payer."""

    SENTENCE = _("The bank of %(name)s wants a confirmation for %(number)s.")


@event("payment.parked")
@dataclass(frozen=True, slots=True)
class PaymentParked(AboutPayment):
    """Whether it was paid could not be found out, or something other was paid: a person decides. `code` says which."""

    SENTENCE = _("Whether %(name)s has paid %(number)s could not be found out. Somebody has to look.")

    code: str


@event("payment.looked_again")
@dataclass(frozen=True, slots=True)
class PaymentLookedAgain(AboutPayment):
    """Somebody had a payment asked after once more, or given up."""

    SENTENCE = _("%(actor)s had the payment of %(number)s by %(name)s looked at again.")

    giving_up: bool


@dataclass(frozen=True, slots=True)
class AboutRefund(AboutPayment):
    """Which refund."""

    refund: str


@event("refund.started")
@dataclass(frozen=True, slots=True)
class RefundStarted(AboutRefund):
    """Somebody gives money back."""

    SENTENCE = _("%(actor)s gives money for %(number)s back to %(name)s.")


@event("refund.succeeded")
@dataclass(frozen=True, slots=True)
class RefundSucceeded(AboutRefund):
    """The money is on its way back."""

    SENTENCE = _("%(name)s gets money for %(number)s back.")


@event("refund.failed")
@dataclass(frozen=True, slots=True)
class RefundFailed(AboutRefund):
    """It could not be given back; nothing was taken."""

    SENTENCE = _("Money for %(number)s could not be given back to %(name)s.")

    code: str


@event("refund.parked")
@dataclass(frozen=True, slots=True)
class RefundParked(AboutRefund):
    """Whether it was given back could not be found out."""

    SENTENCE = _("Whether %(name)s got money for %(number)s back could not be found out. Somebody has to look.")


@event("refund.looked_again")
@dataclass(frozen=True, slots=True)
class RefundLookedAgain(AboutRefund):
    """Somebody had a refund asked after once more."""

    SENTENCE = _("%(actor)s had the refund of %(number)s to %(name)s looked at again.")


@dataclass(frozen=True, slots=True)
class AboutDispute(AboutPayment):
    """Which dispute."""

    dispute: str


@event("dispute.opened")
@dataclass(frozen=True, slots=True)
class DisputeOpened(AboutDispute):
    """The payer's bank takes the payment back until it is decided. `answer_by` is an ISO instant, or empty."""

    SENTENCE = _("The bank of %(name)s disputes the payment of %(number)s.")

    answer_by: str


@event("dispute.won")
@dataclass(frozen=True, slots=True)
class DisputeWon(AboutDispute):
    """The payment stands."""

    SENTENCE = _("The dispute about %(number)s with %(name)s was won: the payment stands.")


@event("dispute.lost")
@dataclass(frozen=True, slots=True)
class DisputeLost(AboutDispute):
    """The money went back to the payer."""

    SENTENCE = _("The dispute about %(number)s with %(name)s was lost: the money went back.")
