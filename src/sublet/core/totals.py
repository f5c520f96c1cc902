"""From lines to what an invoice comes to: discounts shared over the lines, tax once for each category and rate, the total.

Pure. Laws (tests/core/test_totals.py):

* Σ lines = subtotal; Σ shares of a discount = the discount; Σ nets = what is taxed; nets + tax = total;
* a discount is never more than there is, and takes nothing off what is not above zero;
* the share of a line is off its exact share by less than one unit;
* the wholesale shares of a reseller's clients add up to what the reseller is asked before its discount, and after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sublet.core.money import allocate, apportion, exact, rounded
from sublet.core.tax import TaxLine, Treatment, taxes


@dataclass(frozen=True, slots=True)
class Line:
    """What is asked for, net, in smallest units; a credit is negative. `key` tells it from the others."""

    key: str
    minor: int
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class Discount:
    """Taken off before tax: `percent` of what it is for, or `fixed` smallest units of it (at most what there is).

    `keys`: the lines that it is for; None: all. Discounts apply one after the other, in their order.
    """

    key: str
    percent: Decimal | None = None
    fixed: int | None = None
    keys: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Off:
    """What a discount takes off, and how it is shared: one number for each line, all positive but for credits."""

    key: str
    minor: int
    shares: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """`nets` has, for each line, what is left after the discounts."""

    subtotal: int
    offs: tuple[Off, ...]
    nets: tuple[int, ...]
    taxes: tuple[TaxLine, ...]

    @property
    def net(self) -> int:
        """After discounts, before tax."""
        return sum(self.nets)

    @property
    def tax(self) -> int:
        """All of it."""
        return sum(line.tax for line in self.taxes)

    @property
    def total(self) -> int:
        """What is owed."""
        return self.net + self.tax


def percent_off(amounts: Sequence[int], percent: Decimal) -> tuple[int, ...]:
    """`percent` of the sum, rounded once, as shares of the amounts by largest remainder. Nothing where the sum is not above zero."""
    whole = sum(amounts)
    if whole <= 0:
        return (0,) * len(amounts)
    share = exact(percent) / 100
    return apportion(rounded(whole * share), [amount * share for amount in amounts])


def fixed_off(amounts: Sequence[int], fixed: int) -> tuple[int, ...]:
    """`fixed` (at most the sum) shared over the amounts in proportion. Nothing where the sum is not above zero."""
    whole = sum(amounts)
    if whole <= 0:
        return (0,) * len(amounts)
    return allocate(min(fixed, whole), amounts)


def totals(lines: Sequence[Line], discounts: Sequence[Discount] = ()) -> Totals:
    """What the lines come to. Raises ValueError for a discount that is neither percent nor fixed, or is negative, or over 100 %."""
    nets = [line.minor for line in lines]
    offs: list[Off] = []
    for discount in discounts:
        meant = [place for place, line in enumerate(lines) if discount.keys is None or line.key in discount.keys]
        shares = _shares([nets[place] for place in meant], discount)
        spread = [0] * len(lines)
        for place, share in zip(meant, shares, strict=True):
            spread[place] = share
            nets[place] -= share
        offs.append(Off(discount.key, sum(shares), tuple(spread)))
    return Totals(
        subtotal=sum(line.minor for line in lines),
        offs=tuple(offs),
        nets=tuple(nets),
        taxes=taxes((net, line.treatment) for net, line in zip(nets, lines, strict=True)),
    )


def _shares(amounts: Sequence[int], discount: Discount) -> tuple[int, ...]:
    if (discount.percent is None) == (discount.fixed is None):
        raise ValueError("a discount is percent or fixed")
    if discount.percent is not None:
        if not 0 <= discount.percent <= 100:
            raise ValueError("wrong percent")
        return percent_off(amounts, discount.percent)
    if discount.fixed is None or discount.fixed < 0:
        raise ValueError("a discount is not negative")
    return fixed_off(amounts, discount.fixed)
