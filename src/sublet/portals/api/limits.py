"""How fast a caller may ask: a bucket of requests for each key, in this process's memory.

Each web process counts for itself, so that no request writes to the database only to be counted: with n processes a key
may ask up to n times as fast. What this keeps off is a loop gone wild, not an attack on many addresses.
"""

from __future__ import annotations

import threading
from math import ceil
from time import monotonic

MOST_BUCKETS = 10_000


class Buckets:
    """Up to `burst` requests at once, and `rate` in each second after that, for each caller."""

    def __init__(self, *, rate: float, burst: int) -> None:
        self.rate = rate
        self.burst = burst
        self._lock = threading.Lock()
        self._filled: dict[str, tuple[float, float]] = {}  # caller → (requests left, when that was so)

    def take(self, caller: str) -> int:
        """Count one request; 0 when it may go on, else the seconds to wait."""
        now = monotonic()
        with self._lock:
            left, since = self._filled.pop(caller, (float(self.burst), now))
            left = min(float(self.burst), left + (now - since) * self.rate)
            allowed = left >= 1
            while len(self._filled) >= MOST_BUCKETS:  # whoever has asked for longest ago leaves, with a full bucket
                self._filled.pop(next(iter(self._filled)))
            self._filled[caller] = (left - 1 if allowed else left, now)
        return 0 if allowed else max(1, ceil((1 - left) / self.rate))

    def forget(self) -> None:
        """Begin anew, for tests."""
        with self._lock:
            self._filled.clear()


#: For each key that is known.
BY_KEY = Buckets(rate=50, burst=300)
#: For each key at the hot application, which spends far less on a request.
HOT = Buckets(rate=5_000, burst=20_000)
#: For each key that may look people up and take nobody away: accounts that it is shown one by one, contacts included. A person
#: who looks somebody up stays below it; a list read one by one would take weeks.
LOOK_UPS = Buckets(rate=1 / 60, burst=60)
#: For each person (in each visit) that the product speaks for: a report is an entry that nobody can take out of the journal.
REPORTS = Buckets(rate=0.5, burst=60)
#: For each network address that sends keys which are not.
BY_ADDRESS = Buckets(rate=2, burst=60)
