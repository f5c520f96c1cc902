"""From lines to a total: nothing is lost between them (B3)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sublet.core.money import allocate, rounded
from sublet.core.tax import Treatment
from sublet.core.totals import Discount, Line, fixed_off, percent_off, totals
from tests.thorough import examples

D = Decimal
TAXED, LESS, REVERSED = Treatment("S", D(22), ""), Treatment("S", D(10), ""), Treatment("AE", D(0), "")
treatments = st.sampled_from([TAXED, LESS, REVERSED])
percents = st.decimals(0, 100, places=2)


@st.composite
def baskets(make: st.DrawFn, least: int = -(10**6)) -> list[Line]:
    minors = make(st.lists(st.integers(least, 10**6), max_size=25))
    return [Line(f"l{place}", minor, make(treatments)) for place, minor in enumerate(minors)]


@st.composite
def discounts(make: st.DrawFn) -> list[Discount]:
    found = []
    for number in range(make(st.integers(0, 3))):
        keys = make(st.none() | st.frozensets(st.sampled_from([f"l{place}" for place in range(6)])))
        percent, fixed = (make(percents), None) if make(st.booleans()) else (None, make(st.integers(0, 10**6)))
        found.append(Discount(f"d{number}", percent, fixed, keys))
    return found


@settings(max_examples=examples(2000))
@given(lines=baskets(), taken=discounts())
def test_nothing_is_lost_between_the_lines_and_the_total(lines: list[Line], taken: list[Discount]) -> None:
    found = totals(lines, taken)
    assert found.subtotal == sum(line.minor for line in lines)
    assert found.net == found.subtotal - sum(off.minor for off in found.offs)
    for off in found.offs:
        assert sum(off.shares) == off.minor
        assert off.minor >= 0
    for place, line in enumerate(lines):
        assert found.nets[place] == line.minor - sum(off.shares[place] for off in found.offs)
    assert sum(line.base for line in found.taxes) == found.net
    assert found.total == found.net + found.tax
    if found.subtotal >= 0 and all(discount.keys is None for discount in taken):
        assert found.net >= 0  # never a negative invoice by a discount


@given(amounts=st.lists(st.integers(-(10**6), 10**6), max_size=25), percent=percents)
def test_a_percentage_is_rounded_once_on_the_sum(amounts: list[int], percent: Decimal) -> None:
    shares = percent_off(amounts, percent)
    whole = sum(amounts)
    assert sum(shares) == (rounded(Fraction(whole) * Fraction(percent) / 100) if whole > 0 else 0)
    if whole > 0:
        for share, amount in zip(shares, amounts, strict=True):
            assert abs(share - Fraction(amount) * Fraction(percent) / 100) < 1


@given(amounts=st.lists(st.integers(0, 10**6), max_size=25), fixed=st.integers(0, 10**8))
def test_a_fixed_discount_is_never_more_than_there_is(amounts: list[int], fixed: int) -> None:
    shares = fixed_off(amounts, fixed)
    assert sum(shares) == min(fixed, sum(amounts))
    assert all(0 <= share <= amount for share, amount in zip(shares, amounts, strict=True))


@given(
    clients=st.lists(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), min_size=1, max_size=8), percent=percents
)
def test_the_resellers_invoice_is_the_sum_of_its_clients_before_and_after_discount(
    clients: list[list[int]], percent: Decimal
) -> None:
    lines = [
        Line(f"{place}.{number}", minor, TAXED) for place, own in enumerate(clients) for number, minor in enumerate(own)
    ]
    found = totals(lines, [Discount("reseller", percent)])
    assert found.subtotal == sum(sum(own) for own in clients)
    by_client: dict[str, int] = {}
    for line, net in zip(lines, found.nets, strict=True):
        whose = line.key.partition(".")[0]
        by_client[whose] = by_client.get(whose, 0) + net
    assert sum(by_client.values()) == found.net == found.subtotal - found.offs[0].minor


def test_twenty_percent_on_the_total_is_not_the_sum_of_twenty_percents() -> None:
    lines = [Line(str(number), 1, TAXED) for number in range(7)]  # seven times one cent
    found = totals(lines, [Discount("reseller", D(20))])
    assert found.offs[0].minor == 1  # 1.4
    assert sum(rounded(Fraction(20, 100)) for _ in lines) == 0
    assert found.nets == (0, 1, 1, 1, 1, 1, 1)


def test_discounts_apply_one_after_the_other() -> None:
    lines = [Line("a", 1000, TAXED), Line("b", 500, LESS)]
    found = totals(lines, [Discount("half", D(50), keys=frozenset({"a"})), Discount("ten", fixed=100)])
    assert [off.shares for off in found.offs] == [(500, 0), (50, 50)]
    assert (found.nets, found.net, found.tax, found.total) == ((450, 450), 900, 99 + 45, 1044)


def test_a_credit_lowers_what_a_discount_is_on() -> None:
    found = totals([Line("b", 2665, TAXED), Line("credit", -1310, TAXED)], [Discount("reseller", D(20))])
    assert found.offs[0].shares == (533, -262)
    assert found.net == 1355 - 271


@pytest.mark.parametrize(
    "discount",
    [Discount("x"), Discount("x", D(1), 1), Discount("x", D(101)), Discount("x", D(-1)), Discount("x", fixed=-1)],
)
def test_what_is_no_discount_is_refused(discount: Discount) -> None:
    with pytest.raises(ValueError, match=r"discount|percent"):
        totals([Line("a", 1, TAXED)], [discount])


def test_shares_of_a_hundred_thousand_baskets_add_up() -> None:
    """B3's figure, by a fast and repeatable stream of numbers."""
    state = 1
    for _ in range(examples(100_000)):
        weights = []
        for _ in range(3 + state % 5):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            weights.append(state >> 44)
        total = state >> 40
        assert sum(allocate(total, weights)) == total
