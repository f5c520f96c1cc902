"""The clock of the server: that of the machine, moved forward as a test likes it."""

from __future__ import annotations

import time


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0
        self.stopped_at: float | None = None

    def now(self) -> float:
        """Seconds since 1970, as all times at Stripe."""
        if self.stopped_at is not None:
            return self.stopped_at
        return time.time() + self.ahead

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
            self.ahead = self.stopped_at - time.time()
            self.stopped_at = None

    @staticmethod
    def machine() -> int:
        """What a receiver compares the time of a signature with."""
        return int(time.time())
