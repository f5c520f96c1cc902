"""How fast a caller may ask: a bucket of requests for each key, in this process's memory.

Each web process counts for itself, so that no request writes to the database only to be counted: with n processes a key
may ask up to n times as fast. What this keeps off is a loop gone wild, not an attack on many addresses.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from math import ceil
from time import monotonic

from django.conf import settings

from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor

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

    def take_together(self, wanted: Mapping[str, int]) -> int:
        """Count so much for each of those callers, who come in one request; 0 when it may go on, else the seconds to wait.

        It may as long as one of them is within its share: what somebody beyond it sends along is counted, so that it waits the
        longer when it comes alone. What is larger than a whole bucket goes when the bucket is full.
        """
        if len(wanted) == 1:  # what nearly all ask: the same, shorter
            [(caller, cost)] = wanted.items()
            if cost == 1:
                return self.take(caller)
        now = monotonic()
        with self._lock:
            left = {}
            waits = []
            for caller, cost in wanted.items():
                there, since = self._filled.pop(caller, (float(self.burst), now))
                left[caller] = min(float(self.burst), there + (now - since) * self.rate)
                waits.append(max(0.0, min(cost, self.burst) - left[caller]) / self.rate)
            allowed = not waits or min(waits) == 0
            while len(self._filled) > MOST_BUCKETS - len(wanted) and self._filled:
                self._filled.pop(next(iter(self._filled)))
            for caller, cost in wanted.items():
                self._filled[caller] = (max(left[caller] - cost, -float(self.burst)) if allowed else left[caller], now)
        return 0 if allowed else max(1, ceil(min(waits)))

    def give_back(self, caller: str) -> None:
        """One request of that caller was refused for somebody else's sake: it counts for nothing."""
        with self._lock:
            if caller in self._filled:
                left, since = self._filled[caller]
                self._filled[caller] = (min(float(self.burst), left + 1), since)

    def forget(self) -> None:
        """Begin anew, for tests."""
        with self._lock:
            self._filled.clear()


#: For each key that is known.
BY_KEY = Buckets(rate=50, burst=300)
#: For each account about which a product's key asks or reports (`Buckets.take_together`): below what the key may in all, so that
#: one account that is asked about fifty times as often is refused while the others are answered. At the ordinary API:
BY_TENANT = Buckets(rate=40, burst=240)
#: And at the hot application.
HOT_TENANT = Buckets(rate=settings.TENANT_RATE / 60, burst=settings.TENANT_BURST)
#: So many usage events in a body count as much as one question.
EVENTS_PER_UNIT = 10
#: For each key at the hot application, which spends far less on a request.
HOT = Buckets(rate=5_000, burst=20_000)
#: For each key that may look people up and take nobody away: accounts that it is shown one by one, contacts included. A person
#: who looks somebody up stays below it; a list read one by one would take weeks.
LOOK_UPS = Buckets(rate=1 / 60, burst=60)
#: For each person (in each visit) that the product speaks for: a report is an entry that nobody can take out of the journal.
REPORTS = Buckets(rate=0.5, burst=60)
#: For each network address that sends keys which are not.
BY_ADDRESS = Buckets(rate=2, burst=60)


def pays(actor: Actor) -> str:
    """For whom a request of a key counts at the hot application: its account, however many keys that has. The vendor's keys are
    its products', which speak for everybody: each counts for itself, and what it asks for the account that is meant."""
    return actor.key_ref if actor.account_kind == VENDOR else actor.account_ref


def costs_of(accounts: Mapping[str, int]) -> dict[str, int]:
    """What a body of usage events costs each account: `accounts` says how many events are about which."""
    return {account: -(-events // EVENTS_PER_UNIT) for account, events in accounts.items()}
