"""Money is a whole number of a currency's smallest units, and nothing else is money.

What stands here is the only place that knows how many decimals a currency has: whoever multiplies by a hundred elsewhere charges
a hundred times too much in yen and ten times too little in dinar.

Pure. Laws (tests/core/test_money.py):

* rounding is half up, away from zero: what is credited is what was charged, with the other sign;
* what is shared out adds up to what there was, and nobody's share is off its exact share by a whole unit;
* an amount that is written is read back as the same number, in every currency;
* amounts of two currencies never meet: CurrenciesDiffer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final

from sublet.core.manifest.words import CURRENCIES

#: How many decimals a currency has (ISO 4217) where it is not two.
EXPONENTS: Final = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
_KNOWN: Final = frozenset(CURRENCIES)
#: Larger amounts are slips; a 64-bit column holds a thousand of them.
MOST_MINOR: Final = 10**15


class CurrenciesDiffer(ValueError):
    """Two amounts of different currencies were to be added or compared."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other}")
        self.one, self.other = one, other


class WrongAmount(ValueError):
    """A text is not an amount of that currency; `code` is ``not-a-number``, ``ambiguous``, ``too-precise`` or ``too-large``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def exponent(currency: str) -> int:
    """Decimals of the currency: 2 for EUR, 0 for JPY, 3 for KWD. Raises KeyError for a code that is none of ours."""
    if currency not in _KNOWN:
        raise KeyError(currency)
    return EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` smallest units of `currency`. Adds, subtracts and compares with its own currency only."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrenciesDiffer(self.currency, other.currency)
        return other.minor

    def __str__(self) -> str:
        return f"{plain(self.minor, self.currency)} {self.currency}"


def total_of(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; of none, nothing in that currency. Raises CurrenciesDiffer."""
    found = Money(0, currency)
    for amount in amounts:
        found += amount
    return found


def exact(number: int | Decimal | Fraction) -> Fraction:
    """The number as a fraction, without loss. Floats are no amounts."""
    if isinstance(number, float):
        raise TypeError("a float is no amount")
    return Fraction(number)


def rounded(amount: Fraction | Decimal | int) -> int:
    """To whole smallest units: half up, away from zero (2.5 → 3, −2.5 → −3)."""
    if isinstance(amount, int):
        return amount
    found = exact(amount)
    return rounded_ratio(found.numerator, found.denominator)


def rounded_ratio(numerator: int, denominator: int) -> int:
    """The same of a quotient, whose denominator is positive."""
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def allocate(total: int, weights: Sequence[int | Fraction | Decimal]) -> tuple[int, ...]:
    """`total` shared in proportion to `weights` by largest remainder; equal remainders go to the earlier one.

    Where all weights are zero they count as equal. Weights may be negative (a credit among the lines takes its share off) as
    long as they do not add up to nothing. Raises ValueError where they do, or where there is nobody to share with.
    """
    if not weights:
        if total:
            raise ValueError("nobody to share with")
        return ()
    shares = [exact(weight) for weight in weights]
    if not any(shares):
        shares = [Fraction(1)] * len(shares)
    whole = sum(shares, Fraction(0))
    if whole == 0:
        raise ValueError("the shares cancel each other")
    if total < 0:
        return tuple(-share for share in apportion(-total, [-total * share / whole for share in shares]))
    return apportion(total, [total * share / whole for share in shares])


def apportion(total: int, shares: Sequence[Fraction]) -> tuple[int, ...]:
    """Exact shares as whole numbers that add up to `total`, by largest remainder; equal remainders go to the earlier one.

    The shares add up to `total`, or to what is rounded to it. Raises ValueError where they do not.
    """
    floors = [share.numerator // share.denominator for share in shares]
    left = total - sum(floors)
    if not 0 <= left <= len(shares):
        raise ValueError("the shares do not add up to the total")
    order = sorted(range(len(shares)), key=lambda place: (floors[place] - shares[place], place))
    for place in order[:left]:
        floors[place] += 1
    return tuple(floors)


def read_amount(text: str, currency: str) -> int:
    """``1234.5`` or ``1234,50`` in smallest units; no separators of thousands: files have none, people's are `read_typed`.

    Raises WrongAmount: ``not-a-number``, ``too-precise`` (more decimals than the currency has), ``too-large``; KeyError for a
    currency that is none of ours.
    """
    places = exponent(currency)
    cleaned = text.strip().replace(",", ".")
    if not cleaned.lstrip("+-").replace(".", "", 1).isascii() or not cleaned.lstrip("+-").replace(".", "", 1).isdigit():
        raise WrongAmount("not-a-number")
    if len(cleaned) > 40:
        raise WrongAmount("too-large")
    try:
        number = Decimal(cleaned)
    except InvalidOperation:
        raise WrongAmount("not-a-number") from None
    scaled = exact(number) * 10**places
    if scaled.denominator != 1:
        raise WrongAmount("too-precise")
    if abs(scaled.numerator) > MOST_MINOR:
        raise WrongAmount("too-large")
    return int(scaled.numerator)


#: 1.250,00 · 1,250.00 · 1 250 · 1'250.00 – the marks between thousands are all the same, and none of them is the decimal one.
_THOUSANDS: Final = re.compile(r"([+-]?)([1-9]\d{0,2}(?:([.,' ])\d{3})(?:\3\d{3})*)(?:(?!\3)[.,](\d*))?", re.ASCII)
_SPACES: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'"})


def typed_number(text: str, places: int) -> str:
    """A number as people type it, as `read_amount` has it: what stands between thousands is taken out where it can be told.

    One mark before three digits can be either: ``1.250`` is 1250 to most of Europe and 1.25 to others, a thousandfold apart.
    Raises WrongAmount ``ambiguous`` for it, unless the currency has three decimals (`places`). What is no such number comes
    back as it is.
    """
    cleaned = text.translate(_SPACES).strip()
    found = _THOUSANDS.fullmatch(cleaned)
    if found is None:
        return cleaned
    sign, whole, mark, decimals = found.groups()
    if mark in ".," and whole.count(mark) == 1 and decimals is None:
        if places >= 3:
            return cleaned
        raise WrongAmount("ambiguous")
    digits = sign + whole.replace(mark, "")
    return digits if decimals is None else f"{digits}.{decimals}"


def read_typed(text: str, currency: str) -> int:
    """`read_amount` of what a person typed. Raises WrongAmount, ``ambiguous`` too; KeyError."""
    return read_amount(typed_number(text, exponent(currency)), currency)


def plain(minor: int, currency: str) -> str:
    """As files and e-invoices have it: ``-1234.50``, ``1234`` in yen; a point, no separators."""
    places = exponent(currency)
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
