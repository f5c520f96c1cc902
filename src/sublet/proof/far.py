"""How far a scan is: what was looked at, of what is known and what is still to come; and that its run is alive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sublet.proof.walk import Told

#: How often a run says that it is alive, and after how long without a word it is taken for dead. One step, such as a page in the
#: browser, a slow file or a silent server of DNS, takes less than a minute.
BEAT, LEASE = timedelta(seconds=20), timedelta(minutes=3)


class Far:
    """Told by each part; tells `told`. What is still to come is counted as known, so that nothing is done before all of it is."""

    def __init__(
        self, told: Told, *, ahead: Mapping[str, int], beat: Callable[[datetime], None], now: Callable[[], datetime]
    ) -> None:
        self._told, self._ahead, self._beat, self._now = told, dict(ahead), beat, now
        self._beaten_at = now()

    def __call__(self, done: int, known: int) -> None:
        """So many were looked at, of those that the part under way knows."""
        at = self._now()
        if at - self._beaten_at >= BEAT:
            self._beaten_at = at
            self._beat(at)
        self._told(done, max(done, known) + sum(self._ahead.values()))

    def begun(self, part: str) -> None:
        """From here on the part says itself how much there is."""
        self._ahead.pop(part, None)
