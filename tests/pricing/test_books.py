"""Many books at once: a constant number of statements, and each account its own."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.pricing import total
from sublet.pricing.operations import set_mark_up, set_retail_price
from sublet.pricing.queries import books_of
from tests import factories
from tests.people import AT, World
from tests.pricing import PLAN, flat, load


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    with world.scope("rosa") as rosa:
        set_retail_price(kind="plan", key=PLAN, price=flat(9900), actor=rosa, at=AT)
        set_retail_price(kind="plan", key=PLAN, price=flat(7900), client=world.carl.ref, actor=rosa, at=AT)
    with world.scope("remo") as remo:
        set_mark_up(percent=Decimal(100), actor=remo, at=AT)
    return world


def test_a_constant_number_of_statements_however_many(sold: World) -> None:
    clients: list[Account] = [factories.make_client(sold.rosa, f"Client {number}", tags=("x",)) for number in range(5)]
    offer()
    numbers = []
    for ids in (
        [clients[0].id],
        [each.id for each in clients],
        [*(each.id for each in clients), sold.bakery.id, sold.dora.id],
    ):
        with CaptureQueriesContext(connection) as asked:
            found = books_of(ids, at=AT)
        numbers.append(len([each for each in asked if "manifest" not in each["sql"]]))
        assert set(found) == set(ids)
    assert numbers == [11, 11, 11]


def test_each_account_has_its_own(sold: World) -> None:
    found = books_of([sold.carl.id, sold.elan.id, sold.bakery.id, sold.dora.id, 10**9], at=AT)

    def asked(account: Account) -> int | None:
        retail = found[account.id].retail("plan", PLAN, 1, "month", AT)
        return None if retail is None else total(retail.price, 1)

    assert [asked(each) for each in (sold.carl, sold.elan, sold.bakery, sold.dora)] == [7900, 9900, 7200, None]
    assert (found[sold.dora.id].reseller, found[sold.carl.id].reseller) == (None, sold.rosa.id)
    assert len(found) == 4


def test_what_a_reseller_says_to_everybody_stands_once_for_all_its_clients(sold: World) -> None:
    found = books_of([sold.carl.id, sold.elan.id, sold.bakery.id], at=AT)
    carl, elan, bakery = (found[each.id] for each in (sold.carl, sold.elan, sold.bakery))
    assert carl.common is elan.common
    assert [each.price for each in carl.common.said] == [flat(9900)]
    assert ([each.price for each in carl.rules], elan.rules, bakery.common.said) == ([flat(7900)], (), ())


def test_a_client_that_came_from_another_reseller_has_the_prices_of_the_new_one_alone(sold: World) -> None:
    Account.unscoped.filter(id=sold.carl.id).update(parent_id=sold.remo.id)
    retail = books_of([sold.carl.id], at=AT)[sold.carl.id].retail("plan", PLAN, 1, "month", AT)
    assert retail is not None
    assert (retail.source, total(retail.price, 1)) == ("mark_up", 7200)
