"""C2: one trial for ever, whatever becomes of the account afterwards, and whoever registers again with the same address."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from sublet.accounts.models import Account
from sublet.accounts.operations import convert_to_reseller
from sublet.catalog.queries import forget_offer
from sublet.entitlements.models import EntitlementSource
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.moves import operations as moves
from sublet.subscriptions import operations
from sublet.subscriptions.models import Trial
from sublet.subscriptions.operations import CannotStartTrial
from tests import factories
from tests.moves.steps import agree, ask_attach, carry_merge_out, code_of
from tests.people import AT, World
from tests.portals.api.caller import make_caller
from tests.subscriptions import BOOKINGS, sell

DAY = timedelta(days=1)


def remembered(*kinds: str) -> str:
    """Bookings, whose trial is had once for each of these."""
    told = ", ".join(f'"{kind}"' for kind in kinds)
    return re.sub(r"\[plans.trial\]\n", f"[plans.trial]\nonce_for = [{told}]\n", BOOKINGS, count=1)


def start(world: World, person: str, account: Account, at: datetime = AT) -> str:
    """Empty when the trial begins, else why it does not."""
    with world.scope(person) as actor:
        try:
            operations.start_trial(ref=account.ref, actor=actor, at=at)
        except CannotStartTrial as refused:
            return refused.code
        except (NotFound, Forbidden):
            return "not-yours"
    return ""


def granted() -> list[int]:
    """How many trials, entries of a start, sources and mails there are."""
    with platform_scope("test"):
        return [
            Trial.objects.count(),
            JournalEntry.unscoped.filter(event="trial.started").count(),
            EntitlementSource.objects.filter(kind="trial").count(),
            OutboxMail.objects.filter(template="trial-started").count(),
        ]


@pytest.fixture
def sold(world: World) -> World:
    forget_offer()
    sell(world)
    return world


def test_it_is_had_once_through_every_move(sold: World) -> None:
    """Detached, attached, transferred, merged away with its reseller; by the page's operation and by the API at each station."""
    world, carl = sold, sold.carl
    assert start(world, "carl", carl) == ""

    def nobody_starts_it(holder: str, at: datetime) -> None:
        assert start(world, "carl", carl, at) == "had"
        assert start(world, holder, carl, at) == "had"
        assert granted() == [1, 1, 1, 1]

    with world.scope("rosa") as rosa:
        moves.detach(account_ref=carl.ref, actor=rosa, at=AT + DAY)
    assert start(world, "rosa", carl, AT + DAY) == "not-yours"
    nobody_starts_it("vera", AT + DAY)

    move = ask_attach(world, "carl", other="remo", at=AT + 2 * DAY)
    assert agree(world, "remo", move, AT + 2 * DAY)
    nobody_starts_it("remo", AT + 2 * DAY)

    # Back to Rosa, after the trial is over.
    at = AT + 30 * DAY
    code = code_of(world, "rosa", at)
    Account.unscoped.filter(id=carl.id).update(ownership="reseller")  # unscoped: test data
    with world.scope("remo") as remo:
        back = moves.ask_transfer(account_ref=carl.ref, code=code, actor=remo, at=at).ref
    assert agree(world, "rosa", back, at)
    nobody_starts_it("rosa", at)

    code = code_of(world, "remo", at)
    with world.scope("rosa") as rosa:
        merged = moves.ask_merge(code=code, actor=rosa, at=at).ref
    agree(world, "remo", merged, at)
    carry_merge_out(world, merged, at)
    nobody_starts_it("remo", at)

    # By the API at the end of all this, on both sides, with two keys.
    forget_offer()
    remo_key, carl_key = make_caller(world, "remo"), make_caller(world, "carl")
    assert remo_key.post(f"/accounts/{carl.ref}/trial", {}).status == 409
    assert carl_key.post("/account/trial", {}).status == 409
    assert granted() == [1, 1, 1, 1]


def test_it_is_had_once_through_a_conversion_and_back(sold: World) -> None:
    world, dora = sold, sold.dora
    assert start(world, "dora", dora) == ""
    with world.scope("dora") as actor:
        convert_to_reseller(ref=dora.ref, actor=actor, at=AT + DAY)
    assert start(world, "vera", dora, AT + DAY) == "not-yours"  # a reseller has none
    world.places["dora"].refresh_from_db()
    with world.scope("dora") as actor:
        moves.revert(actor=actor, at=AT + 2 * DAY)
    world.places["dora"].refresh_from_db()
    assert start(world, "dora", dora, AT + 40 * DAY) == "had"
    assert start(world, "vera", dora, AT + 40 * DAY) == "had"
    assert granted() == [1, 1, 1, 1]


def born_again(world: World, email: str) -> Account:
    """The account is closed; its owner's company registers anew, below the other reseller."""
    Account.unscoped.filter(id=world.carl.id).update(state="closed")  # unscoped: test data
    with platform_scope("test data"):
        return factories.make_client(world.remo, "Carl’s New Kitchen", email=email)


@pytest.mark.parametrize(
    ("kinds", "email", "code"),
    [
        (("account", "email"), "HELLO+2@carls-kitchen.example", "had-email"),
        (("account", "email"), "carl@example.test", "had-email"),  # its owner's own address
        (("account", "domain"), "new@carls-kitchen.example", "had-domain"),
        (("account", "email"), "new@carls-kitchen.example", ""),
    ],
)
@pytest.mark.parametrize("widened_later", [False, True])
def test_who_registers_again_has_had_it(
    world: World, kinds: tuple[str, ...], email: str, code: str, widened_later: bool
) -> None:
    """Also when the manifest says only afterwards that it is had once for each address: past trials count."""
    forget_offer()
    sell(world, BOOKINGS if widened_later else remembered(*kinds))
    assert start(world, "carl", world.carl) == ""
    if widened_later:
        sell(world, remembered(*kinds))
    again = born_again(world, email)
    assert start(world, "remo", again, AT + DAY) == code
    assert granted()[0] == (1 if code else 2)


def test_an_address_that_does_not_count_keeps_nobody(sold: World) -> None:
    """What is noted for a manifest to come refuses nothing today, however many share it."""
    assert start(sold, "carl", sold.carl) == ""
    for number in range(2):
        with platform_scope("test data"):
            other = factories.make_client(sold.remo, f"Kitchen {number}", email="hello@carls-kitchen.example")
        assert start(sold, "remo", other, AT) == ""
