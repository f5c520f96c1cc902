"""What dunning leaves to the worker: enter, one call."""

from __future__ import annotations

from datetime import timedelta

from sublet.billing.operations import confirming, dunning_acting
from sublet.foundation.jobs import JobContext, job, schedule


@schedule("billing.dunning", every=timedelta(minutes=15))
@job("billing.dunning", timeout=3600)
def dunning(context: JobContext) -> None:
    """Do what is due for every overdue invoice. Again is no harm."""
    dunning_acting.run_dunning(actor=context.actor, at=context.at)


@job("billing.dun_debtor")
def dun_debtor(context: JobContext, *, debtor: int) -> None:
    """The same for one account, at once: it has paid, or has another way of paying."""
    dunning_acting.run_dunning(actor=context.actor, at=context.at, debtor_id=debtor)


@job("billing.ask_to_confirm")
def ask_to_confirm(context: JobContext, *, payment: str) -> None:
    """Write to the payer whose bank wants to hear from it; once for an attempt."""
    confirming.ask_to_confirm(payment=payment, actor=context.actor, at=context.at)
