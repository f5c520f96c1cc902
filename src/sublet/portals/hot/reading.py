"""Requests that come while the database is being read share the next look.

A look begins after everybody who shares it has asked, so that each answer holds whatever was acknowledged before its question.
Of one key at a time, in turn: what one may see is not another's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.foundation.scope import actor_scope
from sublet.portals.hot.answers import Kept, still_so

#: So many at most share a look: more would let all of them wait for a long list.
MOST_TOGETHER = 500
Look = Callable[[list[Kept], Actor], list[bytes | None]]


def look(asked: list[Kept], actor: Actor) -> list[bytes | None]:
    """In one statement."""
    with actor_scope(actor):
        return still_so(asked, now())


@dataclass(slots=True)
class _Waiting:
    actor: Actor
    asked: list[tuple[Kept, asyncio.Future[bytes | None]]] = field(default_factory=list)


class Reader:
    """Those who wait for the next look."""

    def __init__(self, in_thread: Callable[[Callable[[], Any]], Awaitable[Any]], work: Look = look) -> None:
        self._in_thread = in_thread
        self._work = work
        self._waiting: dict[str, _Waiting] = {}
        self._running: asyncio.Task[None] | None = None

    async def still(self, kept: Kept, actor: Actor) -> bytes | None:
        """The answer, if it is still so."""
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.get(actor.key_ref)
        if waiting is None:
            waiting = self._waiting[actor.key_ref] = _Waiting(actor)
        waiting.asked.append((kept, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                key = next(iter(self._waiting))
                waiting = self._waiting.pop(key)
                if len(waiting.asked) > MOST_TOGETHER:  # the rest after the other keys
                    self._waiting[key] = _Waiting(waiting.actor, waiting.asked[MOST_TOGETHER:])
                    del waiting.asked[MOST_TOGETHER:]
                await self._look(waiting)
        finally:
            self._running = None

    async def _look(self, waiting: _Waiting) -> None:
        try:
            asked = [kept for kept, _ in waiting.asked]
            told = await self._in_thread(lambda: self._work(asked, waiting.actor))
        except Exception:  # whatever it is: each asks again alone, and is told
            told = [None] * len(waiting.asked)
        for (_, future), said in zip(waiting.asked, told, strict=True):
            if not future.done():
                future.set_result(said)
