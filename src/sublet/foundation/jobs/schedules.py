"""Schedules: rows that say when each declared one fires next, and the firing, once for each slot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from sublet.core.schedule import next_slot, slot_at
from sublet.foundation.actor import JOB, SCHEDULE, Actor, platform_actor
from sublet.foundation.jobs import queue
from sublet.foundation.jobs.models import Schedule
from sublet.foundation.jobs.registry import PLANS, Plan

_actor: Callable[[], Actor] | None = None


def register_platform_actor(actor: Callable[[], Actor]) -> None:
    """Told once by the accounts app: in whose name schedules act. Foundation cannot import it."""
    global _actor
    _actor = actor


def schedule_actor() -> Actor:
    """In whose name a scheduled job acts: the installation, for the vendor."""
    if _actor is not None:
        return _actor()
    return platform_actor(name=SCHEDULE, account_id=0, account_ref="", account_name="", via=JOB)


def sync_schedules(*, at: datetime) -> None:
    """Give every declared schedule its row; a changed rule begins with its next slot. Safe to repeat.

    A row whose schedule is no longer declared stays and does nothing: another version may still declare it.
    """
    rows = {row.name: row for row in Schedule.unscoped.all()}  # unscoped: schedules belong to the installation
    for plan in PLANS.values():
        row = rows.get(plan.name)
        if row is None:
            new = Schedule(name=plan.name, rule=str(plan.rule), next_at=next_slot(plan.rule, at))
            Schedule.unscoped.bulk_create([new], ignore_conflicts=True)  # unscoped: as above
        elif row.rule != str(plan.rule):
            Schedule.unscoped.filter(name=plan.name, rule=row.rule).update(  # unscoped: as above
                rule=str(plan.rule), next_at=next_slot(plan.rule, at)
            )


def fire_due(*, at: datetime) -> list[str]:
    """Enqueue the jobs of the schedules that are due; returns the job ids.

    Of the slots that passed while no worker ran only the latest fires. Two workers that come at the same time fire
    once: the row moves on under a condition, and the slot is unique in the database. When the clock has gone back, the
    row's next slot lies too far ahead; it is set right, and slots that have had their job do not get another.
    """
    rows = {row.name: row for row in Schedule.unscoped.all()}  # unscoped: schedules belong to the installation
    if any(plan.name not in rows or rows[plan.name].rule != str(plan.rule) for plan in PLANS.values()):
        sync_schedules(at=at)
        rows = {row.name: row for row in Schedule.unscoped.all()}  # unscoped: as above
    fired = [_fire(plan, rows[plan.name], at) for plan in list(PLANS.values()) if plan.name in rows]
    return [job_id for job_id in fired if job_id is not None]


def _fire(plan: Plan, row: Schedule, at: datetime) -> str | None:
    following = next_slot(plan.rule, at)
    clock_went_back = row.next_at > following
    if not row.enabled or not (row.next_at <= at or clock_went_back):
        return None
    slot = slot_at(plan.rule, at)
    with transaction.atomic():
        mine = Schedule.unscoped.filter(name=plan.name, next_at=row.next_at, enabled=True)  # unscoped: as above
        if not mine.update(next_at=following):
            return None
        job_id = queue.enqueue_slot(plan.kind, schedule=plan.name, slot=slot, actor=schedule_actor(), at=at)
        if job_id is not None:
            Schedule.unscoped.filter(name=plan.name).update(last_slot=slot, last_enqueued=at)  # unscoped: as above
    return job_id
