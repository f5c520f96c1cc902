"""What a quantity costs: each model, at its bounds and between them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.manifest import model as manifest
from sublet.core.pricing import (
    MINIMUM,
    MODELS,
    Price,
    Priced,
    Quantity,
    Step,
    WrongPrice,
    credit_lines,
    fault,
    of_manifest,
    of_overage,
    price_lines,
    sum_of,
    total,
)

D = Decimal
STEPS = (Step(10, D(5)), Step(20, D(4)), Step(None, D(3)))
FEES = (Step(10, D(5), 100), Step(20, D(4), 50), Step(None, D(3), 20))
USED = Price("graduated", "month", "EUR", meter="sms", steps=STEPS)
WITH_FEES = Price("graduated", "month", "EUR", meter="sms", steps=FEES)
VOLUME = Price("volume", "month", "EUR", meter="sms", steps=FEES)

units = st.decimals(0, 10**6, places=6)
flats = st.integers(0, 10**6)
quantities = st.integers(0, 10**6) | st.decimals(0, 10**6, places=3)


@st.composite
def stepped(make: st.DrawFn) -> tuple[Step, ...]:
    bounds = sorted(make(st.sets(st.integers(1, 1000), max_size=4)))
    return tuple(Step(bound, make(units), make(flats)) for bound in [*bounds, None])


@st.composite
def some_prices(make: st.DrawFn, timed: bool | None = None) -> Price:
    """Any price that can be reckoned."""
    model = make(st.sampled_from([each for each in MODELS if each not in ("percent", "once")]))
    used = make(st.booleans()) if timed is None else not timed
    return Price(
        model,
        make(st.sampled_from(["month", "quarter", "year"])),
        make(st.sampled_from(["EUR", "JPY", "KWD"])),
        None if model in ("graduated", "volume") else make(units),
        "sms" if used else None,
        make(st.integers(1, 50)) if model == "package" else None,
        make(stepped()) if model in ("graduated", "volume") else (),
        make(st.none() | st.integers(0, 10**6)),
        make(st.integers(0, 20)),
    )


parts = st.tuples(st.integers(0, 366), st.integers(1, 366)).map(lambda pair: Fraction(min(pair), max(pair)))


@pytest.mark.parametrize(
    ("quantity", "lines"),
    [
        (0, [("step:1", 0, 0)]),
        (1, [("step:1", 1, 5)]),
        (10, [("step:1", 10, 50)]),
        (11, [("step:1", 10, 50), ("step:2", 1, 4)]),
        (20, [("step:1", 10, 50), ("step:2", 10, 40)]),
        (21, [("step:1", 10, 50), ("step:2", 10, 40), ("step:3", 1, 3)]),
    ],
)
def test_a_graduated_step_includes_its_upper_bound(quantity: int, lines: list[tuple[str, int, int]]) -> None:
    assert [(line.key, line.quantity, line.minor) for line in price_lines(USED, quantity)] == lines


@pytest.mark.parametrize(
    ("quantity", "minor"), [(0, 100), (1, 105), (10, 150), (11, 150 + 54), (20, 150 + 90), (21, 150 + 90 + 23)]
)
def test_the_flat_fee_of_a_step_is_due_once_it_is_entered(quantity: int, minor: int) -> None:
    assert total(WITH_FEES, quantity) == minor


@pytest.mark.parametrize(("quantity", "minor"), [(0, 100), (10, 150), (11, 50 + 44), (20, 50 + 80), (21, 20 + 63)])
def test_by_volume_all_units_are_at_the_price_of_their_step(quantity: int, minor: int) -> None:
    (line,) = price_lines(VOLUME, quantity)
    assert line.minor == minor


@pytest.mark.parametrize(("quantity", "minor"), [(0, 0), (1, 700), (100, 700), (101, 1400), (D("100.001"), 1400)])
def test_a_package_that_has_been_begun_is_due_in_full(quantity: Quantity, minor: int) -> None:
    assert total(Price("package", "month", "EUR", D(700), "sms", 100), quantity) == minor


@pytest.mark.parametrize("model", ["unit", "graduated", "volume", "package"])
def test_free_units_come_first(model: str) -> None:
    stepped = model in ("graduated", "volume")
    price = Price(
        model,
        "month",
        "EUR",
        None if stepped else D(7),
        "sms",
        10 if model == "package" else None,
        FEES if stepped else (),
    )
    free = replace(price, included=15)
    for quantity in range(60):
        assert total(free, quantity) == total(price, max(quantity - 15, 0))


def test_a_unit_price_may_be_a_fraction_of_a_cent() -> None:
    assert total(Price("unit", "month", "EUR", D("0.0125"), "sms"), 1000) == 13  # 12.5
    assert total(Price("unit", "month", "EUR", D("0.000001"), "sms"), 500_000) == 1  # half a cent


def test_a_price_by_use_is_rounded_once_a_line() -> None:
    steps = (Step(3, D("0.5")), Step(None, D("0.5")))
    lines = price_lines(Price("graduated", "month", "EUR", meter="sms", steps=steps), 6)
    assert [line.minor for line in lines] == [2, 2]  # 1.5 and 1.5, each half up


def test_a_mark_up_is_on_what_stands_below() -> None:
    assert price_lines(Price("percent", "month", "EUR", D(25)), 2900) == (Priced("amount", 2900, D(25), 0, 3625),)
    assert total(Price("percent", "month", "EUR", D("-12.5")), 999) == 874  # 874.125
    assert total(Price("percent", "month", "EUR", D(25)), -2900) == -3625


def test_use_is_not_prorated_and_time_is() -> None:
    half = Fraction(1, 2)
    assert total(Price("unit", "month", "EUR", D(10), "sms"), 3, part=half) == 30
    assert total(Price("seat", "month", "EUR", D(10)), 3, part=half) == 15
    assert total(Price("flat", "month", "EUR", D(10)), 1, part=half) == 5
    assert total(Price("once", "once", "EUR", D(10)), 1, part=half) == 10


def test_flat_fees_of_steps_are_not_prorated() -> None:
    seats = Price("graduated", "month", "EUR", steps=FEES)
    assert total(seats, 12, part=Fraction(1, 2)) == 100 + 25 + 50 + 4


def test_what_is_missing_to_the_minimum_is_a_line_of_its_own() -> None:
    price = Price("unit", "month", "EUR", D(10), "sms", minimum=100)
    assert [(line.key, line.minor) for line in price_lines(price, 3)] == [("amount", 30), (MINIMUM, 70)]
    assert [(line.key, line.minor) for line in price_lines(price, 10)] == [("amount", 100)]


def test_the_minimum_is_prorated() -> None:
    price = Price("unit", "month", "EUR", D(10), "sms", minimum=100)
    assert [(line.key, line.minor) for line in price_lines(price, 3, part=Fraction(1, 2))] == [
        ("amount", 30),
        (MINIMUM, 20),
    ]
    assert total(price, 6, part=Fraction(1, 2)) == 60


def test_a_currency_does_not_change_what_is_reckoned() -> None:
    for currency in ("EUR", "JPY", "KWD"):
        assert total(Price("seat", "month", currency, D(1000)), 3, part=Fraction(10, 31)) == 968  # 967.74


@given(price=some_prices(), quantity=quantities, more=quantities)
def test_more_never_costs_less_but_by_volume(price: Price, quantity: Quantity, more: Quantity) -> None:
    if price.model != "volume":
        # Each line is rounded by itself: a further line may begin half a unit lower.
        slack = len(price.steps)
        assert total(price, both_of(quantity, more)) + slack >= total(price, quantity)


def both_of(one: Quantity, other: Quantity) -> Quantity:
    return D(one) + D(other) if isinstance(one, D) or isinstance(other, D) else one + other


@given(price=some_prices(), quantity=quantities, part=parts)
def test_at_least_the_minimum_is_due(price: Price, quantity: Quantity, part: Fraction) -> None:
    least = (price.minimum or 0) * part
    lines = price_lines(price, quantity, part=part)
    assert sum_of(lines) >= least - len(lines)
    assert len({line.key for line in lines}) == len(lines)


@given(price=some_prices(timed=True), quantity=quantities, first=parts)
def test_two_parts_of_a_period_cost_what_it_costs_whole(price: Price, quantity: Quantity, first: Fraction) -> None:
    bare = replace(price, minimum=None, steps=tuple(replace(step, flat=0) for step in price.steps))
    lines = price_lines(bare, quantity)
    both = total(bare, quantity, part=first) + total(bare, quantity, part=1 - first)
    assert abs(both - sum_of(lines)) <= len(lines)


@given(price=some_prices(timed=True), quantity=quantities, part=parts.filter(bool))
def test_a_credit_of_everything_takes_back_everything(price: Price, quantity: Quantity, part: Fraction) -> None:
    charged = total(price, quantity, part=part)
    assert sum_of(credit_lines(price, quantity, charged=part, unused=part)) == -charged


@given(price=some_prices(timed=True), quantity=quantities, one=parts, other=parts)
def test_never_more_is_given_back_than_was_charged(
    price: Price, quantity: Quantity, one: Fraction, other: Fraction
) -> None:
    unused, charged = sorted((one, other))
    if charged:
        back = credit_lines(price, quantity, charged=charged, unused=unused)
        assert all(line.minor <= 0 for line in back)
        kept = {line.key: line.minor for line in price_lines(price, quantity, part=charged)}
        for line in back:
            assert kept[line.key] + line.minor >= 0
        if unused < charged:
            assert all(line.flat == 0 for line in back)


def test_more_is_never_given_back_than_was_charged() -> None:
    with pytest.raises(ValueError, match="unused"):
        credit_lines(Price("flat", "month", "EUR", D(1)), 1, charged=Fraction(1, 3), unused=Fraction(1, 2))


@given(price=some_prices())
def test_what_can_be_reckoned_has_no_fault(price: Price) -> None:
    assert fault(price) is None


@pytest.mark.parametrize(
    ("price", "code"),
    [
        (Price("magic", "month", "EUR", D(1)), "wrong-model"),
        (Price("flat", "month", "EUR"), "amount-or-steps"),
        (Price("graduated", "month", "EUR", D(1), steps=STEPS), "amount-or-steps"),
        (Price("volume", "month", "EUR"), "amount-or-steps"),
        (Price("package", "month", "EUR", D(1), "sms"), "wrong-package"),
        (Price("graduated", "month", "EUR", steps=(Step(10, D(1)),)), "steps-not-open"),
        (Price("graduated", "month", "EUR", steps=(Step(None, D(1)), Step(None, D(1)))), "steps-not-open"),
        (
            Price("graduated", "month", "EUR", steps=(Step(9, D(1)), Step(9, D(1)), Step(None, D(1)))),
            "steps-not-rising",
        ),
        (Price("graduated", "month", "EUR", steps=(Step(0, D(1)), Step(None, D(1)))), "steps-not-rising"),
        (Price("flat", "month", "EUR", D("0.0000001")), "too-precise"),
        (Price("flat", "month", "EUR", D("NaN")), "too-precise"),
        (Price("flat", "month", "EUR", D(-1)), "negative"),
        (Price("percent", "month", "EUR", D("-100.5")), "negative"),
        (Price("flat", "month", "EUR", D(1), minimum=-1), "negative"),
        (Price("flat", "month", "EUR", D(1), included=-1), "negative"),
    ],
)
def test_a_price_that_cannot_be_reckoned_says_why(price: Price, code: str) -> None:
    assert fault(price) == code
    with pytest.raises(WrongPrice) as refusal:
        price_lines(price, 1)
    assert refusal.value.code == code


def test_a_list_price_becomes_one_that_can_be_reckoned() -> None:
    tiers = (manifest.Tier(1000, 2, 500), manifest.Tier(None, 1))
    found = of_manifest(manifest.Price("month", "EUR", None, "graduated", "sms", None, tiers))
    assert found == Price("graduated", "month", "EUR", None, "sms", None, (Step(1000, D(2), 500), Step(None, D(1))))
    assert of_manifest(manifest.Price("year", "JPY", 12000)) == Price("flat", "year", "JPY", D(12000))


def test_overage_is_by_begun_packages() -> None:
    price = of_overage(manifest.OveragePrice(150, "EUR", 50), "appointments")
    assert [total(price, quantity) for quantity in (0, 1, 50, 51)] == [0, 150, 150, 300]
