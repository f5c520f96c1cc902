"""Many mails of one cause: queued in few statements, sent by one job over few connections.

A batch is a number that its mails carry. Its job sends what of it still waits, some seconds long, and leaves the rest to the
next; log-in codes and links, which have jobs of their own, go between. Each mail goes as one by one: everything but the dot, then
``sending`` in a commit, then the dot. That commit also says ``sent`` of the mail before, so that one mail costs one commit, and
whoever dies leaves at most one in doubt.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, connection, transaction

from sublet.accounts.models import Account
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import enqueue
from sublet.messaging.gateway import NotReached, Refused, TryLater, Unknown
from sublet.messaging.models import OutboxMail
from sublet.messaging.senders import way_of
from sublet.messaging.sending import (
    Means,
    NotMine,
    Ready,
    claim,
    end_as,
    enqueue_mail,
    made_ready,
    park,
    refuse,
    taken,
    tell_of_server,
    withhold,
    write,
)
from sublet.messaging.suppression import suppressed_among

#: Mails of one batch: what one job has in hand, and what waits together while a server is away.
BATCH = 200
#: Read at a time. Who is suppressed, and in whose name mail leaves, is asked anew for each.
CHUNK = 50
#: How long one job sends before it lets others go first.
WORKS_FOR = timedelta(seconds=5)
#: When a mail is tried by itself to which its server said "not now".
AGAIN_IN = timedelta(minutes=1)
State = OutboxMail.State
_log = logging.getLogger(__name__)


def batch_key(batch: uuid.UUID) -> str:
    """Under which key the job of a batch waits or runs."""
    return f"batch:{batch}"


def enqueue_batch(batch: uuid.UUID, *, account_id: int, actor: Actor, at: datetime) -> None:
    """One job for each batch. After the mails that somebody waits for."""
    enqueue(
        "messaging.send_batch", account_id=account_id, actor=actor, at=at,
        payload={"batch": str(batch)}, key=batch_key(batch), priority=5,
    )  # fmt: skip


def is_something_left(batch: uuid.UUID) -> bool:
    """Whether mails of the batch wait still."""
    # unscoped: the job of a reseller's batch sends mails about its clients
    return OutboxMail.unscoped.filter(batch=batch, state=State.QUEUED).exists()


def send_batch(
    *,
    batch: uuid.UUID,
    actor: Actor,
    now: Callable[[], datetime],
    goes_on: Callable[[], bool] = lambda: True,
    is_last_attempt: bool = False,
) -> None:
    """Send what of the batch waits, in the order in which it was queued, as long as `goes_on` says so or for `WORKS_FOR`.

    A mail to which its server says "not now" gets a job of its own. Where a server is not reached at all, its other mails are
    not tried; raises TryLater then, when all else is sent: the job comes again with growing waits, and on the last attempt those
    mails end as ``failed`` instead.
    """
    run = _Run(batch, actor=actor, now=now, is_last=is_last_attempt)
    begun = now()
    try:
        while run.row is not None and goes_on() and (run.away or now() - begun < WORKS_FOR):
            run.send_next()
    finally:
        # Also when it breaks off at the next: the one before has surely been sent, and would be parked as unknown.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()  # the database may have hung up, and be there again
        run.settle()
    if run.away and not is_last_attempt:
        raise next(iter(run.away.values()))


class _Run:
    """One job's work on a batch. `away`: the servers that were not reached, by the mark of their way."""

    def __init__(self, batch: uuid.UUID, *, actor: Actor, now: Callable[[], datetime], is_last: bool) -> None:
        self.actor, self.now, self.is_last = actor, now, is_last
        self.away: dict[str, NotReached] = {}
        self.means = Means()
        self._accounts: dict[int, Account] = {}
        self._suppressed: set[uuid.UUID] = set()
        self._sent: tuple[OutboxMail, dict[str, Any]] | None = None
        self._rows = self._rows_of(batch)
        self.row: OutboxMail | None = None
        self._ready: Ready | TryLater | Refused | None = None
        self._trouble: Exception | None = None
        self._look_ahead()

    def _rows_of(self, batch: uuid.UUID) -> Iterator[OutboxMail]:
        """The mails that wait, or that an attempt died at, some at a time."""
        last = uuid.UUID(int=0)
        while True:
            # unscoped: as in `is_something_left`
            rows = OutboxMail.unscoped.filter(batch=batch, id__gt=last, state__in=(State.QUEUED, State.SENDING))
            chunk = list(rows.order_by("id")[:CHUNK])
            if not chunk:
                return
            last = chunk[-1].id
            self._read_for(chunk)
            yield from chunk
            self.settle()

    def _read_for(self, chunk: list[OutboxMail]) -> None:
        missing = {row.account_id for row in chunk} - set(self._accounts)
        if missing:
            # unscoped: as in `is_something_left`
            found = Account.unscoped.select_related("parent__parent").filter(id__in=missing)
            self._accounts |= {account.id: account for account in found}
        for row in chunk:
            row.account = self._accounts[row.account_id]
        self._suppressed = suppressed_among(chunk)
        self.means = Means()
        self.means.known.read([row.account for row in chunk])
        # Before anything is handed over: another's server sees the seal even when it then refuses the mail.
        theirs = [row.id for row in chunk if row.left_by_platform is not False and self._leaves_by_another(row)]
        if theirs:
            # unscoped: as in `is_something_left`
            OutboxMail.unscoped.filter(id__in=theirs, state=State.QUEUED).update(left_by_platform=False)

    def _leaves_by_another(self, row: OutboxMail) -> bool:
        """Whether it may; `claim` says in the end whether it did."""
        return not row.secret and way_of(row.account, self.means.known).row is not None

    def _look_ahead(self) -> None:
        """Make the next mail ready; also while a server thinks about the one before."""
        self.row, self._ready = next(self._rows, None), None
        row = self.row
        if row is None or row.state == State.SENDING or row.id in self._suppressed:
            return
        try:
            self._ready = made_ready(row, self.means)
        except (TryLater, Refused) as fault:
            self._ready = fault
        except DatabaseError:
            raise
        except Exception:
            # In a job of its own it fails alone. Here every attempt would end at it, and the mails behind it never leave.
            _log.exception("mail %s: it cannot be made ready", row.id)
            self._ready = TryLater("it cannot be made ready")

    def _look_ahead_meanwhile(self) -> None:
        """Whatever goes wrong with the next mail waits until it is known what became of this one."""
        try:
            self._look_ahead()
        except Exception as fault:
            self._trouble = fault

    def send_next(self) -> None:
        """Send the mail in hand, or write down why not, and take the next in hand."""
        row, ready = self.row, self._ready
        assert row is not None  # noqa: S101 - whoever calls has looked
        if isinstance(ready, Ready):
            self._send(row, ready)
        elif row.state == State.SENDING:
            park(row, "", actor=self.actor, at=self.now())
        elif isinstance(ready, TryLater):
            self._wait(row, None, ready)
        elif isinstance(ready, Refused):
            end_as(row, ready, actor=self.actor, at=self.now())
        else:
            withhold(row, actor=self.actor, at=self.now())
        if self._trouble is not None:
            self.settle()
            raise self._trouble
        if self.row is row:
            self._look_ahead()

    def _send(self, row: OutboxMail, ready: Ready) -> None:
        try:
            fault = self.away.get(ready.leaving.way.mark)
            if fault is not None:
                raise fault
            before_end = partial(self._say_sending, row, ready)
            answer = ready.gate.hand_over(ready.envelope, before_end=before_end, meanwhile=self._look_ahead_meanwhile)
        except NotMine:
            self.settle()
        except TryLater as trouble:
            self.settle()
            self._wait(row, ready, trouble)
        except (Unknown, Refused) as trouble:
            self.settle()
            tell_of_server(ready, trouble, actor=self.actor, at=self.now())
            end_as(row, trouble, actor=self.actor, at=self.now())
        else:
            self._sent = (row, taken(row, ready, answer, at=self.now()))
            tell_of_server(ready, None, actor=self.actor, at=self.now())

    def _say_sending(self, row: OutboxMail, ready: Ready) -> None:
        with transaction.atomic():
            self._write_sent()
            mine = claim(row, by_platform=ready.by_platform, **ready.changes)
        self._sent = None
        if not mine:
            raise NotMine

    def settle(self) -> None:
        """Say of the last mail that it was sent."""
        self._write_sent()
        self._sent = None

    def _write_sent(self) -> None:
        if self._sent is not None:
            row, values = self._sent
            write(row, **values)

    def _wait(self, row: OutboxMail, ready: Ready | None, fault: TryLater) -> None:
        at = self.now()
        values: dict[str, Any] = {"answer": str(fault)[:500]}
        if row.state == State.SENDING:
            values["state"] = State.QUEUED  # it said so after the dot: it has not taken the mail, and that is known
        if isinstance(fault, NotReached) and ready is not None:
            if ready.leaving.way.mark not in self.away:
                self.away[ready.leaving.way.mark] = fault
                tell_of_server(ready, fault, actor=self.actor, at=at)
            if self.is_last:
                refuse(row, str(fault), actor=self.actor, at=at)
            else:
                write(row, **values, **ready.changes)
            return
        with transaction.atomic():
            if write(row, **values, batch=None):
                enqueue_mail(row, actor=self.actor, at=at, run_at=at + AGAIN_IN)
