"""What the API is told to do wrong: see the table in README.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Before the Idempotency-Key is looked at: nothing is executed and nothing is kept.
BEFORE = ("429", "500_before", "503_before", "cut_before", "timeout_before")
# The key is in use meanwhile; then everything goes on as usual.
SLOW = ("slow",)
# An error that is kept for the key. `500_stored`: nothing was done. `500_after`: everything was done.
KEPT = ("500_stored", "500_after")
# Everything is done and the true answer kept; only the caller does not hear of it.
AFTER = ("timeout_after", "cut_after")
KINDS = (*BEFORE, *SLOW, *KEPT, *AFTER)


@dataclass
class Fault:
    kind: str
    method: str = "POST"
    path: str = ".*"
    times: int = 1
    seconds: float = 30.0
    skip: int = 0


@dataclass
class Faults:
    waiting: list[Fault] = field(default_factory=list)
    per_second: int | None = None
    _hits: dict[tuple[str, int], int] = field(default_factory=dict)

    def reset(self) -> None:
        self.waiting.clear()
        self.per_second = None
        self._hits.clear()

    def meet(self, method: str, path: str) -> Fault | None:
        """The first that fits; each counts down."""
        for fault in self.waiting:
            if fault.method not in ("*", method) or not re.fullmatch(fault.path, path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
            return fault
        return None

    def too_many(self, account: str, second: int) -> bool:
        if self.per_second is None:
            return False
        hit = (account, second)
        self._hits[hit] = self._hits.get(hit, 0) + 1
        return self._hits[hit] > self.per_second
