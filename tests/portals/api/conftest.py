"""Keys for the people of tests/people, and a client that checks every answer against the published document."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # models can be imported only once Django is ready
    from tests.people import World
    from tests.portals.api.caller import Caller


@pytest.fixture(autouse=True)
def nobody_is_slowed_down() -> None:
    """Each test begins with full buckets."""
    from sublet.portals.api import limits

    limits.BY_KEY.forget()
    limits.BY_ADDRESS.forget()
    limits.BY_TENANT.forget()


@pytest.fixture
def call(world: World) -> Callable[..., Caller]:
    """``call("rosa")``: a caller with a key of Rosa's account and all its rights; `rights` for fewer."""
    from tests.portals.api.caller import make_caller

    def caller(of: str, **facts: object) -> Caller:
        return make_caller(world, of, **facts)  # type: ignore[arg-type]  # passed on as they are

    return caller


@pytest.fixture
def rosa(call: Callable[..., Caller]) -> Caller:
    """A key of the reseller that may do everything."""
    return call("rosa")


@pytest.fixture
def vera(call: Callable[..., Caller]) -> Caller:
    """A key of the vendor that may do everything."""
    return call("vera")


@pytest.fixture
def carl(call: Callable[..., Caller]) -> Caller:
    """A key of the client that may do everything that a client may."""
    return call("carl")
