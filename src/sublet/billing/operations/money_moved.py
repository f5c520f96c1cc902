"""What follows when money has moved: in the transaction that writes down that it has, so that both are true or neither."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sublet.billing.models.payments import Dispute, Payment, Refund
from sublet.foundation.actor import Actor

Arrived = Callable[[Payment, Actor, datetime], None]
WentBack = Callable[[Refund, Actor, datetime], None]
Lost = Callable[[Dispute, Actor, datetime], None]


def payment_arrived(payment: Payment, *, actor: Actor, at: datetime) -> None:
    """The payer has paid: what is owed becomes less."""


def refund_arrived(refund: Refund, *, actor: Actor, at: datetime) -> None:
    """The payer has money back: what is owed is as before."""


def dispute_lost(dispute: Dispute, *, actor: Actor, at: datetime) -> None:
    """The payer's bank has taken it back."""
