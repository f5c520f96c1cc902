"""Plans that cost nothing for want of a price in the currency of who is charged: whoever would be paid sees it.

*Small* costs euro alone, *Medium* euro and dollars, also beyond its limit. Whoever reckons in dollars is charged
in dollars, since the offer has some.
"""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest

from sublet.accounts.models import Account
from sublet.billing.queries.overview import overview
from sublet.catalog.queries import offer
from sublet.core.pricing import FLAT, Price
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.pricing.operations import set_retail_price
from sublet.pricing.queries import accounts_unpriced, unpriced_plan
from sublet.subscriptions.operations import end_subscription, schedule_change, take_add_on, take_plan
from tests.billing.selling import marks_up
from tests.people import World
from tests.subscriptions import BOOKINGS, sell

pytestmark = pytest.mark.django_db

MEDIUM = '{ interval = "month", amount = 2400 },'
IN_DOLLARS = BOOKINGS.replace(MEDIUM, MEDIUM + '\n    { interval = "month", amount = 2600, currency = "USD" },')
BEYOND = "overage = [{ amount = 9 }]"
ALL_IN_DOLLARS = IN_DOLLARS.replace(BEYOND, 'overage = [{ amount = 9 }, { amount = 10, currency = "USD" }]')
assert len({BOOKINGS, IN_DOLLARS, ALL_IN_DOLLARS}) == 3


@pytest.fixture
def sold(world: World) -> World:
    """Rosa is charged in dollars; her client Carl pays her in euro."""
    sell(world, ALL_IN_DOLLARS)
    reckons_in(world.rosa, "USD")
    return world


def reckons_in(account: Account, currency: str) -> None:
    with platform_scope("test data"):
        Account.objects.filter(id=account.id).update(currency=currency)


def take(world: World, account: Account, plan: str) -> None:
    with world.scope("rosa" if account.parent_id == world.rosa.id else "vera") as actor:
        take_plan(ref=account.ref, plan=plan, actor=actor, at=now())


def waits(world: World) -> dict[str, int]:
    with world.scope("vera") as vera:
        return {each.what: each.number for each in overview(vera, at=now()).attention}


def test_the_vendor_sees_how_many_plans_cost_nothing_in_the_currency_that_it_charges(sold: World) -> None:
    take(sold, sold.carl, "small")
    assert waits(sold)["unpriced"] == 1
    page = html.unescape(sold.browser("vera").get(f"/vendor/{sold.vendor.ref}/money/").content.decode())
    assert "1 account has a plan that lacks a list price in the payer’s currency: that part is not charged" in page
    # A plan that has a price in it is none of them, nor is one that is free, nor who has none any more.
    take(sold, sold.carl, "medium")
    assert "unpriced" not in waits(sold)
    take(sold, sold.carl, "small")
    with sold.scope("rosa") as rosa:
        end_subscription(ref=sold.carl.ref, actor=rosa, at=now())
    assert "unpriced" not in waits(sold)


def test_what_goes_beyond_a_limit_may_lack_a_price_alone(world: World) -> None:
    sell(world, IN_DOLLARS)
    reckons_in(world.rosa, "USD")
    marks_up(world.rosa, 0)
    take(world, world.carl, "medium")
    assert waits(world)["unpriced"] == 1
    reckons_in(world.carl, "USD")
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/subscription/")
    words = "Nothing is charged, since there is no price in USD: Text messages"
    assert words in html.unescape(page.content.decode())


def test_a_direct_account_counts_by_its_own_currency_and_a_client_by_its_resellers(sold: World) -> None:
    take(sold, sold.dora, "small")
    reckons_in(sold.carl, "USD")
    reckons_in(sold.rosa, "EUR")
    take(sold, sold.carl, "small")
    with platform_scope("test"):
        assert accounts_unpriced(at=now()) == 0
    reckons_in(sold.dora, "USD")
    with platform_scope("test"):
        assert accounts_unpriced(at=now()) == 1


def test_who_gives_a_plan_sees_that_nothing_would_be_asked_for_it(sold: World) -> None:
    marks_up(sold.rosa, 0)
    path = f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/subscription/"
    rosa_sees = sold.browser("rosa")
    warning = "Nothing is charged, since there is no price in EUR: the plan itself"

    def told(plan: str) -> str:
        asked = {"plan": plan, "when": "now"}
        return html.unescape(rosa_sees.post(f"{path}plan/", asked).content.decode())

    assert warning in told("small")
    take(sold, sold.carl, "small")
    assert warning in html.unescape(rosa_sees.get(path).content.decode())
    with sold.scope("rosa") as rosa:
        price = Price(FLAT, "month", "EUR", Decimal(3900))
        set_retail_price(kind="plan", key="small", price=price, client=sold.carl.ref, actor=rosa, at=now())
    assert warning not in html.unescape(rosa_sees.get(path).content.decode())
    assert warning in told("medium")  # listed in dollars, and there is no rate


def test_the_page_of_the_account_says_it_of_an_add_on_likewise(sold: World) -> None:
    marks_up(sold.rosa, 0)
    take(sold, sold.carl, "small")
    with sold.scope("rosa") as rosa:
        take_add_on(ref=sold.carl.ref, add_on="extra_agenda", count=2, actor=rosa, at=now())
    path = f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/subscription/"

    def told() -> list[str]:
        page = html.unescape(sold.browser("rosa").get(path).content.decode())
        return re.findall(r"Nothing is charged, since there is no price in EUR: ([^<]+?)\s*<", page)

    assert told() == ["the plan itself", "One more agenda"]
    with sold.scope("rosa") as rosa:
        price = Price(FLAT, "month", "EUR", Decimal(300))
        set_retail_price(kind="add_on", key="extra_agenda", price=price, client=sold.carl.ref, actor=rosa, at=now())
    assert told() == ["the plan itself"]
    # Of a plan that is to come it is said by its name, while that can still be mended.
    with sold.scope("rosa") as rosa:
        schedule_change(ref=sold.carl.ref, plan="medium", when="period", actor=rosa, at=now())
    assert told() == ["the plan itself", "Medium pack, Text messages"]


def test_who_sees_no_prices_is_told_nothing_and_who_asks_none_neither(sold: World) -> None:
    take(sold, sold.carl, "small")
    with sold.scope("rosa") as rosa:
        plan = offer().plan("small")
        assert unpriced_plan(rosa, sold.carl.id, plan, at=now()) is None  # she asks no prices here
    marks_up(sold.rosa, 0)
    with sold.scope("rosa") as rosa:
        found = unpriced_plan(rosa, sold.carl.id, plan, at=now())
        assert (found and (found.currency, found.whole)) == ("EUR", True)
        assert unpriced_plan(rosa, sold.carl.id, None, at=now()) is None
    with sold.scope("ruth") as ruth:
        assert not ruth.may("billing:view")
        assert unpriced_plan(ruth, sold.carl.id, plan, at=now()) is None
