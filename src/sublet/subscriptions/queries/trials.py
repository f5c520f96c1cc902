"""A trial in words: what it opens, when it ends on the account's clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sublet.catalog.queries import offer
from sublet.core.manifest import Plan
from sublet.foundation.languages import text_of
from sublet.subscriptions.models import Trial


def clock_of(moment: datetime, zone: str) -> datetime:
    """That moment as the account's clock shows it."""
    return moment.astimezone(ZoneInfo(zone))


def called(plan: Plan | None) -> str:
    """A plan's name in the active language; empty for none."""
    return text_of(plan.name if plan is not None else None)


def opened(trial: Trial) -> Plan | None:
    """The plan that the trial opens."""
    return offer().plan(trial.opens, trial.opens_version) if trial.opens else None


def plan_name(trial: Trial) -> str:
    """What the plan that a trial opens is called."""
    return called(opened(trial)) or trial.opens
