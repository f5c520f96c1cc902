"""The clocks: the only file that reads them, so that tests can move them."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

if hasattr(time, "CLOCK_BOOTTIME"):

    def _steady() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:
    _steady = time.monotonic


def steady() -> float:
    """Seconds that only go forward, also while the machine sleeps; no date."""
    return _steady()


def wall() -> float:
    """Seconds since 1970, as this machine believes."""
    return time.time()


def instant(seconds: float) -> str:
    """A Unix time as the API writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    """The Unix time of an instant of the API. Raises ValueError."""
    return datetime.fromisoformat(text).timestamp()


def uuid7() -> str:
    """A new id that sorts by the time of its making, which the server's index of ids likes eight times better than chance."""
    made = (int(wall() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    made = made & ~(0xF << 76) | (7 << 76)
    made = made & ~(0x3 << 62) | (2 << 62)
    text = f"{made:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class ServerClock:
    """The server's time, as its answers tell it: what is measured in seconds here must not depend on whether this machine's
    clock is right. Before the first answer it is this machine's own."""

    def __init__(self) -> None:
        self._heard: tuple[float, float] | None = None

    def heard(self, date: str | None) -> None:
        """Take the header ``Date`` of an answer that came just now."""
        if date:
            with suppress(ValueError, TypeError):
                self._heard = (parsedate_to_datetime(date).timestamp() + 0.5, steady())

    @property
    def known(self) -> bool:
        """Whether the server was heard."""
        return self._heard is not None

    def skew(self) -> float:
        """How many seconds this machine is behind the server; within two it counts as none, as ``Date`` has no fractions."""
        if self._heard is None:
            return 0.0
        told, then = self._heard
        found = told + steady() - then - wall()
        return found if abs(found) > 2.0 else 0.0

    def now(self) -> float:
        """The Unix time, by the server."""
        return wall() + self.skew()
