"""A trial in words: what it opens, what follows, when it ends on the account's clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.manifest import Plan
from sublet.subscriptions.models import Trial
from sublet.subscriptions.queries.held import held


def clock_of(moment: datetime, zone: str) -> datetime:
    """That moment as the account's clock shows it."""
    return moment.astimezone(ZoneInfo(zone))


def called(plan: Plan | None) -> str:
    """A plan's name in the active language; empty for none."""
    return plan.name.in_language(get_language() or "en") if plan is not None else ""


def opened(trial: Trial) -> Plan | None:
    """The plan that the trial opens."""
    return offer().plan(trial.opens, trial.opens_version) if trial.opens else None


def plan_name(trial: Trial) -> str:
    """What the plan that a trial opens is called."""
    return called(opened(trial)) or trial.opens


def what_follows(account: Account, trial: Trial) -> str:
    """What the plan is called that counts after the trial."""
    return called(held(account).plan_at(trial.ends_at))
