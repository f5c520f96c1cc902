"""Doing a piece of work once for each key.

The claim of the key, the effect and the answer are one transaction: a process that dies at any moment leaves either all
of it or nothing, so there is never a claim without an effect, nor an effect that could happen again. Of several that
come with the same key at the same time, one works; the others wait for it and get its answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.idempotency.models import IdempotentAnswer
from sublet.foundation.unscoped import past_scope

LIFETIME = timedelta(hours=24)
#: How long one that comes second waits for the first.
WAIT_SECONDS = 10
BATCH = 1000


class CannotAnswerAgain(Refusal):
    """Why a request with a known key gets no answer. `code` is what the API says."""

    SENTENCES: ClassVar = {
        "reused": _("This Idempotency-Key was used for another request. Use a new key for each intent."),
        "in-progress": _("The first request with this Idempotency-Key is still at work. Ask again in a moment."),
        "shown-once": _(
            "The first request with this Idempotency-Key was answered, and its answer held a secret that is shown once. "
            "If it did not reach you, revoke what was made and make another."
        ),
    }

    location: str = ""  # with ``shown-once``: what the first request made


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to. `kept`: the same request gets it again; otherwise everything done for it is undone."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    kept: bool = True
    shown_once: bool = False
    replayed: bool = False


class _Undone(Exception):
    """Carries an answer that is not kept out of the transaction, which is rolled back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def fingerprint_of(*parts: bytes) -> str:
    """A digest of what makes two requests the same. The length of each part counts, so that none can borrow of another."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def answer_once(*, key: str, fingerprint: str, work: Callable[[], Answer], actor: Actor, at: datetime) -> Answer:
    """The answer to a request that carries `key`: the one it had within the last 24 hours, or what `work` gives now.

    Keys of different accounts have nothing to do with each other. An answer that is not `kept` (a "no", a fault) leaves
    nothing behind, neither effect nor claim. Raises CannotAnswerAgain: ``reused`` when the key came with another
    `fingerprint`, ``shown-once``, and ``in-progress`` when the first one is not done within `WAIT_SECONDS`.
    """
    key_hash = fingerprint_of(key.encode("utf-8", "surrogatepass"))
    mine = IdempotentAnswer.unscoped.filter(account_id=actor.account_id, key_hash=key_hash)  # unscoped: by plain id
    known = mine.filter(expires_at__gt=at).first()
    if known is not None:
        return _again(known, fingerprint)
    try:
        with transaction.atomic():
            claim = _claimed(actor.account_id, key_hash, fingerprint, at=at)
            if claim is None:
                first = mine.filter(expires_at__gt=at).first()
                if first is None:
                    raise CannotAnswerAgain("in-progress")  # it ended with a "no" in this very moment
                return _again(first, fingerprint)
            answer = work()
            if not answer.kept:
                raise _Undone(answer)
            claim.status = answer.status
            claim.headers = dict(answer.headers)
            claim.shown_once = answer.shown_once
            claim.body = b"" if answer.shown_once else answer.body
            with past_scope("bound to one account by its plain id"):
                claim.save(update_fields=["status", "headers", "shown_once", "body"])
            return answer
    except _Undone as undone:
        return undone.answer


def _claimed(account_id: int, key_hash: str, fingerprint: str, *, at: datetime) -> IdempotentAnswer | None:
    """The row that holds the key from now on, or None when another transaction has taken it."""
    # unscoped: bound to one account by its plain id
    IdempotentAnswer.unscoped.filter(account_id=account_id, key_hash=key_hash, expires_at__lte=at).delete()
    claim = IdempotentAnswer(
        account_id=account_id,
        key_hash=key_hash,
        fingerprint=fingerprint,
        status=0,
        body=b"",
        created_at=at,
        expires_at=at + LIFETIME,
    )
    try:
        with transaction.atomic():
            _wait_at_most(WAIT_SECONDS)
            with past_scope("as above"):
                claim.save(force_insert=True)  # waits here for another transaction that holds the key
            _wait_at_most(None)
    except IntegrityError:
        return None
    except OperationalError as fault:
        raise CannotAnswerAgain("in-progress") from fault
    return claim


def _wait_at_most(seconds: int | None) -> None:
    """On PostgreSQL: how long a statement waits for a lock, until the transaction ends. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        # past the scope: a setting of the connection, no rows
        with connection.cursor() as cursor:
            wanted = "DEFAULT" if seconds is None else f"'{seconds}s'"
            cursor.execute(f"SET LOCAL lock_timeout TO {wanted}")


def _again(row: IdempotentAnswer, fingerprint: str) -> Answer:
    if row.fingerprint != fingerprint:
        raise CannotAnswerAgain("reused")
    if row.shown_once:
        refusal = CannotAnswerAgain("shown-once")
        refusal.location = row.headers.get("Location", "")
        raise refusal
    return Answer(status=row.status, body=bytes(row.body), headers=row.headers, replayed=True)


def purge_answers(*, actor: Actor, at: datetime) -> int:
    """Remove the answers that are over; returns how many. In batches, for the other writers' sake."""
    actor.require("jobs:manage")
    purged = 0
    over = IdempotentAnswer.unscoped.filter(expires_at__lte=at)  # unscoped: the installation's own housekeeping
    while ids := list(over.order_by("expires_at").values_list("id", flat=True)[:BATCH]):
        IdempotentAnswer.unscoped.filter(id__in=ids).delete()  # unscoped: as above
        purged += len(ids)
    return purged
