"""What the use of a managed service costs: the prices of both sides, by meter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.portfolio import USE, Change, Held, month_of, pairs
from sublet.core.pricebook import (
    CLIENT,
    ITEM,
    LIST_SIDE,
    ON_LIST,
    SERVICE,
    Book,
    ListPrices,
    MarkUp,
    Promotion,
    Rule,
)
from sublet.core.pricing import Price, Step
from sublet.core.serviceuse import costs_unused, list_use, meters_by_use, retail_use

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FEE = Price("flat", "month", "EUR", Decimal(1000))
EACH = Price("unit", "month", "EUR", Decimal(200), "tests")
BOTH = ListPrices({(SERVICE, "previews", 0): (EACH, FEE)})
HALF_MORE = MarkUp(ITEM, "", AT, Decimal(50), ON_LIST)


def by_use(amount: int, meter: str = "tests") -> Price:
    return Price("unit", "month", "EUR", Decimal(amount), meter)


def said(price: Price | None, layer: str = ITEM, whom: str = "", **more: Any) -> Rule:
    about: dict[str, Any] = {"interval": "month", "since": AT, "currency": "EUR"} | more
    return Rule(layer, whom, SERVICE, "previews", about["interval"], about["since"], price, currency=about["currency"])


def book(*rules: Rule, **more: Any) -> Book:
    known: dict[str, Any] = {"reseller": 1, "currency": "EUR", "list_currency": "EUR", "lists": BOTH}
    return Book(account=7, rules=rules, **(known | more))


def asks(found: Book, at: datetime = AT) -> Decimal | None:
    price = retail_use(found, "previews", "tests", at)
    return None if price is None else price.price.amount


def test_a_price_for_time_stands_before_one_for_use_and_each_is_found() -> None:
    there = book()
    assert there.list_price(SERVICE, "previews", 0, "month") == FEE
    assert list_use(there, "previews", "tests") == EACH
    assert list_use(there, "previews", "pictures") is None
    assert meters_by_use(there, "previews") == ("tests",)
    assert meters_by_use(book(said(by_use(3, "pictures"))), "previews") == ("tests", "pictures")


def test_a_mark_up_is_on_the_use_too_and_what_is_said_takes_its_place() -> None:
    assert asks(book()) is None
    assert asks(book(mark_ups=(HALF_MORE,))) == 300
    assert asks(book(said(by_use(250)), mark_ups=(HALF_MORE,))) == 250
    # 20.00 a month for all of it, however much is used.
    assert asks(book(said(FEE), mark_ups=(HALF_MORE,))) is None
    # The nearest word holds, and one that was taken back leaves what is farther away.
    nearer = said(by_use(180), CLIENT, "7")
    assert asks(book(said(by_use(250)), nearer)) == 180
    assert asks(book(said(by_use(250)), nearer, said(None, CLIENT, "7", since=AT + timedelta(days=1)))) == 180
    later = AT + timedelta(days=1)
    assert asks(book(said(by_use(250)), nearer, said(None, CLIENT, "7", since=later)), later) == 250


def test_a_fee_for_setting_it_up_and_another_currency_say_nothing_about_its_use() -> None:
    once = said(Price("once", "once", "EUR", Decimal(9000)), interval="once")
    foreign = said(Price("unit", "month", "USD", Decimal(1), "tests"), currency="USD")
    assert asks(book(once, foreign, mark_ups=(HALF_MORE,))) == 300


def test_who_has_no_reseller_has_no_retail_price() -> None:
    assert retail_use(book(reseller=None, mark_ups=(HALF_MORE,)), "previews", "tests", AT) is None


@given(amount=st.integers(0, 9999), percent=st.integers(-100, 300), is_use=st.booleans())
def test_a_word_about_a_service_leaves_no_mark_up_on_its_use(amount: int, percent: int, is_use: bool) -> None:
    price = by_use(amount) if is_use else Price("flat", "month", "EUR", Decimal(amount))
    found = retail_use(book(said(price), mark_ups=(MarkUp(ITEM, "", AT, Decimal(percent)),)), "previews", "tests", AT)
    assert (found is None) != is_use
    if found is not None:
        assert (found.source, found.price) == (ITEM, price)


@pytest.mark.parametrize(
    ("price", "costs"),
    [
        (None, False),
        (EACH, False),
        (Price("unit", "month", "EUR", Decimal(1), "tests", minimum=1), True),
        (Price("graduated", "month", "EUR", None, "tests", steps=(Step(None, Decimal(1), 5),)), True),
        (
            Price("graduated", "month", "EUR", None, "tests", steps=(Step(5, Decimal(1)), Step(None, Decimal(1), 5))),
            False,
        ),
    ],
)
def test_what_costs_something_also_where_nothing_was_used(price: Price | None, costs: bool) -> None:
    assert costs_unused(price) is costs


def test_the_margin_guard_counts_a_service_for_time_and_for_use() -> None:
    held = Held(7, None, used={"tests": 37}, services=("previews",))
    found = month_of(book(said(by_use(250))), held, AT)
    assert (found.listed, found.retail) == (1000 + 37 * 200, 37 * 250)
    assert month_of(book(), Held(7, None, used={"tests": 37}), AT).listed == 0  # it is off
    half = Promotion("HALF", LIST_SIDE, Decimal(50), AT, None)
    assert month_of(book(taken=(half,)), held, AT).listed == (1000 + 37 * 200) // 2
    [pair] = pairs({7: book(mark_ups=(HALF_MORE,))}, [held], Change(USE, Decimal(200)), AT)
    assert (pair.before.listed, pair.after.listed) == (8400, 1000 + 74 * 200)
    assert (pair.before.retail, pair.after.retail) == (12600, 1500 + 74 * 300)
