"""Who runs beside whom in one worker process: ordinary jobs together, suspects alone."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition


class Gate:
    """Many may hold a share; one may hold all. Whoever waits for all goes before new shares, or would never get in."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._shares: set[object] = set()
        self._waiting = 0
        self._alone: object | None = None

    def share(self, who: object, *, stopped: Callable[[], bool]) -> bool:
        """Take a share; False when `stopped()` became true before."""
        with self._changed:
            while self._waiting or self._alone is not None:
                if stopped():
                    return False
                self._changed.wait(0.2)
            self._shares.add(who)
            return True

    def alone(self, who: object, *, stopped: Callable[[], bool]) -> bool:
        """Wait until nobody else holds anything, then hold all; False when `stopped()` became true before."""
        with self._changed:
            self._waiting += 1
            try:
                while self._shares or self._alone is not None:
                    if stopped():
                        return False
                    self._changed.wait(0.2)
                self._alone = who
                return True
            finally:
                self._waiting -= 1
                self._changed.notify_all()

    def leave(self, who: object) -> None:
        """Give back whatever `who` holds; nothing happens when that is nothing."""
        with self._changed:
            self._shares.discard(who)
            if self._alone is who:
                self._alone = None
            self._changed.notify_all()
