"""Group commit: requests that come while a transaction is under way share the next one.

One thread writes. Each request is answered after the commit that holds its events, so that an acknowledgement is a
promise; waiting for the disk is shared by all who wait.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection

from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.scope import actor_scope
from sublet.metering.operations import CannotRecordUsage, Recorded, Usage, record_bodies

log = logging.getLogger(__name__)
T = TypeVar("T")
#: So many events at most share a transaction: more would let the first of them wait too long.
MOST_TOGETHER = 2_000
Said = Recorded | CannotRecordUsage | Exception


@dataclass(slots=True)
class Call:
    """Something else that is to be written: alone, in its turn."""

    work: Callable[[], Any]
    future: asyncio.Future[Any]


@dataclass(slots=True)
class Waiting:
    """A body whose sender waits."""

    events: Sequence[Usage]
    actor: Actor
    future: asyncio.Future[Said]


Record = Callable[[list[Sequence[Usage]], Actor], Sequence[Recorded | CannotRecordUsage]]


def record(bodies: list[Sequence[Usage]], actor: Actor) -> Sequence[Recorded | CannotRecordUsage]:
    """In one transaction, durable."""
    with actor_scope(actor):
        return record_bodies(bodies=bodies, actor=actor, at=now())


class Group:
    """The writer and those who wait for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Record = record) -> None:
        self._loop = loop
        self._work = work
        self._waiting: deque[Waiting | Call] = deque()
        self._somebody = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    async def record(self, events: Sequence[Usage], actor: Actor) -> Said:
        """What became of the events, once they are durable; an exception as a value."""
        waiting = Waiting(events, actor, self._loop.create_future())
        with self._somebody:
            self._waiting.append(waiting)
            self._somebody.notify()
        return await waiting.future

    async def call(self, work: Callable[[], T]) -> T | Exception:
        """What `work` gives, done by the thread that writes: two writers would only wait for one another. An exception as a
        value."""
        waiting = Call(work, self._loop.create_future())
        with self._somebody:
            self._waiting.append(waiting)
            self._somebody.notify()
        found: T | Exception = await waiting.future
        return found

    def end(self) -> None:
        """Write what waits, and end the thread."""
        with self._somebody:
            self._ending = True
            self._somebody.notify()
        self._thread.join(10)

    def _run(self) -> None:
        while True:
            with self._somebody:
                while not self._waiting and not self._ending:
                    self._somebody.wait()
                if not self._waiting:
                    break
                first = self._waiting.popleft()
                group = [] if isinstance(first, Call) else self._next(first)
            said: list[tuple[asyncio.Future[Any], Any]]
            said = [(first.future, _done(first.work))] if isinstance(first, Call) else self._answers(group)
            self._loop.call_soon_threadsafe(_tell, said)
        connection.close()

    def _next(self, first: Waiting) -> list[Waiting]:
        """Those who wait, in their order, of one key: what one may do is not another's."""
        group, count = [first], len(first.events)
        others: list[Waiting | Call] = []
        while self._waiting and count < MOST_TOGETHER:
            each = self._waiting.popleft()
            if isinstance(each, Call):  # what came before it is written before it
                others.append(each)
                break
            if each.actor.key_ref != first.actor.key_ref or count + len(each.events) > MOST_TOGETHER:
                others.append(each)
                if len(others) > MOST_TOGETHER:
                    break
                continue
            group.append(each)
            count += len(each.events)
        self._waiting.extendleft(reversed(others))
        return group

    def _answers(self, group: list[Waiting]) -> list[tuple[asyncio.Future[Said], Said]]:
        try:
            connection.close_if_unusable_or_obsolete()
            told: Sequence[Any] = self._work([each.events for each in group], group[0].actor)
        except Exception as fault:  # whatever it is: the ordinary API says it, one request at a time
            log.warning("a group of %d requests was not written", len(group), exc_info=True)
            told = [fault] * len(group)
        return [(each.future, said) for each, said in zip(group, told, strict=True)]


def _done(work: Callable[[], Any]) -> Any:
    try:
        connection.close_if_unusable_or_obsolete()
        return work()
    except Exception as fault:  # as above
        return fault


def _tell(said: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, value in said:
        if not future.done():  # whoever has hung up was counted all the same
            future.set_result(value)
