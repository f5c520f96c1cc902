from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.billing.payments import Counter
    from tests.people import World


@pytest.fixture
def counter(world: World) -> Iterator[Counter]:
    """Where Rosa collects from Carl, at a processor in memory."""
    from tests.billing.gateway_in_memory import MemoryGateway  # models can be imported only once Django is ready
    from tests.billing.payments import opened, set_up

    with opened(MemoryGateway()) as gateway:
        yield set_up(world, gateway)
