"""What comes by itself: a decided change that holds now, a reminder, the end of a trial.

Nothing depends on it for what holds – sources are dated – but the history, lists, mails and the change stream do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from sublet.accounts.models import Account
from sublet.core.lifecycle import CLOSED
from sublet.core.subscription import END, RESUME, TAKE
from sublet.core.trials import days_left, reminders
from sublet.entitlements.operations import announce
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.subscriptions.events import (
    AboutSubscription,
    PlanChanged,
    SubscriptionEnded,
    SubscriptionResumed,
    TrialEnded,
    TrialReminded,
)
from sublet.subscriptions.models import PlanChange, Trial
from sublet.subscriptions.operations.trial_mails import TRIAL_ENDED, TRIAL_ENDING, write_of_trial
from sublet.subscriptions.operations.written import told, wake, written
from sublet.subscriptions.queries.held import Held, held
from sublet.subscriptions.queries.trials import opened


def note_due(*, account_id: int, actor: Actor, at: datetime) -> int:
    """Tell of everything that has come by `at` for one account; how much that was. A second time does nothing.

    A job of the installation, in its scope.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(id=account_id).first()
        if account is None:
            return 0
        now = held(account)
        due = _due(now, at)
        begun = next((row.effective_at for row in reversed(due) if row.kind == TAKE), None)
        done = _changes(account, now, due, actor, at) + _trial(account, now, actor, at)
        if done:
            written(account, actor=actor, at=at, begun=begun)
            announce([account.id])
        else:
            wake(now, at=at)
        return done


def _due(now: Held, at: datetime) -> list[PlanChange]:
    due = [row for row in now.changes if row.told_at is None and row.dropped_at is None and row.effective_at <= at]
    return sorted(due, key=lambda row: (row.effective_at, row.id))


def _changes(account: Account, now: Held, due: Sequence[PlanChange], actor: Actor, at: datetime) -> int:
    for row in due:
        event = _event(account, now, row)
        if event is not None:
            record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
        row.told_at = at
        row.save(update_fields=["told_at"])
    return len(due)


def _event(account: Account, now: Held, row: PlanChange) -> AboutSubscription | None:
    phase = now.agreement.phase_at(row.effective_at)
    if phase.turn != row.ref:
        return None  # it changed nothing: what it would have resumed had ended
    if row.kind == TAKE:
        return PlanChanged(**told(account, now.agreed_plan(phase)), change=row.ref)
    if row.kind == RESUME:
        return SubscriptionResumed(**told(account, now.agreed_plan(phase)))
    if row.kind == END:
        before = next((each for each in now.agreement.phases() if each.ends == phase.starts), phase)
        return SubscriptionEnded(**told(account, now.agreed_plan(before)))
    return None


def _trial(account: Account, now: Held, actor: Actor, at: datetime) -> int:
    trial = now.trial
    if trial is None or trial.next_at is None or trial.next_at > at:
        return 0
    if trial.ends_at <= at:
        trial.next_at, trial.ended_at = None, at
        trial.save(update_fields=["next_at", "ended_at"])
        event: AboutSubscription = TrialEnded(**told(account, now.plan_at(at)))
        template = TRIAL_ENDED
    else:
        trial.next_at = _following(now, trial, at)
        trial.save(update_fields=["next_at"])
        left = days_left(trial.ends_at, at, trial.timezone)
        event = TrialReminded(**told(account, opened(trial)), days_left=left)
        template = TRIAL_ENDING
    if account.state == CLOSED and template == TRIAL_ENDING:
        return 1  # nobody works in it: there is nothing to be reminded of
    entry = record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
    if account.state != CLOSED:
        follows = now.plan_at(trial.ends_at)
        write_of_trial(template, account, trial, follows=follows, key=str(entry.id), actor=actor, at=at)
    return 1


def _following(now: Held, trial: Trial, at: datetime) -> datetime:
    """What comes after the reminder that goes out now. Of several that were missed one is enough."""
    plan = now.offer.plan(trial.plan, trial.version)
    days = plan.trial.remind_days if plan is not None and plan.trial is not None else ()
    coming = [each for each in reminders(trial.started_at, trial.ends_at, days, trial.timezone) if each > at]
    return coming[0] if coming else trial.ends_at
