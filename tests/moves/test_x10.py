"""X10: after a client has left, nothing that its former reseller has in its account works any more; before, all of it does."""

from __future__ import annotations

from collections.abc import Callable

from sublet.foundation.clock import now
from sublet.moves import operations
from tests.moves.former import WAYS, Former
from tests.people import World


def test_before_everything_works(former: Callable[[], Former]) -> None:
    assert former().works() == dict.fromkeys(WAYS, True)


def test_after_a_detach_nothing_works(world: World, former: Callable[[], Former]) -> None:
    there = former()
    with world.scope("rosa") as rosa:
        operations.detach(account_ref=world.carl.ref, reason="Goes its own way", actor=rosa, at=now())
    assert there.works() == dict.fromkeys(WAYS, False)
