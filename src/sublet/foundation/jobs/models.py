"""The tables of the queue: jobs, schedules, workers.

None of them is asked through the tenant scope. A job names its account in a plain `account_id` (null: platform-wide),
as the journal does, because the queue knows no app above it; the worker enters that account's scope before the handler
runs.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.foundation.unscoped import UnscopedManager

__all__ = ["Job", "Schedule", "Worker"]


class State(models.TextChoices):
    """Where a job stands. `docs/reference/jobs.md` draws the ways between the states."""

    READY = "ready", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    DEAD = "dead", _("Failed for good")
    DISCARDED = "discarded", _("Discarded")


ACTIVE = (State.READY, State.RUNNING)
FINISHED = (State.DONE, State.DISCARDED)


class Job(models.Model):
    """One piece of work for the machine.

    `fence` grows with each claim; whoever writes about a claim carries the fence it got, so that a worker that was
    thought dead and was not can no longer finish what another has taken over. `touched_at` is when the queue last wrote
    the row: lying in the future it shows that the clock has gone back. `not_before` is what the caller asked for,
    `run_at` when the queue tries next.
    """

    unscoped = UnscopedManager()

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=200, blank=True, default="")
    payload = models.JSONField(default=dict)
    account_id = models.BigIntegerField(null=True)
    actor = models.JSONField()
    request_id = models.CharField(max_length=40, blank=True, default="")
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    run_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField()
    losses = models.PositiveIntegerField(default=0)
    lease = models.PositiveIntegerField()
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True, default="")
    progress_done = models.PositiveBigIntegerField(null=True)
    progress_total = models.PositiveBigIntegerField(null=True)
    progress_note = models.CharField(max_length=200, blank=True, default="")
    result = models.JSONField(null=True)
    last_error = models.TextField(blank=True, default="")
    schedule = models.CharField(max_length=80, blank=True, default="")
    slot = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "jobs"
        base_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "kind", "key"],
                condition=~Q(key="") & Q(state__in=ACTIVE) & Q(account_id__isnull=False),
                name="a_key_is_active_once_for_an_account",
            ),
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=~Q(key="") & Q(state__in=ACTIVE) & Q(account_id__isnull=True),
                name="a_key_is_active_once_for_the_platform",
            ),
            models.UniqueConstraint(
                fields=["schedule", "slot"],
                condition=Q(slot__isnull=False),
                name="a_slot_of_a_schedule_is_enqueued_once",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True)),
                name="a_job_has_a_lease_while_it_runs",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="a_job_is_in_a_known_state"),
            models.CheckConstraint(condition=Q(max_attempts__gt=0), name="a_job_may_be_tried_at_least_once"),
        ]
        indexes = [
            # The claiming statement repeats this condition word for word; otherwise SQLite would not use the index.
            models.Index(fields=["priority", "run_at"], condition=Q(state__in=ACTIVE), name="jobs_wait_in_order"),
            # These two have no condition: SQLite does not see that a parameter fulfils one.
            models.Index(fields=["state", "-id"], name="jobs_by_state_newest_first"),
            models.Index(fields=["finished_at"], name="finished_jobs_go_oldest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Schedule(models.Model):
    """A schedule that the code declares: when it fires next, and whether somebody has switched it off."""

    unscoped = models.Manager()

    name = models.CharField(max_length=80, primary_key=True)
    rule = models.CharField(max_length=80)
    enabled = models.BooleanField(default=True)
    next_at = models.DateTimeField()
    last_slot = models.DateTimeField(null=True)
    last_enqueued = models.DateTimeField(null=True)

    class Meta:
        db_table = "job_schedules"

    def __str__(self) -> str:
        return f"{self.name} {self.rule}"


class Worker(models.Model):
    """A worker process, alive while `last_seen` is recent and `stopped_at` is null."""

    unscoped = models.Manager()

    name = models.CharField(max_length=120, primary_key=True)
    pid = models.PositiveIntegerField()
    host = models.CharField(max_length=80)
    threads = models.PositiveSmallIntegerField()
    version = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    last_seen = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "job_workers"

    def __str__(self) -> str:
        return self.name
