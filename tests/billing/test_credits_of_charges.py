"""What is given back is of what was charged: at the price of then, whatever group the client is in by now."""

from __future__ import annotations

import pytest

from sublet.accounts.operations import set_tags
from sublet.core.pricebook import PLAN
from sublet.pricing.operations import set_retail_price
from sublet.subscriptions.operations import end_subscription
from tests.billing.selling import make_issuer, make_terms, marks_up, pays, run
from tests.billing.test_run_whole import PRICED, posted, said, take, when
from tests.people import World
from tests.pricing import flat
from tests.subscriptions import sell

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(world: World) -> World:
    sell(world, PRICED)
    make_issuer(world.vendor, invoice_prefix="V-")
    make_terms(world.rosa, collected_by="own")
    pays(world.rosa, world.carl)
    marks_up(world.rosa, 0)
    return world


def tagged(world: World, *tags: str, at: str) -> None:
    with world.scope("rosa") as rosa:
        set_tags(ref=world.carl.ref, tags=tags, actor=rosa, at=when(at))


@pytest.mark.parametrize(("ends", "back"), [("2026-11-16 09:00", -1000), ("2026-11-01 12:00", -2000)])
def test_a_client_that_left_a_group_gets_back_what_it_paid_in_it(sold: World, ends: str, back: int) -> None:
    said(sold, PLAN, "small", flat(9000), "2026-10-30 09:00")
    with sold.scope("rosa") as rosa:
        set_retail_price(
            kind=PLAN, key="small", price=flat(2000), tag="friends", actor=rosa, at=when("2026-10-30 09:00")
        )
    tagged(sold, "friends", at="2026-10-31 09:00")
    take(sold, "small", "2026-11-01 09:00")
    run(when("2026-11-01 11:00"))
    tagged(sold, at="2026-11-01 11:30")
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=when(ends))
    run(when("2026-11-17 01:00"))

    assert [row[-1] for row in posted("base")] == [2000, back]
    assert posted("base", "wholesale")[0][-1] == 2900
