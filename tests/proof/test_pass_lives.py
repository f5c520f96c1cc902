"""What ends a scan's pass while the scan still runs: whatever would keep the person out in whose place it looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sublet.accounts.operations.lifecycle import close_account, suspend_account
from sublet.branding.models import Domain
from sublet.branding.queries import forget_hosts
from sublet.foundation import clock
from sublet.foundation.scope import platform_scope
from sublet.moves import operations as moves
from sublet.people.operations import team
from tests.moves.steps import merge, transfer
from tests.people import CARL_HOST, World
from tests.proof.test_product import asks, passed

pytestmark = pytest.mark.django_db


def suspended(world: World) -> None:
    with world.scope("rosa") as rosa:
        suspend_account(ref=world.carl.ref, reason="Late", actor=rosa, at=clock.now())


def closed(world: World) -> None:
    with world.scope("rosa") as rosa:
        close_account(ref=world.carl.ref, reason="Over", actor=rosa, at=clock.now())


def removed(world: World) -> None:
    with world.scope("carl") as carl:
        team.remove_collaborator(
            account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, actor=carl, at=clock.now()
        )


def went(world: World) -> None:
    with world.scope("cleo") as cleo:
        team.leave_account(account_ref=world.carl.ref, actor=cleo, at=clock.now())


def switched_off(world: World) -> None:
    world.users["cleo"].is_active = False
    world.users["cleo"].save()


def lost_its_right(world: World) -> None:
    with platform_scope("test data"):
        world.places["cleo"].rights_words = {}
        world.places["cleo"].save()


def detached(world: World) -> None:
    with world.scope("rosa") as rosa:
        moves.detach(account_ref=world.carl.ref, reason="Goes", actor=rosa, at=clock.now())


def transferred(world: World) -> None:
    transfer(world)


def merged(world: World) -> None:
    merge(world)


def gave_the_host_back(world: World) -> None:
    with platform_scope("test data"):
        Domain.objects.filter(host=CARL_HOST).update(state=Domain.State.RELEASED)
    forget_hosts()


def host_went_to_another(world: World) -> None:
    with platform_scope("test data"):
        Domain.objects.filter(host=CARL_HOST).update(account=world.bakery)
    forget_hosts()


FATES = (
    suspended, closed, removed, went, switched_off, lost_its_right, detached, transferred, merged,
    gave_the_host_back, host_went_to_another,
)  # fmt: skip


@pytest.mark.parametrize("fate", FATES)
def test_the_pass_opens_nothing_any_more(world: World, fate: Callable[[World], None]) -> None:
    with platform_scope("test data"):
        world.places["cleo"].rights_words = {"product.design": "manage"}
        world.places["cleo"].save()
    secret = passed(world, "cleo")
    query = f"&account={world.carl.ref}&section=design&level=manage"
    assert asks(world, secret, query=query) == 200  # the control
    fate(world)
    assert asks(world, secret, query=query) in {401, 404}


def test_it_opens_what_the_person_may_open_when_the_reseller_is_locked_out(world: World) -> None:
    """A reseller that is suspended takes its clients nothing away, so the scan of a client goes on."""
    secret = passed(world, "cleo")
    with world.scope("vera") as vera:
        suspend_account(ref=world.rosa.ref, reason="Late", actor=vera, at=clock.now())
    own = world.browser("cleo").get("/auth/forward?answer=401", headers={"X-Forwarded-Uri": "/x"})
    assert asks(world, secret) == own.status_code == 200
