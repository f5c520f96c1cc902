"""In which currency something is reckoned, and what one currency is in another: by what held then. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from sublet.core.money import exponent

#: Currencies of before, each until when: the earliest first.
Dated = tuple[tuple[str, datetime], ...]


def dated(before: Dated, at: datetime, now: str) -> str:
    """That of then; `now` where none of before holds then."""
    return next((currency for currency, until in before if at < until), now)


@dataclass(frozen=True, slots=True)
class Rate:
    """So much of `target` is one of `source` (major units), from `since` on, as the reseller reckons."""

    source: str
    target: str
    since: datetime
    rate: Decimal


def rate_at(rates: Iterable[Rate], source: str, target: str, at: datetime) -> Decimal | None:
    """How much of `target` one of `source` is, by the last word that holds at that moment; None where nobody has said it."""
    said = [each.rate for each in rates if each.since <= at and (each.source, each.target) == (source, target)]
    return Decimal(1) if source == target else said[-1] if said else None


def exchange(rate: Decimal, source: str, target: str) -> Fraction:
    """By what minor units of `source` are multiplied to be minor units of `target`, where one major unit is `rate`."""
    return Fraction(rate) * Fraction(10) ** (exponent(target) - exponent(source))
