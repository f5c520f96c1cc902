"""The stand-in, a client of it, and clocks that can be moved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sublet_client import Sublet, _clock, aio, client
from tests.sdk.stand_in import KEY, StandIn

PATIENCE = 20.0


def until(what: Callable[[], bool]) -> None:
    """Wait for something that must happen."""
    give_up = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < give_up, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def server() -> Iterator[StandIn]:
    """A server with one account, that goes away at the end if it is still there."""
    place = StandIn()
    place.account("acc_bella", calendar_feed=True, staff=3, exports=0, theme="dark", online_payment=False)
    place.__enter__()
    yield place
    if place.is_open:
        place.__exit__()


@pytest.fixture
def sublet(server: StandIn, tmp_path: Path) -> Iterator[Callable[..., Sublet]]:
    """Makes clients, which are closed at the end."""
    with ExitStack() as stack:

        def make(**facts: Any) -> Sublet:
            facts = {"spool_path": tmp_path / "spool.sqlite3", "timeout": 2.0, **facts}
            made = Sublet(facts.pop("base_url", server.url), facts.pop("key", KEY), **facts)
            stack.callback(made.close, 0.2)
            return made

        yield make


class Clocks:
    """Both clocks of this machine, moved together or apart."""

    def __init__(self) -> None:
        self.steady_ahead = 0.0
        self.wall_ahead = 0.0

    def pass_by(self, seconds: float) -> None:
        """Time goes by."""
        self.steady_ahead += seconds
        self.wall_ahead += seconds

    def steady(self) -> float:
        return time.monotonic() + self.steady_ahead

    def wall(self) -> float:
        return time.time() + self.wall_ahead  # noqa: TID251 - it is a clock


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    found = Clocks()
    monkeypatch.setattr(_clock, "steady", found.steady)
    monkeypatch.setattr(_clock, "wall", found.wall)
    for module in (client, aio):
        monkeypatch.setattr(module, "_steady", found.steady)
    return found
