"""The queue itself: putting in, claiming, renewing, finishing. Each write is one statement and says who may do it.

No function here reads the clock; the worker and the callers bring `at`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from django.db import connection, transaction

from sublet.core.schedule import retry_at
from sublet.foundation.actor import Actor
from sublet.foundation.jobs.models import Job, State
from sublet.foundation.jobs.registry import kind_of
from sublet.foundation.refs import uuid7
from sublet.foundation.unscoped import past_scope

LARGEST_PAYLOAD = 64 * 1024
#: A row written so far in the future shows that the clock has gone back. Hosts whose clocks differ by more than this
#: would take each other's jobs over.
CLOCK_SLACK = timedelta(seconds=60)
#: SQLite takes so many values in one statement, two of each row.
_MOST_ROWS = 10_000


class Platform(Enum):
    """The explicit "no account": see PLATFORM."""

    PLATFORM = "platform"


#: In place of an account id: a job of the whole installation. Never the default: whoever means it writes it.
PLATFORM: Final = Platform.PLATFORM


@dataclass(frozen=True, slots=True)
class Claim:
    """Which job, by which worker, under which fence: what a write about a running job must carry."""

    job_id: uuid.UUID
    worker: str
    fence: int


def enqueue(
    kind: str,
    *,
    account_id: int | Platform,
    actor: Actor,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
    key: str | None = None,
    run_at: datetime | None = None,
    priority: int = 0,
) -> str:
    """Put a job into the queue, in the caller's transaction; returns its id (UUIDv7 as text).

    The job acts for `account_id` (PLATFORM for none) in the name of `actor`. With a `key`, a job of the same kind,
    account and key that still waits or runs is returned instead, and the database never lets a second one in. It starts
    as soon as a worker is free, or not before `run_at`; among jobs that are due, the lower `priority` number comes
    first. `payload` holds references and plain JSON values, never secrets.

    Raises UnknownJob; TypeError for a payload that the handler does not take or JSON cannot hold, and for a missing
    actor or account; ValueError for a payload above 64 KiB, a key above 200 characters or a naive instant.
    """
    return _put(
        kind,
        account_id=account_id,
        actor=actor,
        at=at,
        payload=payload or {},
        key=key or "",
        not_before=run_at,
        priority=priority,
    )[0]


def enqueue_once(
    kind: str, *, account_id: int | Platform, actor: Actor, at: datetime, payload: Mapping[str, Any], key: str
) -> tuple[str, bool]:
    """`enqueue` for whoever must know whether the job is a new one: its id, and whether it is."""
    return _put(kind, account_id=account_id, actor=actor, at=at, payload=payload, key=key, not_before=None, priority=0)


@past_scope("the queue takes work for every account, and for none")
def enqueue_many(
    kind: str, *, account_ids: Collection[int], actor: Actor, at: datetime, key: str, run_at: datetime | None = None
) -> None:
    """The same job, without payload, for many accounts in one statement; not for those where one of that key waits or runs.

    In the caller's transaction. Raises as `enqueue`.
    """
    if not key:
        raise ValueError(f"job {kind}: many at once need a key")
    if not account_ids:
        return
    ids = list(account_ids)
    alike = _made(kind, account_id=ids[0], actor=actor, at=at, payload={}, key=key, not_before=run_at, priority=0)
    # The rows differ in two columns: as objects they would take most of the time of whoever puts in thousands a second.
    fields = {field.column: field for field in Job._meta.concrete_fields}
    of_each = ("id", "account_id")
    others = [name for name in fields if name not in of_each]
    values = [fields[name].get_db_prep_save(getattr(alike, fields[name].attname), connection) for name in others]
    quoted = ", ".join(connection.ops.quote_name(name) for name in (*of_each, *others))
    for begin in range(0, len(ids), _MOST_ROWS):
        part = ids[begin : begin + _MOST_ROWS]
        rows: list[Any]
        if connection.vendor == "postgresql":
            given, rows = "SELECT * FROM unnest(%s::uuid[], %s::bigint[])", [[uuid7(at) for _ in part], part]
        else:
            given = f"VALUES {', '.join(['(%s, %s)'] * len(part))}"
            rows = [value for each in part for value in (_uuid(uuid7(at)), each)]
        with connection.cursor() as cursor:  # past the scope: the accounts are in the rows
            cursor.execute(
                f"INSERT INTO jobs ({quoted}) WITH given (id, account) AS ({given})"  # noqa: S608  names of columns
                f" SELECT given.id, given.account, {', '.join(['%s'] * len(values))} FROM given WHERE true"
                " ON CONFLICT DO NOTHING",
                [*rows, *values],
            )


def enqueue_slot(kind: str, *, schedule: str, slot: datetime, actor: Actor, at: datetime) -> str | None:
    """Put in the platform-wide job for one slot of a schedule; None when that slot has had its job.

    None as well when the job of an earlier slot still waits or runs: slots do not pile up.
    """
    job = _made(
        kind,
        account_id=PLATFORM,
        actor=actor,
        at=at,
        payload={},
        key=f"schedule:{schedule}",
        not_before=None,
        priority=0,
    )
    job.schedule, job.slot = schedule, slot
    Job.unscoped.bulk_create([job], ignore_conflicts=True)  # unscoped: the queue belongs to the installation
    return str(job.id) if Job.unscoped.filter(id=job.id).exists() else None  # unscoped: as above


def _made(
    kind: str,
    *,
    account_id: int | Platform,
    actor: Actor,
    at: datetime,
    payload: Mapping[str, Any],
    key: str,
    not_before: datetime | None,
    priority: int,
) -> Job:
    registered = kind_of(kind)
    if not isinstance(actor, Actor):
        raise TypeError(f"job {kind}: an actor is required, not {actor!r}")
    if account_id is not PLATFORM and type(account_id) is not int:
        raise TypeError(f"job {kind}: an account id or PLATFORM is required, not {account_id!r}")
    if at.tzinfo is None or (not_before is not None and not_before.tzinfo is None):
        raise ValueError(f"job {kind}: instants carry their time zone")
    if len(key) > 200:
        raise ValueError(f"job {kind}: a key has at most 200 characters")
    registered.check(payload)
    if len(json.dumps(payload, allow_nan=False)) > LARGEST_PAYLOAD:
        raise ValueError(f"job {kind}: the payload is for references; what is larger belongs into a table")
    return Job(
        id=uuid7(at),
        kind=kind,
        key=key,
        payload=dict(payload),
        account_id=None if isinstance(account_id, Platform) else account_id,
        actor=actor.for_job(),
        request_id=actor.request_id[:40],
        priority=priority,
        run_at=at if not_before is None else not_before,
        not_before=not_before,
        max_attempts=registered.max_attempts,
        lease=registered.lease,
        created_at=at,
        touched_at=at,
    )


@past_scope("the queue takes work for every account, and for none")
def _put(kind: str, **facts: Any) -> tuple[str, bool]:
    """The id of the job, and whether it was put in now."""
    job = _made(kind, **facts)
    if not job.key:
        job.save(force_insert=True)
        return str(job.id), True
    # The job that is in the way may end between the two statements; then there is room for ours.
    for _attempt in range(20):
        with transaction.atomic(savepoint=False):
            Job.unscoped.bulk_create([job], ignore_conflicts=True)  # unscoped: the queue belongs to the installation
            there = _active(job)
        if there is not None:
            return there, there == str(job.id)
    raise RuntimeError(f"job {kind}: neither stored nor found under its key")


def _active(job: Job) -> str | None:
    """The id of the job that holds the key of `job`, which may be itself.

    The conditions of the unique indexes are repeated word for word; otherwise SQLite would read the whole table.
    """
    whose = "account_id IS NULL" if job.account_id is None else "account_id = %s AND account_id IS NOT NULL"
    mine = [] if job.account_id is None else [job.account_id]
    with connection.cursor() as cursor:  # past the scope: the account is in the condition
        cursor.execute(
            f"SELECT id FROM jobs WHERE {whose}"  # noqa: S608  one of two constants
            " AND kind = %s AND key = %s AND NOT (key = '') AND state IN ('ready', 'running')",
            [*mine, job.kind, job.key],
        )
        row = cursor.fetchone()
    return None if row is None else str(uuid.UUID(str(row[0])))


# What the worker does -------------------------------------------------------------------------------------------------


def _instant(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _uuid(value: uuid.UUID) -> Any:
    return Job._meta.pk.get_db_prep_value(value, connection)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """The four places where the statements below differ."""

    instant: str
    lease_end: str
    lock: str
    in_order: str


_POSTGRESQL = _Dialect(
    instant="%s::timestamptz",
    lease_end="%s::timestamptz + lease * interval '1 second'",
    lock="FOR UPDATE SKIP LOCKED",
    in_order="",
)
_SQLITE = _Dialect(
    instant="%s",
    lease_end="strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s, lease || ' seconds')",
    lock="",
    in_order="INDEXED BY jobs_wait_in_order",  # left to itself it may sort the whole backlog for each claim
)


def _dialect() -> _Dialect:
    return _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE


def claim(*, worker: str, kinds: Collection[str], at: datetime, takeover: bool = True) -> Job | None:
    """Take the next job that is due; None when there is none.

    One statement chooses and marks it. It also takes over a job whose lease has run out (unless `takeover` is off), and
    there it looks at the number of attempts: a job that has had them all becomes **dead** instead of running again, in
    the same statement, so that a job which kills its worker cannot go on for ever. The caller looks at `state`.
    """
    if not kinds:
        return None
    dialect = _dialect()
    instant, lease_end = dialect.instant, dialect.lease_end
    marks = ", ".join(["%s"] * len(kinds))
    taken_over = f"(lease_until <= {instant} OR touched_at > {instant})" if takeover else "1 = 0"
    sql = f"""
        UPDATE jobs SET
            state = CASE WHEN attempts >= max_attempts THEN 'dead' ELSE 'running' END,
            lease_until = CASE WHEN attempts >= max_attempts THEN NULL ELSE {lease_end} END,
            finished_at = CASE WHEN attempts >= max_attempts THEN {instant} ELSE NULL END,
            attempts = CASE WHEN attempts >= max_attempts THEN attempts ELSE attempts + 1 END,
            losses = losses + CASE WHEN state = 'running' THEN 1 ELSE 0 END,
            last_error = CASE WHEN state = 'running' THEN %s ELSE last_error END,
            fence = fence + 1, worker = %s, touched_at = {instant}, started_at = {instant}
        WHERE id = (
            SELECT id FROM jobs {dialect.in_order}
            WHERE state IN ('ready', 'running') AND kind IN ({marks}) AND (
                (state = 'ready' AND (run_at <= {instant}
                    OR (touched_at > {instant} AND (not_before IS NULL OR not_before <= {instant}))))
                OR (state = 'running' AND {taken_over}))
            ORDER BY priority, run_at LIMIT 1 {dialect.lock})
        RETURNING *
    """  # noqa: S608  the inserted pieces are the constants above and the placeholders for `kinds`
    now, ahead = _instant(at), _instant(at + CLOCK_SLACK)
    parameters = [now, now, LOST, worker, now, now, *kinds, now, ahead, now]
    if takeover:
        parameters += [now, ahead]
    # unscoped: the worker serves every account; past the scope: one statement claims, which the ORM cannot say
    rows = list(Job.unscoped.raw(sql, parameters))
    return rows[0] if rows else None


#: Stored as the error of an attempt whose worker was never heard of again.
LOST = "The worker stopped in the middle of it, or was cut off from the database."

_HELD = "id = %s AND worker = %s AND fence = %s AND state = 'running'"


@past_scope("one job, named by its claim")
def renew(held: Claim, *, at: datetime) -> bool:
    """Extend the lease; False when the claim is no longer in force.

    True also while the handler's own transaction holds the row: nobody else can take it then.
    """
    dialect = _dialect()
    keys = [_uuid(held.job_id), held.worker, held.fence]
    with connection.cursor() as cursor:  # past the scope: one job, named by its claim
        cursor.execute(
            f"UPDATE jobs SET lease_until = {dialect.lease_end}, touched_at = {dialect.instant}"  # noqa: S608  constants only
            f" WHERE id = (SELECT id FROM jobs WHERE {_HELD} {dialect.lock})",
            [_instant(at), _instant(at), *keys],
        )
        if cursor.rowcount == 1:
            return True
        cursor.execute(f"SELECT 1 FROM jobs WHERE {_HELD}", keys)  # noqa: S608  constants only
        return cursor.fetchone() is not None


def report(
    held: Claim, *, done: int | None, total: int | None, note: str, at: datetime, completing: bool = False
) -> bool:
    """Store progress; False when the claim is not in force. `completing`: within the transaction that finishes."""
    states = (State.RUNNING, State.DONE) if completing else (State.RUNNING,)
    rows = Job.unscoped.filter(  # unscoped: one job, named by its claim
        id=held.job_id, worker=held.worker, fence=held.fence, state__in=states
    )
    return rows.update(progress_done=done, progress_total=total, progress_note=note[:200], touched_at=at) == 1


def _end(held: Claim, **values: Any) -> bool:
    rows = Job.unscoped.filter(  # unscoped: one job, named by its claim
        id=held.job_id, worker=held.worker, fence=held.fence, state=State.RUNNING
    )
    return rows.update(lease_until=None, **values) == 1


def finish(held: Claim, *, at: datetime, result: Any = None) -> bool:
    """Mark the job done; False when the claim is no longer in force, and then nothing is written."""
    return _end(held, state=State.DONE, finished_at=at, touched_at=at, last_error="", result=result)


def fail(job: Job, held: Claim, *, error: str, at: datetime, final: bool = False) -> bool:
    """Note a failure: again later with a growing wait, or dead after the last attempt or when `final`.

    False when the claim is no longer in force.
    """
    if final or job.attempts >= job.max_attempts:
        return _end(held, state=State.DEAD, finished_at=at, touched_at=at, last_error=error)
    again = retry_at(job.attempts, at, str(job.id))
    return _end(held, state=State.READY, run_at=again, touched_at=at, last_error=error)


def give_back(job: Job, held: Claim, *, at: datetime) -> bool:
    """Put a claimed job back that was never started; the attempt does not count."""
    return _end(held, state=State.READY, attempts=job.attempts - 1, touched_at=at)
