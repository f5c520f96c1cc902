"""A directory that speaks to an account of tests/people, with a key of that account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # models can be imported only once Django is ready
    from tests.people import World
    from tests.portals.scim.directory import Speaker


@pytest.fixture(autouse=True)
def nobody_is_slowed_down() -> None:
    """Each test begins with full buckets."""
    from sublet.portals.api import limits

    limits.BY_KEY.forget()
    limits.BY_ADDRESS.forget()


@pytest.fixture
def carl(world: World) -> Speaker:
    """The client’s directory, switched on, with a key that can do everything that the client’s people can."""
    from tests.portals.scim.directory import make_speaker

    return make_speaker(world, "carl")


@pytest.fixture
def rosa(world: World) -> Speaker:
    """The reseller’s directory."""
    from tests.portals.scim.directory import make_speaker

    return make_speaker(world, "rosa")
