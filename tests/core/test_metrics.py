"""Figures of recurring revenue, and that nothing is counted twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.metrics import Posted, given_back, lifetime_value, monthly, months_of, movement, mrr, whole_period
from sublet.core.money import rounded
from sublet.core.pricing import SEAT, Price, Priced, credit_lines, price_lines, sum_of

accounts = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 10**6))


def test_a_yearly_price_counts_a_twelfth_a_month() -> None:
    assert monthly(12000, "year") == 1000
    assert monthly(1000, "quarter") == Fraction(1000, 3)
    assert mrr([(2900, "month"), (10000, "year"), (10000, "year"), (100, "quarter")]) == 2900 + 1700  # 4600.0
    assert mrr([]) == 0
    with pytest.raises(KeyError):
        monthly(1, "once")


@given(start=accounts, end=accounts, before=st.sets(st.sampled_from("abcdefgh")))
def test_what_came_and_went_leads_from_the_start_to_the_end(
    start: dict[str, int], end: dict[str, int], before: set[str]
) -> None:
    found = movement(start, end, before)
    assert (
        found.start + found.new + found.reactivated + found.expansion - found.contraction - found.churned == found.end
    )
    assert min(found.new, found.reactivated, found.expansion, found.contraction, found.churned) >= 0
    if found.start:
        assert found.net_retention == 1 - found.churn - Fraction(found.contraction - found.expansion, found.start)  # type: ignore[operator]  # there is a start
        assert found.gross_retention is not None
        assert 0 <= found.gross_retention <= 1
        assert found.gross_retention <= found.net_retention
    else:
        assert found.churn is found.net_retention is found.gross_retention is None


@given(start=accounts, end=accounts, newcomers=st.dictionaries(st.sampled_from("xyz"), st.integers(1, 1000)))
def test_who_is_new_changes_neither_churn_nor_retention(
    start: dict[str, int], end: dict[str, int], newcomers: dict[str, int]
) -> None:
    one, other = movement(start, end), movement(start, {**end, **newcomers})
    assert (one.churn, one.net_retention, one.account_churn) == (other.churn, other.net_retention, other.account_churn)


def test_each_account_is_in_one_place() -> None:
    found = movement(
        {"stays": 100, "grows": 100, "shrinks": 100, "leaves": 100, "free": 0},
        {"stays": 100, "grows": 150, "shrinks": 70, "new": 40, "back": 30, "free": 0},
        paid_before={"back", "leaves"},
    )
    assert (found.start, found.end) == (400, 390)
    assert (found.new, found.reactivated, found.expansion, found.contraction, found.churned) == (40, 30, 50, 30, 100)
    assert (found.paying, found.lost) == (4, 1)
    assert found.churn == Fraction(1, 4)
    assert found.net_retention == Fraction(320, 400)
    assert found.gross_retention == Fraction(270, 400)
    assert found.account_churn == Fraction(1, 4)


def test_a_lifetimes_worth_is_of_the_margin() -> None:
    assert lifetime_value(5000, 10, Fraction(1, 20)) == 10000
    assert lifetime_value(5000, 10, Fraction(0)) is None
    assert lifetime_value(5000, 10, None) is None
    assert lifetime_value(0, 0, Fraction(1, 20)) is None


def test_a_part_of_a_period_tells_the_price_of_the_whole() -> None:
    assert whole_period(2900, 30, 30) == 2900
    assert whole_period(1353, 14, 30, [("amount", "1", "2900", 0, 1353)]) == 2900
    assert whole_period(-1353, 14, 30, [("amount", "1", "2900", 0, -1353)]) == -2900
    seats = [("amount", "3", "1000", 0, 1400), ("promotion:HALF", "1", "-50", 0, -700)]
    assert whole_period(700, 14, 30, seats) == 1500
    steps = [("step:1", "2", "1000.5", 500, 1434), ("step:2", "1", "900", 0, 420)]
    assert whole_period(1854, 14, 30, steps) == 2001 + 500 + 900
    # A mark-up is on what was charged: its line does not tell the whole, the days do.
    assert whole_period(2030, 14, 30, [("amount", "1353", "50", 0, 2030)]) == Fraction(2030 * 30, 14)
    assert whole_period(0, 0, 30) == 0


@given(
    amount=st.decimals(0, 10**6, places=6), quantity=st.integers(1, 500), of_days=st.sampled_from((28, 30, 31, 91, 365, 366)),
    data=st.data(),
)  # fmt: skip
def test_a_charge_and_the_credit_for_its_rest_balance_exactly(
    amount: Decimal, quantity: int, of_days: int, data: st.DataObject
) -> None:
    price = Price(SEAT, "month", "EUR", amount)
    days = data.draw(st.integers(1, of_days))
    unused = data.draw(st.integers(1, days))

    def whole(lines: Iterable[Priced], count: int) -> Fraction:
        told = [(line.key, str(line.quantity), str(line.unit), line.flat, line.minor) for line in lines]
        return whole_period(sum_of(lines), count, of_days, told)

    part, rest = Fraction(days, of_days), Fraction(unused, of_days)
    charged = tuple(price_lines(price, quantity, part=part))
    back = credit_lines(price, quantity, charged=part, unused=rest)
    full = sum_of(price_lines(price, quantity))
    assert rounded(whole(charged, days)) == full
    if back and unused < days:
        assert rounded(-whole(back, unused)) == full


def test_a_period_of_days_is_one_of_months() -> None:
    assert [months_of(days) for days in (28, 31, 90, 92, 365, 366)] == [1, 1, 3, 3, 12, 12]


def posted(number: int, key: str, day: int, *, quantity: int = 1, who: str = "a", last: int = 31) -> Posted:
    return Posted(number, who, key, datetime(2026, 3, day, tzinfo=UTC), date(2026, 3, last), quantity)


def test_a_credit_to_the_last_day_and_its_charge_are_both_nothing() -> None:
    march, rest = "base:plan.medium.1:2026-03-01/2026-04-01", "credit:base:plan.medium.1:2026-03-17/2026-04-01"
    large = posted(3, "base:plan.large.1:2026-03-17/2026-04-01", 17)
    assert given_back([posted(1, march, 1), posted(2, rest, 17), large]) == {1, 2}
    assert given_back([posted(1, march, 1), large]) == set()
    assert given_back([posted(1, march, 1), posted(2, rest, 17, who="b")]) == set()
    assert given_back([posted(1, march, 1, quantity=2), posted(2, rest, 17)]) == set()
    assert given_back([posted(1, march, 1), posted(2, rest, 17, last=30)]) == set()
    assert given_back([posted(1, "base:1", 1), posted(2, "credit:base:2", 17)]) == set()


def test_one_credit_gives_one_charge_back_though_the_same_was_taken_again() -> None:
    first, rest = "base:plan.medium.1:2026-03-01/2026-04-01", "credit:base:plan.medium.1:2026-03-10/2026-04-01"
    again = "base:plan.medium.1:2026-03-15/2026-04-01"
    assert given_back([posted(3, again, 15), posted(2, rest, 10), posted(1, first, 1)]) == {1, 2}
    assert given_back([posted(2, rest, 10), posted(3, again, 15)]) == set()
