"""The clock of the server: that of the machine, moved forward as a test likes it."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """`machine` tells the machine's time, in seconds since 1970."""

    def __init__(self, machine: Callable[[], float] = time.time) -> None:
        self._machine = machine
        self.ahead = 0.0
        self.stopped_at: float | None = None

    def now(self) -> float:
        """Seconds since 1970, as all times at Stripe."""
        if self.stopped_at is not None:
            return self.stopped_at
        return self._machine() + self.ahead

    def seconds(self) -> int:
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Only forwards, as Stripe's own test clocks."""
        if seconds < 0:
            raise ValueError("the clock goes forwards only")
        if self.stopped_at is not None:
            self.stopped_at += seconds
        else:
            self.ahead += seconds

    def stop(self) -> None:
        self.stopped_at = self.now()

    def go_on(self) -> None:
        if self.stopped_at is not None:
            self.ahead = self.stopped_at - self._machine()
            self.stopped_at = None

    def machine(self) -> int:
        """What a receiver compares the time of a signature with."""
        return int(self._machine())
