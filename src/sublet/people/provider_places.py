"""Who of a process may wait for identity providers: a few requests at a time, so that a slow provider stops nobody else.

A process answers a handful of requests at once. If each could wait for a provider, one company's that hangs would take the
pages of everybody. Kept in memory, for each process by itself: nothing here need survive a restart.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

#: Requests of a process that wait for providers at the same time.
MOST_WAITING = 2
#: Seconds for which nobody waits for a provider that did not answer in time.
SPARED = 10.0
#: Who takes longer than this many seconds has one place only, for as many seconds after that.
SLOW, KNOWN_AS_SLOW = 2.0, 300.0
_MOST_REMEMBERED = 1000


class Busy(Exception):
    """All places are taken. Nothing was asked."""


class Spared(Exception):
    """The provider has just let somebody wait in vain. Nothing was asked."""


class Places:
    """The places of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[str] = []
        self._spared: dict[str, float] = {}
        self._slow: dict[str, float] = {}

    def take(self, issuer: str) -> None:
        """Take a place, without waiting for one. Raises Busy, Spared."""
        with self._lock:
            at = monotonic()
            if self.spares(issuer):
                raise Spared
            slow = self._slow.get(issuer, 0) > at and issuer in self._waiting
            if slow or len(self._waiting) >= MOST_WAITING:
                raise Busy
            self._waiting.append(issuer)

    def spares(self, issuer: str) -> bool:
        """Whether somebody has just waited for it in vain."""
        return self._spared.get(issuer, 0) > monotonic()

    def leave(self, issuer: str, *, took: float, in_time: bool) -> None:
        """Give a place back after `took` seconds; `in_time`: the provider has answered."""
        with self._lock:
            self._waiting.remove(issuer)
            if not in_time:
                _remember(self._spared, issuer, SPARED)
            if took > SLOW or not in_time:
                _remember(self._slow, issuer, KNOWN_AS_SLOW)

    def forget(self) -> None:
        """Spare nobody."""
        with self._lock:
            self._spared.clear()
            self._slow.clear()


def _remember(where: dict[str, float], issuer: str, seconds: float) -> None:
    where.pop(issuer, None)
    where[issuer] = monotonic() + seconds
    if len(where) > _MOST_REMEMBERED:
        del where[next(iter(where))]


PLACES = Places()
_held: ContextVar[list[bool] | None] = ContextVar("a_place", default=None)


@contextmanager
def a_place(issuer: str) -> Iterator[None]:
    """Hold one place while that provider is asked, however many questions it takes. Raises Busy, Spared."""
    if _held.get() is not None:
        yield
        return
    PLACES.take(issuer)
    began, late = monotonic(), list[bool]()
    token = _held.set(late)
    try:
        yield
    finally:
        _held.reset(token)
        PLACES.leave(issuer, took=monotonic() - began, in_time=not late)


def note_no_answer() -> None:
    """The provider that is asked at the moment did not answer in time."""
    late = _held.get()
    if late is not None:
        late.append(True)
