"""Whoever gives a plan or an add-on by the API is told where it costs nothing for want of a price, as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.core.pricing import FLAT, Price
from sublet.foundation.clock import now
from sublet.pricing.operations import set_retail_price
from tests.billing.selling import marks_up
from tests.people import World
from tests.portals.api.caller import Caller
from tests.pricing.test_unpriced import ALL_IN_DOLLARS, IN_DOLLARS, reckons_in
from tests.subscriptions import sell

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(world: World) -> World:
    """Rosa is charged in dollars and adds nothing to the list; her client Carl pays her in euro. Some plans have a price in dollars."""
    sell(world, ALL_IN_DOLLARS)
    reckons_in(world.rosa, "USD")
    marks_up(world.rosa, 0)
    return world


def warning(
    key: str, currency: str = "EUR", kind: str = "plan", meters: tuple[str, ...] = (), *, whole: bool = True
) -> Any:
    return {
        "code": "no-price", "kind": kind, "key": key, "version": 1, "currency": currency, "whole": whole,
        "meters": list(meters),
    }  # fmt: skip


def price(world: World, kind: str, key: str, interval: str = "month") -> None:
    with world.scope("rosa") as rosa:
        said = Price(FLAT, interval, "EUR", Decimal(3900))
        set_retail_price(kind=kind, key=key, price=said, client=world.carl.ref, actor=rosa, at=now())


def test_a_plan_without_a_price_in_the_payers_currency_is_told(sold: World, rosa: Caller) -> None:
    path = f"/accounts/{sold.carl.ref}/subscription"
    assert rosa.get(path)["warnings"] == []
    taken = rosa.post(f"{path}/changes", {"plan": "small"})
    assert (taken.status, taken["warnings"]) == (200, [warning("small")])
    assert rosa.get(path)["warnings"] == [warning("small")]
    paused = rosa.post(f"{path}/pause")
    assert paused["warnings"] == [warning("small")]
    rosa.post(f"{path}/resume")
    price(sold, "plan", "small")
    assert rosa.get(path)["warnings"] == []
    later = rosa.post(f"{path}/changes", {"plan": "medium", "when": "period"})
    assert later["warnings"] == [warning("medium", meters=("text_messages",))]
    assert rosa.post(f"{path}/end")["warnings"] == []


def test_what_goes_beyond_a_limit_may_lack_a_price_alone(world: World, rosa: Caller) -> None:
    sell(world, IN_DOLLARS)
    for account in (world.rosa, world.carl):
        reckons_in(account, "USD")
    marks_up(world.rosa, 0)
    taken = rosa.post(f"/accounts/{world.carl.ref}/subscription/changes", {"plan": "medium"})
    assert taken["warnings"] == [warning("medium", "USD", meters=("text_messages",), whole=False)]


def test_an_add_on_is_told_likewise_until_it_is_over(sold: World, rosa: Caller) -> None:
    account = f"/accounts/{sold.carl.ref}"
    price(sold, "plan", "small")
    rosa.post(f"{account}/subscription/changes", {"plan": "small"})
    taken = rosa.post(f"{account}/add-ons", {"add_on": "extra_agenda", "count": 2})
    assert (taken.status, taken["warnings"]) == (200, [warning("extra_agenda", kind="add_on")])
    # One of them twice is one warning.
    again = rosa.post(f"{account}/add-ons", {"add_on": "extra_agenda", "count": 1})
    assert again["warnings"] == [warning("extra_agenda", kind="add_on")]
    for row in again["add_ons"]:
        ended = rosa.post(f"{account}/add-ons/{row['ref']}/end")
    assert ended["warnings"] == []
    price(sold, "add_on", "appointment_pack")
    assert rosa.post(f"{account}/add-ons", {"add_on": "appointment_pack"})["warnings"] == []


def test_of_a_direct_account_the_vendor_is_told_and_of_a_client_nothing_of_its_resellers_prices(
    sold: World, vera: Caller, rosa: Caller
) -> None:
    assert vera.post(f"/accounts/{sold.dora.ref}/subscription/changes", {"plan": "small"})["warnings"] == []
    reckons_in(sold.dora, "USD")
    assert vera.get(f"/accounts/{sold.dora.ref}/subscription")["warnings"] == [warning("small", "USD")]
    rosa.post(f"/accounts/{sold.carl.ref}/subscription/changes", {"plan": "small"})
    assert vera.get(f"/accounts/{sold.carl.ref}/subscription")["warnings"] == []


def test_who_sees_no_prices_is_told_nothing(sold: World, call: Callable[..., Caller]) -> None:
    blind = call("rosa", rights={"clients": "view", "subscription": "manage"})
    path = f"/accounts/{sold.carl.ref}/subscription"
    assert blind.post(f"{path}/changes", {"plan": "small"})["warnings"] == []
    sees = call("rosa", rights={"clients": "view", "subscription": "view", "billing": "view"}, name="sees")
    assert sees.get(path)["warnings"] == [warning("small")]


def test_many_warnings_take_as_many_statements_as_one(sold: World, rosa: Caller) -> None:
    account = f"/accounts/{sold.carl.ref}"

    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as told:
            found = rosa.get(f"{account}/subscription")
        return len(found["warnings"]), len(told)

    rosa.post(f"{account}/subscription/changes", {"plan": "small"})
    rosa.post(f"{account}/add-ons", {"add_on": "extra_agenda"})
    asked()
    few = asked()
    rosa.post(f"{account}/add-ons", {"add_on": "appointment_pack"})
    rosa.post(f"{account}/subscription/changes", {"plan": "medium", "when": "period"})
    many = asked()
    assert (few[0], many[0], many[1]) == (2, 4, few[1])
