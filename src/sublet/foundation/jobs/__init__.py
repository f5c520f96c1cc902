"""Durable jobs: work for the machine that survives the death of a process, on SQLite and PostgreSQL alike.

`docs/reference/jobs.md` tells what is guaranteed and how to write a job.
"""

from __future__ import annotations

from sublet.foundation.jobs.context import GiveUp, JobContext, JobLost
from sublet.foundation.jobs.queue import PLATFORM, enqueue, enqueue_many, enqueue_once
from sublet.foundation.jobs.registry import UnknownJob, discover, job, schedule
from sublet.foundation.jobs.runner import run_due_jobs
from sublet.foundation.jobs.schedules import register_platform_actor

__all__ = [
    "PLATFORM",
    "GiveUp",
    "JobContext",
    "JobLost",
    "UnknownJob",
    "discover",
    "enqueue",
    "enqueue_many",
    "enqueue_once",
    "job",
    "register_platform_actor",
    "run_due_jobs",
    "schedule",
]
