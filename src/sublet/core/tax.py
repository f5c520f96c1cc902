"""Which tax an invoice bears, and how much: once for each category and rate, on the sum.

For what is sold here (services delivered by wire). Codes are those of EN 16931: UNCL 5305 for categories, VATEX for reasons.

Pure. Laws (tests/core/test_tax.py): the bases add up to what is taxed; each tax is off its exact value by at most half a unit;
a reverse charge needs a proved number of another country of the Union; whoever may not name tax never does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final

from sublet.core.money import exact, rounded

STANDARD, REVERSE, OUTSIDE, ZERO, EXEMPT, EXPORT = "S", "AE", "O", "Z", "E", "G"
CATEGORIES: Final = (STANDARD, REVERSE, OUTSIDE, ZERO, EXEMPT, EXPORT)
BUSINESS, PERSON = "business", "person"
#: Countries of the Union as ISO codes; Greece writes EL before its numbers, and Monaco taxes as France does.
UNION: Final = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())
_ALIASES: Final = {"EL": "GR", "MC": "FR", "UK": "GB", "IM": "GB"}


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """What is known of a seller or a buyer.

    `country` is an ISO code. `vat_id_proved`: the number was confirmed by the register and belongs to that country.
    Of sellers: `small_business` names no tax at home, `one_stop` declares the tax of a person's own country, `rate` is the
    rate at home in percent, `rates` those of other countries.
    """

    country: str
    kind: str = BUSINESS
    vat_id: str = ""
    vat_id_proved: bool = False
    small_business: bool = False
    one_stop: bool = False
    rate: Decimal = Decimal(0)
    rates: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Treatment:
    """Category, rate in percent, and why: `reason` is a code of ours, `vatex` the one of the European list or empty."""

    category: str
    rate: Decimal
    reason: str
    vatex: str = ""


@dataclass(frozen=True, slots=True)
class TaxLine:
    """Tax of one category and rate: `base` and `tax` in smallest units."""

    category: str
    rate: Decimal
    base: int
    tax: int
    reason: str = ""
    vatex: str = ""


class RateMissing(LookupError):
    """The tax of a person's country is due there, and nobody said how much that is."""

    def __init__(self, country: str) -> None:
        super().__init__(country)
        self.country = country


def country_of(code: str) -> str:
    """The country whose tax counts: ``EL`` is Greece, Monaco is France."""
    upper = code.upper()
    return _ALIASES.get(upper, upper)


def treatment(seller: TaxFacts, buyer: TaxFacts) -> Treatment:
    """How what the seller sells to that buyer is taxed. Raises RateMissing."""
    home, there = country_of(seller.country), country_of(buyer.country)
    if seller.small_business and (home == there or (there in UNION and buyer.kind == PERSON)):
        return Treatment(EXEMPT, Decimal(0), "small-business", "VATEX-FR-FRANCHISE" if home == "FR" else "")
    if home == there:
        return _domestic(seller.rate)
    if home not in UNION or there not in UNION:
        return Treatment(OUTSIDE, Decimal(0), "outside", "VATEX-EU-O" if home in UNION else "")
    if buyer.kind == BUSINESS and buyer.vat_id and buyer.vat_id_proved:
        return Treatment(REVERSE, Decimal(0), "reverse-charge", "VATEX-EU-AE")
    if buyer.kind == PERSON and seller.one_stop:
        if there not in seller.rates:
            raise RateMissing(there)
        return Treatment(STANDARD, seller.rates[there], "one-stop")
    if seller.small_business:
        return Treatment(EXEMPT, Decimal(0), "small-business", "VATEX-FR-FRANCHISE" if home == "FR" else "")
    # A business without a proved number is taxed like anybody at home; so is a person below the threshold.
    return _domestic(seller.rate, "unproved" if buyer.kind == BUSINESS else "domestic")


def _domestic(rate: Decimal, reason: str = "domestic") -> Treatment:
    return Treatment(STANDARD if rate else ZERO, rate, reason)


def taxes(lines: Iterable[tuple[int, Treatment]]) -> tuple[TaxLine, ...]:
    """Tax on lines (net, after discounts, in smallest units): once for each category and rate, half up; in their first order."""
    bases: dict[tuple[str, Decimal], int] = {}
    reasons: dict[tuple[str, Decimal], Treatment] = {}
    for minor, how in lines:
        key = (how.category, how.rate.normalize())
        bases[key] = bases.get(key, 0) + minor
        reasons.setdefault(key, how)
    return tuple(
        TaxLine(
            key[0], reasons[key].rate, base, tax_on(base, reasons[key].rate), reasons[key].reason, reasons[key].vatex
        )
        for key, base in bases.items()
    )


def tax_on(base: int, rate: Decimal) -> int:
    """`rate` percent of `base`, half up, away from zero."""
    return rounded(Fraction(base) * exact(rate) / 100)
