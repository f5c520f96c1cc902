"""X10: after a client has left, nothing that its former reseller has in its account works any more; before, all of it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.accounts.operations.lifecycle import GRACE
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import WebhookEndpoint
from sublet.moves import operations
from sublet.people.models import ApiKey, Directory
from sublet.signon.models import SignOn
from tests.moves.former import WAYS, Former
from tests.moves.steps import merge, transfer
from tests.people import ROSA_HOST, World


def detach(world: World) -> None:
    with world.scope("rosa") as rosa:
        operations.detach(account_ref=world.carl.ref, reason="Goes its own way", actor=rosa, at=now())


def detach_by_the_client(world: World) -> None:
    """Of an account that the client owns."""
    Account.unscoped.filter(id=world.carl.id).update(ownership="client")
    with world.scope("carl") as carl:
        operations.detach(account_ref=world.carl.ref, reason="Thank you", actor=carl, at=now())


def test_before_everything_works(former: Callable[[], Former]) -> None:
    assert former().works() == dict.fromkeys(WAYS, True)


@pytest.mark.parametrize("leave", [detach, detach_by_the_client, transfer, merge], ids=lambda each: each.__name__)
def test_after_a_move_nothing_works(
    world: World, former: Callable[[], Former], leave: Callable[[World], object]
) -> None:
    there = former()
    leave(world)
    assert there.works() == dict.fromkeys(WAYS, False)


def test_after_it_has_ended_for_good_nothing_works(world: World, former: Callable[[], Former]) -> None:
    """An account that ended stays in its reseller's list of what has been, and that is all."""
    there = former()
    with world.scope("rosa") as rosa:
        account_operations.close_account(
            ref=world.carl.ref, reason="Over", actor=rosa, at=now() - GRACE - timedelta(days=1)
        )
    with platform_scope("the schedule"):
        account_operations.end_closed_accounts(actor=world.actor("vera"), at=now())
    # What is left is the reseller's own record of it. Nothing works in the account, for nobody.
    record = {
        "staff page", "staff reached by tag", "staff api", "history", "grant", "new event", "export begun before",
        "bulk change begun before", "webhook replayed",
    }  # fmt: skip
    assert {name for name, works in there.works().items() if works} == record


def test_of_a_reseller_that_was_merged_away_nothing_of_its_own_works(
    world: World, former: Callable[[], Former]
) -> None:
    """Its pages, keys, directory, webhooks and sign-ons end with it, and not only what reached into its clients."""
    there = former()
    secret = there._key(world.rosa, world.users["rosa"].id, {"team": "manage", "settings": "view"})
    with platform_scope("test data"):
        Directory.objects.create(account=world.rosa, is_on=True, switched_at=now(), changed_at=now())

    def works() -> dict[str, bool]:
        pages = {"clients": "clients/", "money": "money/", "team": "team/", "keys": "keys/"}
        found = {
            name: world.browser("rosa").get(f"/reseller/{world.rosa.ref}/{path}", secure=True).status_code == 200
            for name, path in pages.items()
        }
        found["key"] = there._api(secret, "/api/v1/account", ROSA_HOST) == 200
        found["directory"] = there._api(secret, "/scim/v2/Users", ROSA_HOST) == 200
        with platform_scope("test"):
            found["webhook"] = WebhookEndpoint.objects.filter(account=world.rosa).exists()
            found["live key"] = ApiKey.objects.filter(account=world.rosa, revoked_at__isnull=True).exists()
            found["sign-on"] = SignOn.objects.filter(
                account__in=[world.rosa, world.carl], ended_at__isnull=True
            ).exists()
        return found

    before = works()
    assert before == dict.fromkeys(before, True)
    merge(world)
    assert works() == dict.fromkeys(before, False)


def test_when_it_comes_back_nothing_comes_back_with_it(world: World, former: Callable[[], Former]) -> None:
    """From Rosa to Remo and back to Rosa: what she had is over; what a new client comes with is there."""
    there = former()
    move = transfer(world)
    with world.scope("rosa") as rosa:
        code = operations.make_moving_code(actor=rosa, at=now())
    with world.scope("remo") as remo:
        back = operations.ask_transfer(account_ref=world.carl.ref, code=code, actor=remo, at=now())
    with world.scope("rosa") as rosa:
        assert operations.agree(move_ref=back.ref, actor=rosa, at=now())
    assert move != back.ref
    # She has it in her list again, and so in a file that is still being written; what she heard once she may hear again.
    anew = {"staff page", "staff api", "client list", "new event", "bulk change begun before", "export begun before", "history",
            "grant", "webhook replayed"}  # fmt: skip
    assert {name for name, works in there.works().items() if works} == anew
