"""What use costs that has a price: of managed services, plans and add-ons, on both sides, by meter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.currencies import Rate
from sublet.core.portfolio import USE, Change, Held, month_of, pairs
from sublet.core.pricebook import (
    ADD_ON,
    CLIENT,
    ITEM,
    LIST_SIDE,
    MARK_UP,
    ON_LIST,
    OVERAGE,
    PLAN,
    SERVICE,
    Book,
    ListPrices,
    MarkUp,
    Promotion,
    Rule,
    Thing,
    used_of,
)
from sublet.core.pricerules import Rules
from sublet.core.pricing import Price, Step
from sublet.core.usekeys import use_key
from sublet.core.useprices import (
    costs_unused,
    interval_of_use,
    is_due_unused,
    is_one_amount,
    list_use,
    meters_by_use,
    retail_use,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FEE = Price("flat", "month", "EUR", Decimal(1000))
EACH = Price("unit", "month", "EUR", Decimal(200), "tests")
BOTH = ListPrices({(SERVICE, "previews", 0): (EACH, FEE)})
PREVIEWS: Thing = (SERVICE, "previews", 0)
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
    price = retail_use(found, PREVIEWS, "tests", at)
    return None if price is None else price.price.amount


def test_a_price_for_time_stands_before_one_for_use_and_each_is_found() -> None:
    there = book()
    assert there.list_price(SERVICE, "previews", 0, "month") == FEE
    assert list_use(there, PREVIEWS, "tests") == EACH
    assert list_use(there, PREVIEWS, "pictures") is None
    assert meters_by_use(there, PREVIEWS) == ("tests",)
    assert meters_by_use(book(said(by_use(3, "pictures"))), PREVIEWS) == ("tests", "pictures")


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
    assert retail_use(book(reseller=None, mark_ups=(HALF_MORE,)), PREVIEWS, "tests", AT) is None


@given(amount=st.integers(0, 9999), percent=st.integers(-100, 300), is_use=st.booleans())
def test_a_word_about_a_service_leaves_no_mark_up_on_its_use(amount: int, percent: int, is_use: bool) -> None:
    price = by_use(amount) if is_use else Price("flat", "month", "EUR", Decimal(amount))
    found = retail_use(book(said(price), mark_ups=(MarkUp(ITEM, "", AT, Decimal(percent)),)), PREVIEWS, "tests", AT)
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


# Beyond a limit -------------------------------------------------------------------------------------------------------

BEYOND: Thing = (OVERAGE, "basic", 1)
LIMITED = ListPrices(
    {
        (PLAN, "basic", 1): (FEE,),
        (OVERAGE, "contacts@basic", 1): (Price("package", "month", "EUR", Decimal(900), "contacts", package_size=500),),
    }
)


def of_limit(price: Price, kind: str = OVERAGE, key: str = "contacts@basic") -> Rule:
    return Rule(ITEM, "", kind, key, price.interval, AT, price, currency="EUR")


def test_what_goes_beyond_a_limit_has_the_price_of_that_limit_and_no_word_about_the_plan_changes_it() -> None:
    there = book(of_limit(FEE, PLAN, "basic"), lists=LIMITED, mark_ups=(HALF_MORE,))
    listed, asked = list_use(there, BEYOND, "contacts"), retail_use(there, BEYOND, "contacts", AT)
    assert listed is not None
    assert asked is not None
    assert (listed.amount, asked.price.amount) == (Decimal(900), Decimal(1350))
    assert interval_of_use(there, BEYOND, "contacts") == "month"
    assert list_use(there, BEYOND, "sent") is None
    own = book(of_limit(by_use(3, "contacts")), lists=LIMITED, mark_ups=(HALF_MORE,))
    found = retail_use(own, BEYOND, "contacts", AT)
    assert found is not None
    assert found.price == by_use(3, "contacts")


def test_where_the_vendor_asks_nothing_beyond_a_limit_the_resellers_price_says_how_often_it_is_paid_for() -> None:
    price = replace(by_use(3, "contacts"), interval="quarter")
    there = book(of_limit(price), list_currency="USD", lists=LIMITED)
    assert (list_use(there, BEYOND, "contacts"), interval_of_use(there, BEYOND, "contacts")) == (None, "quarter")
    found = retail_use(there, BEYOND, "contacts", AT)
    assert found is not None
    assert found.price == price


# Plans and add-ons ----------------------------------------------------------------------------------------------------

BY_USE: Thing = (PLAN, "by_use", 1)
SENT = Price("unit", "month", "EUR", Decimal(2), "sent")
STAND = Price("unit", "year", "EUR", Decimal(120), "contacts")
SOLD = ListPrices(
    {
        BY_USE: (FEE,),
        (PLAN, "sent@by_use", 1): (SENT,),
        (PLAN, "contacts@by_use", 1): (STAND,),
        (PLAN, "by_use", 2): (),
        (ADD_ON, "mails", 1): (),
        (ADD_ON, "sent@mails", 1): (SENT,),
    }
)


def word(price: Price, key: str, kind: str = PLAN, **more: Any) -> Rule:
    about: dict[str, Any] = {"layer": ITEM, "whom": "", "since": AT} | more
    return Rule(about["layer"], about["whom"], kind, key, price.interval, about["since"], price, currency="EUR")


def of_plan(*rules: Rule, **more: Any) -> Book:
    return book(*rules, **({"lists": SOLD} | more))


def amount(found: Book, meter: str = "sent", thing: Thing = BY_USE, at: datetime = AT) -> Decimal | None:
    price = retail_use(found, thing, meter, at)
    return None if price is None else price.price.amount


def test_a_plan_has_prices_for_time_and_for_each_of_its_meters_by_version() -> None:
    there = of_plan()
    assert there.list_price(PLAN, "by_use", 1, "month") == FEE
    assert meters_by_use(there, BY_USE) == ("sent", "contacts")
    assert meters_by_use(there, (PLAN, "by_use", 2)) == ()
    assert meters_by_use(there, (ADD_ON, "mails", 1)) == ("sent",)
    assert (list_use(there, BY_USE, "sent"), list_use(there, BY_USE, "contacts")) == (SENT, STAND)
    assert (list_use(there, BY_USE, "tests"), list_use(there, (PLAN, "by_use", 2), "sent")) == (None, None)
    assert (interval_of_use(there, BY_USE, "contacts"), interval_of_use(there, BY_USE, "sent")) == ("year", "month")


def test_a_word_about_a_plan_leaves_the_mark_up_on_its_use_and_one_about_a_meter_takes_that_ones_place() -> None:
    more = {"mark_ups": (HALF_MORE,)}
    assert amount(of_plan()) is None
    assert amount(of_plan(word(FEE, "by_use"), **more)) == 3
    own = word(by_use(9, "sent"), "sent@by_use")
    assert (amount(of_plan(own, **more)), amount(of_plan(own, **more), "contacts")) == (Decimal(9), Decimal(180))
    assert amount(of_plan(own, **more), thing=(ADD_ON, "mails", 1)) == 3
    nearer = word(by_use(7, "sent"), "sent@by_use", layer=CLIENT, whom="7")
    assert amount(of_plan(own, nearer, **more)) == 7
    # One for all of the reseller's clients stands once for them.
    assert amount(of_plan(common=Rules((own,)), **more)) == 9


def test_the_price_of_a_clients_own_for_whatever_plan_says_nothing_of_use() -> None:
    own = word(Price("flat", "month", "EUR", Decimal(4900)), "", layer=CLIENT, whom="7")
    found = of_plan(own, mark_ups=(HALF_MORE,))
    assert found.retail(PLAN, "by_use", 1, "month", AT).price.amount == 4900  # type: ignore[union-attr]  # there is one
    assert amount(found) == 3
    assert retail_use(found, BY_USE, "sent", AT).source == MARK_UP  # type: ignore[union-attr]  # there is one


def test_a_reseller_may_ask_for_use_of_which_the_vendor_asks_nothing() -> None:
    found = of_plan(word(by_use(5, "visits"), "visits@by_use"))
    assert meters_by_use(found, BY_USE) == ("sent", "contacts", "visits")
    assert (list_use(found, BY_USE, "visits"), amount(found, "visits")) == (None, Decimal(5))
    assert meters_by_use(of_plan(common=Rules(found.rules)), BY_USE) == ("sent", "contacts", "visits")
    assert meters_by_use(found, (ADD_ON, "mails", 1)) == ("sent",)


def test_use_in_another_currency_goes_by_the_rate_that_was_said_and_costs_nothing_without_one() -> None:
    abroad = replace(of_plan(mark_ups=(HALF_MORE,)), currency="USD")
    assert amount(abroad) is None
    found = retail_use(replace(abroad, rates=(Rate("EUR", "USD", AT, Decimal("1.10")),)), BY_USE, "sent", AT)
    assert found is not None
    assert (found.price.amount, found.price.currency) == (Decimal("3.3"), "USD")
    # A word in another currency is none: the mark-up holds.
    told = replace(by_use(9, "sent"), currency="USD")
    assert amount(of_plan(word(told, "sent@by_use"), mark_ups=(HALF_MORE,))) == 3
    # The vendor has no price in that currency: nothing is asked, until somebody says one.
    nowhere = replace(of_plan(mark_ups=(HALF_MORE,)), list_currency="USD")
    assert (list_use(nowhere, BY_USE, "sent"), amount(nowhere)) == (None, None)


def test_who_buys_from_the_vendor_pays_the_list_price_alone() -> None:
    assert amount(of_plan(reseller=None, mark_ups=(HALF_MORE,))) is None


@pytest.mark.parametrize(
    ("price", "due"),
    [
        (SENT, False),
        (Price("unit", "month", "EUR", Decimal(2), "sent", minimum=100), True),
        (Price("volume", "month", "EUR", None, "sent", steps=(Step(None, Decimal(0), 990),)), True),
        (Price("flat", "month", "EUR", Decimal(990), "sent"), True),
        (Price("flat", "month", "EUR", Decimal(0), "sent"), False),
        (Price("flat", "month", "EUR", Decimal(990)), False),
    ],
)
def test_a_period_without_use_is_due_where_either_side_asks_something_for_it(price: Price, due: bool) -> None:
    assert is_due_unused(of_plan(word(price, "sent@by_use")), BY_USE, "sent") is due
    assert (costs_unused(price) or is_one_amount(price)) is due


@given(
    meter=st.sampled_from(["sent", "contacts"]),
    key=st.sampled_from(["by_use", "other"]),
    kind=st.sampled_from([PLAN, ADD_ON, SERVICE]),
)
def test_the_use_of_a_plan_is_told_from_everything_else_by_its_key(meter: str, key: str, kind: str) -> None:
    assert used_of(kind, key) == ("", key)
    assert used_of(kind, use_key(meter, key)) == ((meter, key) if kind != SERVICE else ("", use_key(meter, key)))


@given(
    words=st.lists(
        st.tuples(st.sampled_from(["by_use", "sent@by_use", "contacts@by_use"]), st.integers(0, 99)), max_size=6
    )
)
def test_only_words_about_a_meter_itself_change_what_its_use_costs(words: list[tuple[str, int]]) -> None:
    prices = {"by_use": FEE, "sent@by_use": SENT, "contacts@by_use": STAND}
    rules = [
        word(Price(prices[key].model, prices[key].interval, "EUR", Decimal(minor), prices[key].meter), key)
        for key, minor in words
    ]
    last = [minor for key, minor in words if key == "sent@by_use"]
    assert amount(of_plan(*rules, mark_ups=(HALF_MORE,))) == (last[-1] if last else 3)


def test_the_margin_guard_counts_what_is_used_of_a_plan_and_of_an_add_on_once() -> None:
    held = Held(
        7, ("by_use", 1), (("mails", 1, 3),), used={"sent": 100, "contacts": 50}, stands=frozenset({"contacts"})
    )
    found = month_of(of_plan(mark_ups=(HALF_MORE,)), held, AT)
    # The fee, 100 at 0.02 of the plan and of the add-on, 50 at 1.20 a year.
    assert found.listed == 1000 + 200 + 200 + 50 * 10
    assert found.retail == 1500 + 300 + 300 + 50 * 15
    half = Promotion("HALF", LIST_SIDE, Decimal(50), AT, None, None, ("plan:by_use",))
    assert month_of(of_plan(taken=(half,)), held, AT).listed == 500 + 100 + 200 + 250
    flat = word(Price("flat", "month", "EUR", Decimal(990), "sent"), "sent@by_use")
    assert month_of(of_plan(flat), held, AT).retail == 990
