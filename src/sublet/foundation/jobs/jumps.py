"""Noticing that the wall clock was moved, so that leases are not believed to have run out when they have not."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from sublet.foundation import clock

#: A difference between wall clock and running clock that no slewing explains.
JUMP = timedelta(seconds=2)
#: How long after a jump nothing is taken over: every living worker renews its leases by the new clock meanwhile.
GRACE_SECONDS = 15.0


class JumpGuard:
    """Reads the clock for the worker and compares it with the running time since it last did."""

    def __init__(
        self, *, now: Callable[[], datetime] = clock.now, running: Callable[[], float] = time.monotonic
    ) -> None:
        self._now, self._running = now, running
        self._lock = Lock()
        self._last = (now(), running())
        self._quiet_until = float("-inf")
        self.jumps = 0

    def now(self) -> datetime:
        """The present instant; notices a jump since the last call."""
        with self._lock:
            wall, running = self._now(), self._running()
            drift = (wall - self._last[0]) - timedelta(seconds=running - self._last[1])
            if abs(drift) > JUMP:
                self.jumps += 1
                self._quiet_until = running + GRACE_SECONDS
            self._last = (wall, running)
            return wall

    def may_take_over(self) -> bool:
        """Whether a lease that has run out means something at present."""
        return self._running() >= self._quiet_until
