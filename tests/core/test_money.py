"""Money is whole: rounding, sharing, reading and writing, in every currency (B3, B4)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.manifest.words import CURRENCIES
from sublet.core.money import (
    MOST_MINOR,
    CurrenciesDiffer,
    Money,
    WrongAmount,
    allocate,
    apportion,
    exact,
    exponent,
    plain,
    read_amount,
    read_typed,
    rounded,
    rounded_ratio,
    total_of,
)

decimals = st.decimals(-(10**12), 10**12, places=6)
totals = st.integers(-(10**9), 10**9)


@pytest.mark.parametrize(
    ("currency", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("HUF", 2), ("TND", 3)]
)
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, places: int) -> None:
    assert exponent(currency) == places


def test_decimals_are_those_of_an_independent_list() -> None:
    # CLDR tells what is used in cash registers, ISO what the unit is divided into: these differ on purpose.
    by_custom = set(
        "AFN ALL AMD IDR IRR KPW LAK LBP MGA MMK PKR RSD SOS SYP TZS UZS YER CRC HUF IQD MUR GYD COP CZK DKK NOK SEK TWD MNT SLE LUF"
        " ZWL CLF".split()
    )
    for code in CURRENCIES:
        if code not in by_custom:
            assert exponent(code) == get_currency_precision(code), code


def test_a_currency_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        exponent("EUX")


@given(number=decimals)
def test_rounding_is_half_up_away_from_zero(number: Decimal) -> None:
    assert rounded(number) == int(number.quantize(Decimal(1), ROUND_HALF_UP))
    assert rounded(-number) == -rounded(number)
    assert rounded(Fraction(number)) == rounded(number)


@pytest.mark.parametrize(
    ("amount", "minor"), [("0.5", 1), ("-0.5", -1), ("1.5", 2), ("2.5", 3), ("-2.5", -3), ("0.499999", 0), ("7", 7)]
)
def test_a_half_goes_away_from_zero(amount: str, minor: int) -> None:
    assert rounded(Decimal(amount)) == minor


@given(numerator=st.integers(), denominator=st.integers(1, 10**9))
def test_a_quotient_is_rounded_like_its_fraction(numerator: int, denominator: int) -> None:
    assert rounded_ratio(numerator, denominator) == rounded(Fraction(numerator, denominator))


def test_a_float_is_no_amount() -> None:
    with pytest.raises(TypeError):
        exact(0.1)  # type: ignore[arg-type]


@given(total=totals, weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_what_is_shared_adds_up(total: int, weights: list[int]) -> None:
    shares = allocate(total, weights)
    assert sum(shares) == total
    whole = sum(weights) or len(weights)
    for share, weight in zip(shares, weights if sum(weights) else [1] * len(weights), strict=True):
        assert abs(share - Fraction(total * weight, whole)) < 1
    assert allocate(-total, weights) == tuple(-share for share in shares)


@given(total=totals, weights=st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=30).filter(sum))
def test_a_credit_among_the_lines_takes_its_share_off(total: int, weights: list[int]) -> None:
    shares = allocate(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights))) < 1


@given(shares=st.lists(st.fractions(-1000, 1000, max_denominator=50), max_size=20))
def test_exact_shares_become_whole_ones_of_the_rounded_sum(shares: list[Fraction]) -> None:
    total = rounded(sum(shares, Fraction(0)))
    found = apportion(total, shares)
    assert sum(found) == total
    assert all(abs(here - exactly) < 1 for here, exactly in zip(found, shares, strict=True))


def test_equal_remainders_go_to_the_earlier_one() -> None:
    assert allocate(100, [1, 1, 1]) == (34, 33, 33)
    assert allocate(-100, [1, 1, 1]) == (-34, -33, -33)
    assert allocate(5, [0, 0]) == (3, 2)
    assert allocate(10, [Decimal("0.5"), Fraction(3, 2)]) == (3, 7)


def test_rounding_each_line_by_itself_misses_the_total() -> None:
    # The positive control of B3: what everybody does first is wrong by a cent.
    weights = [1, 1, 1]
    each = [rounded(Fraction(100 * weight, 3)) for weight in weights]
    assert sum(each) == 99
    assert sum(allocate(100, weights)) == 100


def test_nobody_gets_nothing_and_something_finds_somebody() -> None:
    assert allocate(0, []) == ()
    with pytest.raises(ValueError, match="nobody"):
        allocate(1, [])
    with pytest.raises(ValueError, match="cancel"):
        allocate(1, [1, -1])
    with pytest.raises(ValueError, match="add up"):
        apportion(5, [Fraction(1)])


@given(minor=st.integers(-MOST_MINOR, MOST_MINOR), currency=st.sampled_from(CURRENCIES))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    text = plain(minor, currency)
    assert read_amount(text, currency) == minor
    assert read_amount(f" {text.replace('.', ',')} ", currency) == minor


@pytest.mark.parametrize("currency", CURRENCIES)
def test_one_unit_is_written_with_the_decimals_of_its_currency(currency: str) -> None:
    places = exponent(currency)
    assert plain(10**places, currency) == "1" + ("." + "0" * places if places else "")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("1234.5", "EUR", 123450), ("0,01", "EUR", 1), ("-3", "JPY", -3), ("1.234", "KWD", 1234), ("+7", "EUR", 700)],
)
def test_an_amount_is_read(text: str, currency: str, minor: int) -> None:
    assert read_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("", "EUR", "not-a-number"),
        ("1.2.3", "EUR", "not-a-number"),
        ("1,234.50", "EUR", "not-a-number"),
        ("1e5", "EUR", "not-a-number"),
        ("NaN", "EUR", "not-a-number"),
        ("٣", "EUR", "not-a-number"),
        ("--3", "EUR", "not-a-number"),
        ("0.5", "JPY", "too-precise"),
        ("0.001", "EUR", "too-precise"),
        ("99999999999999999", "EUR", "too-large"),
        ("9" * 50, "EUR", "too-large"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, currency: str, code: str) -> None:
    with pytest.raises(WrongAmount) as refusal:
        read_amount(text, currency)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1.250,00", "EUR", 125000),
        ("1,250.00", "EUR", 125000),
        ("-1.250,5", "EUR", -125050),
        ("1\u00a0250,00", "EUR", 125000),
        ("1 250", "EUR", 125000),
        ("1’250.00", "CHF", 125000),
        ("1.250.000", "EUR", 125000000),
        ("12.345.678,90", "EUR", 1234567890),
        ("1250,00", "EUR", 125000),
        ("0.50", "EUR", 50),
        ("1.250", "KWD", 1250),
        ("1,250.000", "KWD", 1250000),
    ],
)
def test_what_people_put_between_thousands_is_read(text: str, currency: str, minor: int) -> None:
    assert read_typed(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        # Without this, whoever types a thousand as it stands on every page of theirs asks for one.
        ("1.000", "EUR", "ambiguous"),
        ("1,000", "EUR", "ambiguous"),
        ("-12.500", "EUR", "ambiguous"),
        ("1.000", "JPY", "ambiguous"),
        ("1.000.00", "EUR", "not-a-number"),
        ("1.00,00", "EUR", "not-a-number"),
        ("1,250,00", "EUR", "not-a-number"),
        ("0.001", "EUR", "too-precise"),
        ("a lot", "EUR", "not-a-number"),
    ],
)
def test_what_could_be_a_thousandfold_of_itself_is_not_guessed(text: str, currency: str, code: str) -> None:
    with pytest.raises(WrongAmount) as refusal:
        read_typed(text, currency)
    assert refusal.value.code == code


@given(
    minor=st.integers(-MOST_MINOR, MOST_MINOR),
    currency=st.sampled_from(CURRENCIES),
    marks=st.sampled_from([".,", ",.", " ,", "'."]),
)
def test_an_amount_with_all_its_decimals_is_read_back_with_its_thousands(minor: int, currency: str, marks: str) -> None:
    whole, point, decimals = plain(minor, currency).partition(".")
    text = f"{int(whole):,}".replace(",", marks[0]) if whole != "-0" else whole
    if point or (abs(minor) < 1000 or marks[0] in " '"):
        assert read_typed(text + (marks[1] + decimals if point else ""), currency) == minor


def test_amounts_of_two_currencies_never_meet() -> None:
    one, other = Money(1, "EUR"), Money(1, "JPY")
    for meet in (lambda: one + other, lambda: one - other, lambda: one < other, lambda: one <= other):
        with pytest.raises(CurrenciesDiffer):
            meet()
    assert one != other


def test_money_adds_and_subtracts() -> None:
    assert total_of([Money(150, "EUR"), -Money(50, "EUR")], "EUR") == Money(100, "EUR")
    assert Money(3, "EUR") - Money(5, "EUR") == Money(-2, "EUR")
    assert Money(1, "EUR") < Money(2, "EUR") <= Money(2, "EUR")
    assert not Money(0, "EUR")
    assert total_of([], "JPY") == Money(0, "JPY")
    assert str(Money(-123456, "EUR")) == "-1234.56 EUR"
    assert str(Money(1234, "JPY")) == "1234 JPY"
