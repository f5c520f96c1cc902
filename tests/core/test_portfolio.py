"""The margin guard: a month before and after a change, and who loses by it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.currencies import Rate
from sublet.core.portfolio import (
    DISCOUNT,
    LISTED,
    RATE,
    USE,
    Change,
    Effect,
    Held,
    change_from_json,
    change_to_json,
    effects_of,
    month_of,
    pairs,
)
from sublet.core.pricebook import (
    ADD_ON,
    ITEM,
    LIST_SIDE,
    OVERAGE,
    PLAN,
    Book,
    ListPrices,
    MarkUp,
    Promotion,
    Rule,
    Tier,
    WholesaleTerms,
)
from sublet.core.pricing import Price

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def flat(amount: int, currency: str = "EUR") -> Price:
    return Price("flat", "month", currency, Decimal(amount))


def effects(books: dict[int, Book], holdings: list[Held], change: Change, at: datetime) -> tuple[Effect, ...]:
    return effects_of(pairs(books, holdings, change, at), books[holdings[0].account], change, at)


LISTS = ListPrices(
    {
        (PLAN, "business", 1): (flat(3000),),
        (ADD_ON, "sms", 1): (Price("seat", "month", "EUR", Decimal(500)),),
        (OVERAGE, "push@business", 1): (Price("package", "month", "EUR", Decimal(200), "push", 1000),),
    }
)


def book(account: int, retail: int | None = 4000, **more: Any) -> Book:
    rules = () if retail is None else (Rule(ITEM, "", PLAN, "business", "month", AT, flat(retail), currency="EUR"),)
    said: dict[str, Any] = {"reseller": 1, "currency": "EUR", "list_currency": "EUR", "lists": LISTS, "rules": rules}
    return Book(account=account, **(said | more))


def held(account: int, **more: Any) -> Held:
    return Held(account, ("business", 1), **more)


def test_a_month_counts_plan_add_ons_and_what_was_used_beyond() -> None:
    there = held(7, add_ons=(("sms", 1, 3),), used={"push": 12_001}, included={"push": 10_000})
    found = month_of(book(7), there, AT)
    assert (found.listed, found.retail) == (3000 + 1500 + 3 * 200, 4000)
    assert month_of(book(7), Held(7, None), AT).listed == 0
    half = Promotion("HALF", LIST_SIDE, Decimal(50), AT, None)
    assert month_of(book(7, taken=(half,)), held(7), AT).listed == 1500


def test_of_what_is_paid_by_the_quarter_or_the_year_a_month_has_its_share_on_both_sides() -> None:
    """A wholesale price that counts nothing makes every client of a yearly plan look like pure profit."""
    sold = ListPrices(
        {
            (PLAN, "business", 1): (Price("flat", "year", "EUR", Decimal(36_000)),),
            (ADD_ON, "sms", 1): (Price("seat", "quarter", "EUR", Decimal(1_500)),),
            (ADD_ON, "mail", 1): (Price("package", "quarter", "EUR", Decimal(300), "mail", 100),),
        }
    )
    rules = (
        Rule(ITEM, "", PLAN, "business", "year", AT, Price("flat", "year", "EUR", Decimal(48_000)), currency="EUR"),
        Rule(ITEM, "", ADD_ON, "mail", "quarter", AT, Price("flat", "quarter", "EUR", Decimal(100)), currency="EUR"),
    )
    there = held(7, add_ons=(("sms", 1, 2), ("mail", 1, 50)))
    found = month_of(book(7, lists=sold, rules=rules), there, AT)
    assert (found.listed, found.retail) == (3000 + 2 * 500 + 200, 4000 + 1667)
    loses = effects({7: book(7, lists=sold, rules=rules)}, [held(7)], Change(LISTED, Decimal(100)), AT)[0]
    assert (loses.before.wholesale, loses.after.wholesale, loses.loses_now) == (2400, 4800, True)


def test_what_stands_beyond_a_limit_is_the_same_in_each_month_of_a_quarter() -> None:
    price = Price("unit", "quarter", "EUR", Decimal(300), "contacts")
    rule = Rule(ITEM, "", OVERAGE, "contacts@business", "quarter", AT, price, currency="EUR")
    there = held(7, used={"contacts": 12}, included={"contacts": 10}, stands=frozenset({"contacts"}))
    assert month_of(book(7, None, rules=(rule,)), there, AT).retail == 2 * 100


def test_where_there_are_several_intervals_the_shortest_is_counted_as_it_is_charged() -> None:
    sold = ListPrices({(PLAN, "business", 1): (Price("flat", "year", "EUR", Decimal(30_000)), flat(3000))})
    assert month_of(book(7, lists=sold), held(7), AT).listed == 3000


def test_a_lower_discount_shows_who_loses_by_it() -> None:
    books = {7: book(7, 2500), 8: book(8, 9900)}
    found = effects(books, [held(7), held(8)], Change(DISCOUNT, Decimal(10)), AT)
    assert [(each.before.minor, each.after.minor, each.loses_now) for each in found] == [
        (100, -200, True), (7500, 7200, False),
    ]  # fmt: skip


def test_a_higher_list_price_moves_mark_ups_with_it_and_no_price_that_was_said() -> None:
    books = {7: book(7, 2500), 8: book(8, None, mark_ups=(MarkUp(ITEM, "", AT, Decimal(50)),))}
    found = effects(books, [held(7), held(8)], Change(LISTED, Decimal(10), (PLAN, "business")), AT)
    assert [(each.after.retail, each.after.wholesale) for each in found] == [(2500, 2640), (3960, 2640)]
    other = effects(books, [held(7)], Change(LISTED, Decimal(10), (PLAN, "other")), AT)
    assert other[0].before == other[0].after


def test_the_discount_is_on_the_total_of_all_with_its_tiers() -> None:
    terms = (WholesaleTerms(AT, Decimal(20), (Tier(6000, Decimal(50)),)),)
    books = {7: book(7, terms=terms), 8: book(8, terms=terms)}
    alone = effects({7: books[7]}, [held(7)], Change(USE, Decimal(100)), AT)
    both = effects(books, [held(7), held(8)], Change(USE, Decimal(100)), AT)
    assert (alone[0].before.wholesale, [each.before.wholesale for each in both]) == (2400, [1500, 1500])


def test_a_rate_and_use_are_tried_too() -> None:
    there = book(7, 9900, currency="CHF", rates=(Rate("EUR", "CHF", AT, Decimal("0.95")),), rules=(
        Rule(ITEM, "", PLAN, "business", "month", AT, flat(2500, "CHF"), currency="CHF"),
    ))  # fmt: skip
    dearer = effects({7: there}, [held(7)], Change(RATE, source="EUR", target="CHF", rate=Decimal("1.1")), AT)[0]
    assert (dearer.before.wholesale, dearer.after.wholesale, dearer.loses_now, dearer.currency) == (
        2280,
        2640,
        True,
        "CHF",
    )
    busy = held(7, used={"push": 10_000}, included={"push": 10_000})
    more = effects({7: book(7)}, [busy], Change(USE, Decimal(150)), AT)[0]
    assert (more.before.wholesale, more.after.wholesale) == (2400, 2400 + 800)
    unknown = effects({7: book(7, currency="JPY")}, [held(7)], Change(USE, Decimal(100)), AT)[0]
    assert not unknown.known


@given(st.lists(st.integers(0, 9000), min_size=1, max_size=6), st.decimals(0, 100, places=2))
def test_what_changes_nothing_leaves_every_amount(retails: list[int], percent: Decimal) -> None:
    books = {
        number: book(number, retail, terms=(WholesaleTerms(AT, percent),)) for number, retail in enumerate(retails)
    }
    for change in (Change(DISCOUNT, percent), Change(LISTED), Change(USE, Decimal(100))):
        for each in effects(books, [held(number) for number in books], change, AT):
            assert each.before == each.after
            assert not each.loses_now


@given(st.lists(st.integers(0, 9000), min_size=1, max_size=6), st.integers(20, 100))
def test_a_higher_discount_makes_nobody_lose_and_moves_no_retail_price(retails: list[int], percent: int) -> None:
    books = {number: book(number, retail) for number, retail in enumerate(retails)}
    for each in effects(books, [held(number) for number in books], Change(DISCOUNT, Decimal(percent)), AT):
        assert each.before.retail == each.after.retail
        assert not each.loses_now


def test_a_change_is_kept_without_loss() -> None:
    for change in (Change(DISCOUNT, Decimal("12.5")), Change(LISTED, Decimal(10), (PLAN, "business")),
                   Change(RATE, source="EUR", target="CHF", rate=Decimal("0.95"))):  # fmt: skip
        assert change_from_json(change_to_json(change)) == change
