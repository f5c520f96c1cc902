"""What the vendor can do about the queue. The entries go to the vendor's own history, never to the job's account."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.core.schedule import next_slot
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs.events import JobDiscarded, JobRetried, ScheduleSwitchedOff, ScheduleSwitchedOn
from sublet.foundation.jobs.models import Job, Schedule, State
from sublet.foundation.jobs.registry import PLANS
from sublet.foundation.journal.operations import record
from sublet.foundation.unscoped import past_scope


class CannotRetryJob(Refusal):
    """Why a job is not put back into the queue."""

    SENTENCES = {
        "not-dead": _("This job has not failed for good. Only those that have can be put back."),
        "already-waiting": _("The same work is already waiting or running. Discard this job instead."),
    }


class CannotDiscardJob(Refusal):
    """Why a job is not discarded."""

    SENTENCES = {
        "not-dead": _("This job has not failed for good. Only those that have can be discarded."),
    }


def retry_job(*, job_id: str, actor: Actor, at: datetime, reason: str = "") -> None:
    """Put a dead job back into the queue, with all its attempts. Raises NotFound, Forbidden, CannotRetryJob."""
    actor.require("jobs:manage")
    try:
        with transaction.atomic():
            job = _locked(job_id)
            if job.state != State.DEAD:
                raise CannotRetryJob("not-dead")
            record(
                JobRetried(job=str(job.id), kind=job.kind, error=job.last_error),
                account_id=actor.account_id,
                actor=actor,
                at=at,
                reason=reason,
            )
            job.state = State.READY
            job.attempts = job.losses = 0
            job.run_at = job.touched_at = at
            job.finished_at = None
            with past_scope("only the vendor has the right"):
                job.save(update_fields=["state", "attempts", "losses", "run_at", "touched_at", "finished_at"])
    except IntegrityError as fault:
        # The only constraint that a job can meet on its way back: its key is in use.
        raise CannotRetryJob("already-waiting") from fault


def discard_job(*, job_id: str, actor: Actor, at: datetime, reason: str = "") -> None:
    """Take a dead job off the list; it is kept 30 days longer. Raises NotFound, Forbidden, CannotDiscardJob."""
    actor.require("jobs:manage")
    with transaction.atomic():
        job = _locked(job_id)
        if job.state != State.DEAD:
            raise CannotDiscardJob("not-dead")
        job.state = State.DISCARDED
        job.finished_at = job.touched_at = at
        with past_scope("only the vendor has the right"):
            job.save(update_fields=["state", "finished_at", "touched_at"])
        record(
            JobDiscarded(job=str(job.id), kind=job.kind, error=job.last_error),
            account_id=actor.account_id,
            actor=actor,
            at=at,
            reason=reason,
        )


def switch_schedule(*, name: str, enabled: bool, actor: Actor, at: datetime) -> None:
    """Switch a declared schedule on or off; on, it begins with its next slot. Raises NotFound, Forbidden.

    Switching it to what it already is changes nothing and is not recorded.
    """
    actor.require("jobs:manage")
    with transaction.atomic():
        rows = Schedule.unscoped.select_for_update()  # unscoped: schedules belong to the installation
        row = rows.filter(name=name).first()
        if row is None or name not in PLANS:
            raise NotFound
        if row.enabled == enabled:
            return
        row.enabled = enabled
        row.next_at = next_slot(PLANS[name].rule, at)
        row.save(update_fields=["enabled", "next_at"])
        record(
            ScheduleSwitchedOn(schedule=name) if enabled else ScheduleSwitchedOff(schedule=name),
            account_id=actor.account_id,
            actor=actor,
            at=at,
        )


def _locked(job_id: str) -> Job:
    try:
        wanted = uuid.UUID(job_id)
    except ValueError:
        raise NotFound from None
    job = Job.unscoped.select_for_update().filter(id=wanted).first()  # unscoped: only the vendor has the right
    if job is None:
        raise NotFound
    return job
