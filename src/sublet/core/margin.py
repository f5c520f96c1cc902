"""What is left of a retail price: retail less wholesale over the same period, and what that is in percent.

Amounts are minor units of one currency. Pure. Laws (tests/core/test_margin.py):

* margin is retail less wholesale, exactly; the mark-up is margin over wholesale, the share is margin over retail;
* who asks the floor price keeps at least the wished margin, and one minor unit less would not;
* the wholesale of a total is the total less the discount on it; the shares of its lines add up to that to the minor unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from sublet.core.money import allocate, rounded, rounded_ratio


@dataclass(frozen=True, slots=True)
class Margin:
    """Retail and wholesale of the same thing over the same period, in minor units."""

    retail: int
    wholesale: int

    @property
    def minor(self) -> int:
        """What is left; below zero where money is lost."""
        return self.retail - self.wholesale

    @property
    def mark_up(self) -> Decimal | None:
        """Margin over wholesale, in percent with one decimal; None where wholesale is nothing."""
        return percent_of(self.minor, self.wholesale)

    @property
    def share(self) -> Decimal | None:
        """Margin over retail, in percent with one decimal; None where retail is nothing."""
        return percent_of(self.minor, self.retail)

    @property
    def loses(self) -> bool:
        """Whether it costs more than it brings."""
        return self.retail < self.wholesale


def percent_of(part: int, whole: int) -> Decimal | None:
    """In percent with one decimal, half away from zero; None of nothing."""
    if whole == 0:
        return None
    return Decimal(rounded(Fraction(part * 1000, whole))).scaleb(-1)


def wholesale_of(list_minor: int, discount: Decimal) -> int:
    """What a total at list prices comes to less the discount on it; what is taken off is rounded."""
    return list_minor - discount_on(list_minor, discount)


def discount_on(list_minor: int, discount: Decimal) -> int:
    """The discount on a total, in minor units."""
    over, under = discount.as_integer_ratio()
    return rounded_ratio(list_minor * over, under * 100)


def wholesale_lines(list_minors: Sequence[int], discount: Decimal) -> tuple[int, ...]:
    """What each line of an invoice comes to: the discount on the total, shared by largest remainder."""
    if not sum(list_minors):
        return tuple(list_minors)
    shares = allocate(discount_on(sum(list_minors), discount), [max(each, 0) for each in list_minors])
    return tuple(line - share for line, share in zip(list_minors, shares, strict=True))


def floor_price(wholesale: int, wished: Decimal = Decimal(0)) -> int:
    """The lowest retail price of which `wished` percent (of the retail price, below 100) stay. Raises ValueError from 100 on."""
    kept = 1 - Fraction(wished) / 100
    if kept <= 0:
        raise ValueError(wished)
    return ceil(Fraction(wholesale) / kept)
