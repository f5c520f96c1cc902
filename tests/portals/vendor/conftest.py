"""Vera's browser, and that of a colleague with fewer rights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from tests.people import World


@pytest.fixture
def vera(world: World) -> Client:
    """The vendor's owner."""
    return world.browser("vera")


@pytest.fixture
def base(world: World) -> str:
    """Where the vendor portal begins."""
    return f"/vendor/{world.vendor.ref}/"


@pytest.fixture
def colleague(world: World) -> Callable[[Mapping[str, str]], Client]:
    """A browser of somebody on the vendor's team with just these rights."""
    from tests import factories  # models can be imported only once Django is ready

    def make(rights: Mapping[str, str]) -> Client:
        user = factories.make_user("Victor Salas")
        world.users["victor"] = user
        world.places["victor"] = factories.make_collaborator(world.vendor, user, rights=rights)
        world.hosts["victor"] = world.hosts["vera"]
        return world.browser("victor")

    return make
