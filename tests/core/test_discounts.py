from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.discounts import off_the_total
from sublet.core.money import rounded

PERCENTS = st.decimals("0", "100", places=2)
LINES = st.lists(st.integers(-(10**9), 10**9), max_size=30)


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    assert off_the_total([999, 999, 999], Decimal(20)) == (200, 200, 199)
    assert off_the_total([101, 102, 104], Decimal(20)) == (20, 20, 21)
    assert off_the_total([2900, -1450], Decimal(20)) == (580, -290)
    assert off_the_total([1, 2], Decimal(0)) == (0, 0)
    assert off_the_total([], Decimal(20)) == ()


@given(LINES, PERCENTS)
def test_shares_add_up_to_the_discount_and_are_near_their_exact_share(lines: list[int], percent: Decimal) -> None:
    shares = off_the_total(lines, percent)
    whole = Fraction(percent) / 100

    assert sum(shares) == rounded(whole * sum(lines))
    assert all(abs(share - whole * line) < 1 for share, line in zip(shares, lines, strict=True))
