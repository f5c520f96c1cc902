"""What a quantity costs, by the model of its price: lines with a key each, rounded once each.

Conventions (docs/howto/prices.md has each with figures):

* a step goes up to and including its bound; free units come first and are no part of the steps;
* the flat fee of a step is due once the step is entered, that of the first also at zero use; flat fees are never prorated;
* a package that has been begun is due in full;
* what counts use is not prorated (use is what it is), what is paid for time is; the minimum is prorated either way, and what is
  missing to it is a line of its own (flat fees count towards it).

Pure. Laws (tests/core/test_pricing.py): lines add up to the total; more never costs less, but where a volume price says so; parts
of a period cost, taken exactly, what the whole does; a credit of everything takes back everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from sublet.core.manifest import model as manifest
from sublet.core.money import exact, rounded, rounded_ratio

FLAT, SEAT, UNIT, GRADUATED, VOLUME, PACKAGE, PERCENT, ONCE = (
    "flat", "seat", "unit", "graduated", "volume", "package", "percent", "once",
)  # fmt: skip
MODELS: Final = (FLAT, SEAT, UNIT, GRADUATED, VOLUME, PACKAGE, PERCENT, ONCE)
_LINEAR: Final = frozenset({FLAT, SEAT, UNIT, ONCE})
STEPPED: Final = frozenset({GRADUATED, VOLUME})
#: Unit prices may be fractions of the smallest unit, with so many decimals.
DECIMALS: Final = 6
#: The key of the line that fills up a minimum.
MINIMUM: Final = "minimum"
WHOLE: Final = Fraction(1)
Quantity = int | Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """Up to and including `up_to` units (None: without end): `amount` a unit, and `flat` once the step is entered.

    `amount` is in smallest units with up to six decimals, `flat` in whole ones.
    """

    up_to: int | None
    amount: Decimal
    flat: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """A price in smallest units of its currency, with up to six decimals a unit.

    `amount` is None exactly where `steps` are given; of the model `percent` it is the mark-up in percent on what stands below
    (25: a quarter more). `meter` is what a price by use counts; without one the quantity is held (seats), and paid for
    by time. `minimum` is what a period costs at least, in smallest units; `included` are free units.
    """

    model: str
    interval: str
    currency: str
    amount: Decimal | None = None
    meter: str | None = None
    package_size: int | None = None
    steps: tuple[Step, ...] = ()
    minimum: int | None = None
    included: int = 0

    @property
    def is_usage(self) -> bool:
        """Whether it is paid for use, afterwards, and not for time."""
        return self.meter is not None


@dataclass(frozen=True, slots=True)
class Priced:
    """One line: `quantity` at `unit` smallest units each, `flat` on top, `minor` in all (rounded once, prorated).

    Keys: ``amount``, ``step:1`` …, ``minimum``.
    """

    key: str
    quantity: Quantity
    unit: Decimal
    flat: int
    minor: int


class WrongPrice(ValueError):
    """A price that cannot be reckoned; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@lru_cache(maxsize=10_000)
def fault(price: Price) -> str | None:
    """Why the price cannot be reckoned, as a code; None when it can."""
    if price.model not in MODELS:
        return "wrong-model"
    if (price.model in STEPPED) != (price.amount is None) or (price.model in STEPPED) != bool(price.steps):
        return "amount-or-steps"
    if price.model == PACKAGE and (price.package_size or 0) < 1:
        return "wrong-package"
    if price.steps:
        bounds = [step.up_to for step in price.steps]
        if bounds[-1] is not None or None in bounds[:-1]:
            return "steps-not-open"
        rising = [bound for bound in bounds if bound is not None]
        if any(low >= high for low, high in zip([0, *rising], rising, strict=False)):
            return "steps-not-rising"
    numbers = [price.amount or Decimal(0), *(step.amount for step in price.steps)]
    if any(
        not number.is_finite() or abs(number.adjusted()) > 20 or number != round(number, DECIMALS) for number in numbers
    ):
        return "too-precise"
    if price.included < 0 or (price.minimum or 0) < 0 or any(step.flat < 0 or step.amount < 0 for step in price.steps):
        return "negative"
    if price.amount is not None and price.amount < (-100 if price.model == PERCENT else 0):
        return "negative"
    return None


def of_manifest(price: manifest.Price) -> Price:
    """A list price of the manifest as a price that can be reckoned."""
    return Price(
        model=price.model,
        interval=price.interval,
        currency=price.currency,
        amount=None if price.amount is None else Decimal(price.amount),
        meter=price.meter,
        package_size=price.package_size,
        steps=tuple(Step(tier.up_to, Decimal(tier.amount), tier.flat) for tier in price.tiers),
    )


def of_overage(price: manifest.OveragePrice, meter: str, interval: str = "month") -> Price:
    """The price of what goes beyond a limit: each begun `per` units."""
    return Price(PACKAGE, interval, price.currency, Decimal(price.amount), meter, package_size=price.per)


@dataclass(frozen=True, slots=True)
class _Exact:
    """A line before it is rounded: `timed` is prorated (already), `flat` is not."""

    key: str
    quantity: Quantity
    unit: Decimal
    timed: Fraction
    flat: int = 0


