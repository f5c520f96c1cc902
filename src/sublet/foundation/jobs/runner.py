"""Doing one claimed job: clean state, the account's scope, the handler, the outcome."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import datetime
from enum import Enum

from django.db import InterfaceError, OperationalError, connection, transaction

from sublet.foundation import logs
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import queue
from sublet.foundation.jobs.context import GiveUp, JobContext, JobLost
from sublet.foundation.jobs.failures import describe, without_secrets
from sublet.foundation.jobs.models import Job, State
from sublet.foundation.jobs.registry import KINDS, kind_of
from sublet.foundation.scope import account_scope, actor_scope, platform_scope

INERROR = 3  # libpq: a statement of the transaction failed, every further one is refused

logger = logging.getLogger(__name__)


class Outcome(Enum):
    """How an attempt ended, as far as this worker may say."""

    DONE = "done"
    FAILED = "failed"
    LOST = "lost"


def prepared(job: Job, *, at: datetime, now: Callable[[], datetime]) -> JobContext | None:
    """What the handler of a claimed job is given; None when the row names no actor, and then the job is dead.

    `at` is the instant of this attempt, `now` reads the clock for what is written later.
    """
    try:
        actor = Actor.from_job(job.actor)
    except (KeyError, TypeError, ValueError) as fault:
        held = queue.Claim(job.id, job.worker, job.fence)
        logger.exception("job %s %s: without an actor it cannot run", job.kind, job.id)
        queue.fail(job, held, error=describe(fault), at=at, final=True)
        return None
    return JobContext(
        job_id=str(job.id),
        account_id=job.account_id,
        actor=actor,
        at=at,
        attempt=job.attempts,
        fence=job.fence,
        worker=job.worker,
        now=now,
    )


@contextmanager
def scope_of(context: JobContext, kind: str) -> Iterator[None]:
    """Within: the accounts that the job may touch. An actor that is confined to some accounts stays confined."""
    actor = context.actor
    if context.account_id is None:
        with platform_scope(f"job {kind}"):
            yield
    elif context.account_id == actor.account_id and actor.reach is not None:
        with actor_scope(actor):
            yield
    else:
        with account_scope(context.account_id):
            yield


def execute(job: Job, context: JobContext) -> Outcome:
    """Run the handler of a claimed job and write how it ended.

    The handler starts without any context variable of whoever calls, so neither scope nor language nor anything else of
    the job before it can be seen, and what it sets is gone afterwards, however it ends.
    """
    if connection.in_atomic_block:
        return Context().run(_attempt, job, context)  # within a test's transaction: the connection is not ours
    connection.close_if_unusable_or_obsolete()
    try:
        return Context().run(_attempt, job, context)
    finally:
        if connection.in_atomic_block or connection.needs_rollback or not connection.get_autocommit():
            connection.close()  # a handler left a transaction open: the next job must not be part of it


def _attempt(job: Job, context: JobContext) -> Outcome:
    actor = context.actor
    logs.context.set(
        {"request": job.request_id, "account": actor.account_ref, "actor": actor.name, "job": context.job_id}
    )
    final = False
    try:
        result = _call(job, context)
    except JobLost:
        logger.warning("job %s %s: taken over by another worker", job.kind, job.id)
        return Outcome.LOST
    except GiveUp as verdict:
        error, final = without_secrets(str(verdict)), True
    except Exception as fault:
        # The trace goes to the log only: it may quote data that the list of dead jobs must not show.
        logger.exception("job %s %s: attempt %d of %d failed", job.kind, job.id, job.attempts, job.max_attempts)
        error = describe(fault)
    else:
        if context.completed or _surely(lambda: queue.finish(context.claim, at=context.now(), result=result)):
            return Outcome.DONE
        logger.warning("job %s %s: finished here after another worker had taken it over", job.kind, job.id)
        return Outcome.LOST
    if context.completed:
        logger.error("job %s %s: failed after it had completed: %s", job.kind, job.id, error)
        return Outcome.DONE
    if not _surely(lambda: queue.fail(job, context.claim, error=error, at=context.now(), final=final)):
        return Outcome.LOST
    return Outcome.FAILED


def _call(job: Job, context: JobContext) -> object:
    handler = kind_of(job.kind).handler
    with scope_of(context, job.kind):
        if not connection.in_atomic_block:
            return handler(context, **job.payload)
        before = transaction.savepoint()
        try:
            return handler(context, **job.payload)
        except BaseException:
            if connection.needs_rollback or _refuses_statements():
                # Otherwise a failed statement of the handler would make the caller's transaction unusable.
                transaction.savepoint_rollback(before)
                connection.set_rollback(False)
            raise


def _refuses_statements() -> bool:
    return connection.vendor == "postgresql" and connection.connection.info.transaction_status == INERROR


def _surely(write: Callable[[], bool]) -> bool:
    """Write the outcome even when the database is away for some seconds: finished work is not done again."""
    for pause in (0.5, 1, 2, 4):
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            logger.warning("the outcome of a job could not be stored yet", exc_info=True)
            connection.close()
            time.sleep(pause)
    return write()


def run_due_jobs(*, at: datetime, worker: str = "inline", limit: int = 1000) -> int:
    """Do what is due at `at` here and now, in this thread and on this connection; returns how many attempts were made.

    For tests and for commands that must not wait for a worker. A job that fails is not tried again before its wait is
    over, a job enqueued by another with the same instant is done as well.
    """
    for count in range(limit):
        job = queue.claim(worker=worker, kinds=sorted(KINDS), at=at)
        if job is None:
            return count
        context = prepared(job, at=at, now=lambda: at) if job.state == State.RUNNING else None
        if context is not None:
            execute(job, context)
    return limit
