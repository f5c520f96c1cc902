"""What payments leave to the worker: enter, one call. None of them opens a transaction around the network."""

from __future__ import annotations

from datetime import timedelta

from sublet.billing.operations import charges, collecting, gateways, inbox, methods, refunds
from sublet.foundation.jobs import JobContext, job, schedule


@job("billing.check_gateway")
def check_gateway(context: JobContext, *, gateway: str, version: int) -> None:
    """Ask the processor whose account a key opens."""
    gateways.check_gateway(gateway=gateway, version=version, actor=context.actor, at=context.at)


@job("billing.charge", max_attempts=20)
def charge(context: JobContext, *, payment: str) -> None:
    """Ask the processor for a payment, or after it."""
    charges.charge(payment=payment, actor=context.actor, at=context.at)


@job("billing.give_up")
def give_up(context: JobContext, *, payment: str) -> None:
    """See to it that a payment cannot succeed any more."""
    charges.end_payment(payment=payment, actor=context.actor, at=context.at, as_paid=True)


@job("billing.refund", max_attempts=20)
def refund(context: JobContext, *, refund: str) -> None:
    """Ask the processor for a refund, or after it."""
    refunds.send_refund(refund=refund, actor=context.actor, at=context.at)


@job("billing.forget_method")
def forget_method(context: JobContext, *, method: str) -> None:
    """Have the processor forget a way of paying."""
    methods.forget_method(method=method)


@job("billing.read_message", max_attempts=20)
def read_message(context: JobContext, *, message: int) -> None:
    """Let be true here what the processor says about what a message tells of."""
    inbox.read_message(message=message, actor=context.actor, at=context.at)


@job("billing.compare")
def compare(context: JobContext, *, gateway: str) -> None:
    """Find the processor's messages that never arrived."""
    inbox.compare(gateway=gateway, actor=context.actor, at=context.at)


@schedule("billing.ask_unknown", every=timedelta(minutes=1))
@job("billing.ask_unknown")
def ask_unknown(context: JobContext) -> None:
    """Have payments and refunds asked after whose time has come."""
    charges.ask_unknown(actor=context.actor, at=context.at)
    refunds.ask_unknown_refunds(actor=context.actor, at=context.at)


@schedule("billing.collect_issued", every=timedelta(minutes=15))
@job("billing.collect_issued")
def collect_issued(context: JobContext) -> None:
    """Begin to collect what was issued, by those whose payers have a way of paying here."""
    collecting.collect_issued(actor=context.actor, at=context.at)


@schedule("billing.compare_all", every=timedelta(hours=6))
@job("billing.compare_all")
def compare_all(context: JobContext) -> None:
    """Compare every connected account's messages with its own list, and forget old ones."""
    inbox.compare_all(actor=context.actor, at=context.at)
    inbox.forget_messages(at=context.at)
