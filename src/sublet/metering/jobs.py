"""What metering does by itself."""

from __future__ import annotations

from datetime import timedelta

from sublet.foundation.jobs import JobContext, schedule
from sublet.metering.operations import give_back_lapsed


@schedule("metering.give_back_lapsed", every=timedelta(minutes=1))
def give_back(context: JobContext) -> None:
    """Give back what was held back for work that nobody finished."""
    give_back_lapsed(actor=context.actor, at=context.at)
