"""Margin, mark-up, floor: laws, and the figures of the documentation."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.margin import Margin, discount_on, floor_price, percent_of, wholesale_lines, wholesale_of

MINOR = st.integers(0, 10**9)
PERCENT = st.decimals(0, 100, places=2)


def test_the_figures_of_the_documentation() -> None:
    """List 30.00 a month, 20 % less: 24.00 wholesale; sold for 49.00."""
    wholesale = wholesale_of(3000, Decimal(20))
    found = Margin(retail=4900, wholesale=wholesale)
    assert (wholesale, found.minor, found.mark_up, found.share) == (2400, 2500, Decimal("104.2"), Decimal("51.0"))
    assert (found.loses, Margin(2399, 2400).loses, Margin(2400, 2400).loses) == (False, True, False)
    assert (floor_price(2400), floor_price(2400, Decimal(20)), floor_price(2400, Decimal(30))) == (2400, 3000, 3429)


def test_nothing_has_no_percent() -> None:
    assert (Margin(4900, 0).mark_up, Margin(0, 2400).share, percent_of(1, 0)) == (None, None, None)


def test_a_floor_of_everything_is_no_floor() -> None:
    with pytest.raises(ValueError, match="100"):
        floor_price(100, Decimal(100))


@given(MINOR, MINOR)
def test_margin_is_retail_less_wholesale(retail: int, wholesale: int) -> None:
    found = Margin(retail, wholesale)
    assert found.wholesale + found.minor == retail
    assert found.loses == (found.minor < 0)
    if wholesale and found.mark_up is not None:
        assert abs(Fraction(found.mark_up) - Fraction(found.minor * 100, wholesale)) <= Fraction(1, 20)
    if retail and found.share is not None:
        assert abs(Fraction(found.share) - Fraction(found.minor * 100, retail)) <= Fraction(1, 20)


@given(MINOR, st.decimals(0, Decimal("99.99"), places=2))
def test_the_floor_keeps_the_wished_margin_and_not_a_unit_more(wholesale: int, wished: Decimal) -> None:
    floor = floor_price(wholesale, wished)

    def keeps(retail: int) -> bool:
        return (retail - wholesale) * 100 >= Fraction(wished) * retail

    assert keeps(floor)
    assert floor == 0 or not keeps(floor - 1)


@given(st.lists(MINOR, max_size=8), PERCENT)
def test_the_lines_add_up_to_the_total_less_the_discount(lines: list[int], discount: Decimal) -> None:
    found = wholesale_lines(lines, discount)
    assert sum(found) == wholesale_of(sum(lines), discount) == sum(lines) - discount_on(sum(lines), discount)
    for line, less in zip(lines, found, strict=True):
        assert abs(less - Fraction(line) * (1 - Fraction(discount) / 100)) < 2
