"""Group commit: requests that come while a transaction is under way share the next one.

One thread writes. Each request is answered after the commit that holds its events, so that an acknowledgement is a
promise; waiting for the disk is shared by all who wait. Accounts take turns, within a group and from one to the next: one that
sends fifty times its share waits for itself. What waits for one account has a bound, so that it waits outside.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
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
#: So many of them of one account, or one body: whoever else asks meanwhile waits for that, and for no more.
MOST_OF_ONE = 500
#: So many requests, and events, of one account wait at most.
MOST_WAITING, MOST_EVENTS_WAITING = 500, 20_000
Said = Recorded | CannotRecordUsage | Exception


class Full(Exception):
    """So much waits for that account that nothing more is taken in."""


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
        return record_bodies(bodies=bodies, actor=actor, at=now(), read_at=monotonic())


Place = tuple[str, str]


@dataclass(slots=True)
class _Queue:
    """What waits for one account and key, and how many events that is."""

    items: deque[Waiting | Call] = field(default_factory=deque)
    events: int = 0


class Group:
    """The writer and those who wait for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Record = record) -> None:
        self._loop = loop
        self._work = work
        #: By account and key; whoever is first has its turn next.
        self._waiting: dict[Place, _Queue] = {}
        self._somebody = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    async def record(self, events: Sequence[Usage], actor: Actor) -> Said:
        """What became of the events, once they are durable; an exception as a value. Raises Full."""
        waiting = Waiting(events, actor, self._loop.create_future())
        account = events[0].account if events else ""
        if any(each.account != account for each in events):
            account = ""  # of several: the key's own turn
        self._enter((account, actor.key_ref), waiting, len(events))
        return await waiting.future

    async def call(self, work: Callable[[], T], account: str, actor: Actor) -> T | Exception:
        """What `work` gives, done by the thread that writes: two writers would only wait for one another. An exception as a
        value. Raises Full."""
        waiting = Call(work, self._loop.create_future())
        self._enter((account, actor.key_ref), waiting, 1)
        found: T | Exception = await waiting.future
        return found

    def _enter(self, place: Place, waiting: Waiting | Call, events: int) -> None:
        with self._somebody:
            queue = self._waiting.get(place)
            if queue is None:
                queue = self._waiting[place] = _Queue()
            elif len(queue.items) >= MOST_WAITING or queue.events + events > MOST_EVENTS_WAITING:
                raise Full
            queue.items.append(waiting)
            queue.events += events
            self._somebody.notify()

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
                first, group = self._next()
            said: list[tuple[asyncio.Future[Any], Any]]
            said = [(first.future, _done(first.work))] if isinstance(first, Call) else self._answers(group)
            self._loop.call_soon_threadsafe(_tell, said)
        connection.close()

    def _next(self) -> tuple[Waiting | Call, list[Waiting]]:
        """What has its turn, and for a body all that is written with it: of one key, because what one may do is not
        another's, and one of each account in turn until there is no more or no room."""
        place = next(iter(self._waiting))
        first = self._leave(place)
        if isinstance(first, Call):
            return first, []
        group, count = [first], len(first.events)
        of_one = {place: count}
        turn = [each for each in self._waiting if each[1] == place[1]]
        while turn:
            stays = []
            for each in turn:
                head = self._waiting[each].items[0]
                if isinstance(head, Call) or count + len(head.events) > MOST_TOGETHER:
                    continue
                own = of_one.get(each, 0)
                if own and own + len(head.events) > MOST_OF_ONE:
                    continue
                of_one[each] = own + len(head.events)
                self._leave(each)
                group.append(head)
                count += len(head.events)
                if each in self._waiting:
                    stays.append(each)
            turn = stays
        return first, group

    def _leave(self, place: Place) -> Waiting | Call:
        """Take out what is first there; the others have their turn before its next."""
        queue = self._waiting.pop(place)
        item = queue.items.popleft()
        queue.events -= 1 if isinstance(item, Call) else len(item.events)
        if queue.items:
            self._waiting[place] = queue
        return item

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