def _units(price: Price, quantity: Quantity) -> list[_Exact]:
    """The lines for a whole period, before the minimum."""
    if price.model in (FLAT, ONCE):
        amount = price.amount or Decimal(0)
        return [_Exact("amount", quantity, amount, exact(amount) * exact(quantity))]
    if price.model == PERCENT:
        percent = price.amount or Decimal(0)
        return [_Exact("amount", quantity, percent, exact(quantity) * (100 + exact(percent)) / 100)]
    counted = _counted(quantity, price.included)
    if price.model in (SEAT, UNIT):
        amount = price.amount or Decimal(0)
        return [_Exact("amount", counted, amount, exact(amount) * exact(counted))]
    if price.model == PACKAGE:
        amount, size = price.amount or Decimal(0), price.package_size or 1
        packages = -(-exact(counted) // size)
        return [_Exact("amount", int(packages), amount, exact(amount) * packages)]
    if price.model == VOLUME:
        number, step = _step_of(price.steps, counted)
        return [_Exact(f"step:{number}", counted, step.amount, exact(step.amount) * exact(counted), step.flat)]
    return _graduated(price.steps, counted)


def _counted(quantity: Quantity, included: int) -> Quantity:
    """What is left after the free units; quantities below nothing are nothing."""
    left = quantity - included
    return left if left > 0 else 0


def _step_of(steps: tuple[Step, ...], quantity: Quantity) -> tuple[int, Step]:
    for number, step in enumerate(steps, 1):
        if step.up_to is None or quantity <= step.up_to:
            return number, step
    raise WrongPrice("steps-not-open")


def _graduated(steps: tuple[Step, ...], quantity: Quantity) -> list[_Exact]:
    found: list[_Exact] = []
    below = 0
    for number, step in enumerate(steps, 1):
        if number > 1 and quantity <= below:
            break
        inside = quantity - below if step.up_to is None or quantity <= step.up_to else step.up_to - below
        found.append(_Exact(f"step:{number}", inside, step.amount, exact(step.amount) * exact(inside), step.flat))
        below = step.up_to or 0
    return found


def _lines(price: Price, quantity: Quantity, part: Fraction) -> list[_Exact]:
    """The same for a part of the period, with what is missing to the minimum.

    Of what is paid for time the whole period's shortfall is prorated: were the minimum compared with a part, in which the
    flat fees are whole, going to another plan and back would change what is owed.
    """
    lines = _units(price, quantity)
    reached = sum((line.timed + line.flat for line in lines), Fraction(0))
    is_timed = not price.is_usage and price.model not in (ONCE, PERCENT)
    if is_timed:
        lines = [replace(line, timed=line.timed * part) for line in lines]
    if price.minimum:
        missing = (price.minimum - reached) * part if is_timed else price.minimum * part - reached
        if missing > 0:
            lines.append(_Exact(MINIMUM, 1, Decimal(0), missing))
    return lines


def price_lines(price: Price, quantity: Quantity, *, part: Fraction = WHOLE) -> tuple[Priced, ...]:
    """The lines for `quantity`, of that part of a period.

    Of a fixed price the quantity is how many of the thing are held, of a `percent` price the amount below it in smallest units.
    Raises WrongPrice.
    """
    if type(quantity) is int and not price.steps:
        return _known_lines(price, quantity, part, str(price.amount))
    return _price_lines(price, quantity, part)


def _price_lines(price: Price, quantity: Quantity, part: Fraction, _written: str = "") -> tuple[Priced, ...]:
    if (code := fault(price)) is not None:
        raise WrongPrice(code)
    if price.model == PERCENT and not price.minimum:
        return (_on_top(price, quantity),)
    if price.model in _LINEAR and not price.minimum:
        return (_linear(price, quantity, WHOLE if price.is_usage or price.model == ONCE else part),)
    return tuple(
        Priced(line.key, line.quantity, line.unit, line.flat, rounded(line.timed) + line.flat)
        for line in _lines(price, quantity, part)
    )


#: Most accounts pay the same for as many. Amounts that are equal may be written differently, and a line shows how.
_known_lines = lru_cache(maxsize=10_000)(_price_lines)


def _linear(price: Price, quantity: Quantity, part: Fraction) -> Priced:
    """The same for the prices that nearly all are, by whole numbers: a billing run reckons hundreds of thousands."""
    counted = quantity if price.model in (FLAT, ONCE) else _counted(quantity, price.included)
    amount = price.amount or Decimal(0)
    (over, under), (more, less) = amount.as_integer_ratio(), counted.as_integer_ratio()
    minor = rounded_ratio(over * more * part.numerator, under * less * part.denominator)
    return Priced("amount", counted, amount, 0, minor)


def _on_top(price: Price, quantity: Quantity) -> Priced:
    percent = price.amount or Decimal(0)
    (over, under), (more, less) = percent.as_integer_ratio(), quantity.as_integer_ratio()
    return Priced("amount", quantity, percent, 0, rounded_ratio((100 * under + over) * more, 100 * under * less))


def credit_lines(price: Price, quantity: Quantity, *, charged: Fraction, unused: Fraction) -> tuple[Priced, ...]:
    """What is given back of `price_lines(price, quantity, part=charged)` where that part of the period is unused; negative.

    Flat fees are given back only where nothing was used. Raises WrongPrice; ValueError where more is unused than was charged.
    """
    if unused > charged or unused < 0:
        raise ValueError("more is unused than was charged")
    if unused == charged:
        return tuple(
            replace(line, flat=-line.flat, minor=-line.minor) for line in price_lines(price, quantity, part=charged)
        )
    if price.model in _LINEAR and not price.minimum:
        line = _linear(price, quantity, unused)
        return (replace(line, minor=-line.minor),) if line.minor else ()
    found = [
        Priced(line.key, line.quantity, line.unit, 0, -rounded(line.timed * unused / charged))
        for line in _lines(price, quantity, charged)
    ]
    return tuple(line for line in found if line.minor)


def sum_of(lines: Iterable[Priced]) -> int:
    """What lines add up to, in smallest units."""
    return sum(line.minor for line in lines)


def total(price: Price, quantity: Quantity, *, part: Fraction = WHOLE) -> int:
    """What `price_lines` add up to."""
    return sum_of(price_lines(price, quantity, part=part))
