"""Credit notes: what is given back of an issued invoice, so that all of them together are never more than it, to the cent.

Tax of a note is reckoned on what the note gives back; the note that gives back the last of a category and rate takes what is left of
its tax, whatever rounding made of the ones before.

Pure. Laws (tests/core/test_crediting.py):

* of no line is more given back than it has, of no tax more than there was;
* notes that together give everything back add up to the invoice exactly: net, each tax, total;
* the order of notes changes how tax is rounded, never the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sublet.core.tax import TaxLine, tax_on


@dataclass(frozen=True, slots=True)
class Billed:
    """A line of the issued invoice: what was asked after discounts, and the category and rate of its tax."""

    key: str
    net: int
    category: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Issued:
    """An issued invoice, as far as credit goes: `taxes` as they stand on it."""

    lines: tuple[Billed, ...]
    taxes: tuple[TaxLine, ...]

    @property
    def total(self) -> int:
        """What it came to, with tax."""
        return sum(line.net for line in self.lines) + sum(line.tax for line in self.taxes)


@dataclass(frozen=True, slots=True)
class CreditNote:
    """What is given back: (line → net) and taxes, as positive numbers where the invoice's were."""

    nets: Mapping[str, int]
    taxes: tuple[TaxLine, ...]

    @property
    def net(self) -> int:
        """Before tax."""
        return sum(self.nets.values())

    @property
    def total(self) -> int:
        """With tax."""
        return self.net + sum(line.tax for line in self.taxes)


class TooMuch(ValueError):
    """More would be given back of a line than it has left, or something of a line that there is not."""

    def __init__(self, key: str, left: int) -> None:
        super().__init__(f"{key}: {left}")
        self.key, self.left = key, left


def left_of(invoice: Issued, earlier: Sequence[CreditNote]) -> dict[str, int]:
    """Line → net that was not given back yet."""
    return {line.key: line.net - sum(note.nets.get(line.key, 0) for note in earlier) for line in invoice.lines}


def credit(invoice: Issued, earlier: Sequence[CreditNote] = (), nets: Mapping[str, int] | None = None) -> CreditNote:
    """The note that gives `nets` back (line → net, as signed as the line is); None: all that is left. Raises TooMuch."""
    left = left_of(invoice, earlier)
    wanted = dict(left) if nets is None else dict(nets)
    for key, net in wanted.items():
        if key not in left or not 0 <= net * _sign(left[key]) <= abs(left[key]):
            raise TooMuch(key, left.get(key, 0))
    taxes = [line for line in (_tax(invoice, earlier, wanted, left, tax) for tax in invoice.taxes) if line is not None]
    return CreditNote({key: net for key, net in wanted.items() if net}, tuple(taxes))


def _tax(
    invoice: Issued, earlier: Sequence[CreditNote], wanted: Mapping[str, int], left: Mapping[str, int], tax: TaxLine
) -> TaxLine | None:
    inside = [line.key for line in invoice.lines if (line.category, line.rate) == (tax.category, tax.rate)]
    base = sum(wanted.get(key, 0) for key in inside)
    gives_something = any(wanted.get(key, 0) for key in inside)
    remains = _left_of_taxes(invoice, earlier)[tax.category, tax.rate]
    is_last = all(wanted.get(key, 0) == left[key] for key in inside)
    if is_last:
        given = remains
    else:
        given = tax_on(base, tax.rate)
        low, high = sorted((0, remains))
        given = min(max(given, low), high)
    if not gives_something and not given:
        return None
    return TaxLine(tax.category, tax.rate, base, given, tax.reason, tax.vatex)


def _left_of_taxes(invoice: Issued, earlier: Sequence[CreditNote]) -> dict[tuple[str, Decimal], int]:
    found = {(line.category, line.rate): line.tax for line in invoice.taxes}
    for note in earlier:
        for line in note.taxes:
            found[line.category, line.rate] -= line.tax
    return found


def _sign(number: int) -> int:
    return -1 if number < 0 else 1
