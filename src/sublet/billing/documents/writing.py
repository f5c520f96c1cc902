"""Amounts, dates and countries as a document writes them: in its own language, with the decimals of its own currency."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern

from sublet.core.money import exponent

#: Our language codes whose plain Babel locale is another country's usage.
_LOCALES = {"pt": "pt_PT", "en": "en_GB"}
#: A price has up to six decimals beyond the minor unit.
PRICE_DECIMALS = 6


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    short = language.split("-")[0].lower()
    return Locale.parse(_LOCALES.get(short, short))


@lru_cache(maxsize=256)
def _pattern(language: str, kind: str, least: int, most: int) -> NumberPattern:
    """The language's pattern with that many decimals. A copy: Babel shares its own among all who ask."""
    locale = _locale(language)
    made: NumberPattern = copy(
        {
            "money": locale.currency_formats["standard"],
            "percent": locale.percent_formats[None],
            "number": locale.decimal_formats[None],
        }[kind]
    )
    made.frac_prec = (least, most)
    return made


@dataclass(frozen=True, slots=True)
class Writing:
    """How one document writes. The currency's decimals are those of ISO 4217, which Babel's data do not always follow."""

    language: str
    currency: str

    @property
    def _of(self) -> Locale:
        return _locale(self.language)

    def money(self, minor: int, currency: str = "") -> str:
        """``€1,234.50``."""
        code = currency or self.currency
        digits = exponent(code)
        pattern = _pattern(self.language, "money", digits, digits)
        return str(pattern.apply(Decimal(minor).scaleb(-digits), self._of, currency=code, currency_digits=False))

    def amount(self, minor: int) -> str:
        """``1,234.50``: for a column that says its currency."""
        digits = exponent(self.currency)
        return self._plain(Decimal(minor).scaleb(-digits), digits, digits)

    def price(self, minor: Decimal) -> str:
        """``0.0123``: a price for one, with as many decimals as it has, but no fewer than the currency."""
        digits = exponent(self.currency)
        return self._plain(minor.scaleb(-digits), digits, digits + PRICE_DECIMALS)

    def number(self, value: Decimal | int) -> str:
        """``1,234.5``."""
        return self._plain(Decimal(value), 0, PRICE_DECIMALS)

    def percent(self, rate: Decimal) -> str:
        """``22%``: `rate` is in percent."""
        return str(_pattern(self.language, "percent", 0, 2).apply(rate / 100, self._of))

    def day(self, value: date) -> str:
        """``1 Dec 2026``."""
        return format_date(value, "medium", locale=self._of)

    def days(self, first: date | None, last: date | None) -> str:
        """``1 Nov 2026 – 30 Nov 2026``, or the one that there is."""
        told = [self.day(each) for each in (first, last) if each is not None]
        return " – ".join(dict.fromkeys(told))

    def country(self, code: str) -> str:
        """``Italy``; a code that nobody knows stays as it is."""
        return str(self._of.territories.get(code, code))

    def _plain(self, value: Decimal, least: int, most: int) -> str:
        return str(_pattern(self.language, "number", least, most).apply(value, self._of))
