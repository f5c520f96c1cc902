"""Amounts, dates and countries as a document writes them: in its own language, with the decimals of its own currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_time

from sublet.core.money import exponent
from sublet.core.pricing import DECIMALS
from sublet.foundation.locales import locale_of, money_in, pattern_of, time_style


@dataclass(frozen=True, slots=True)
class Writing:
    """How one document writes. The currency's decimals are those of ISO 4217, which Babel's data do not always follow."""

    language: str
    currency: str

    @property
    def _of(self) -> Locale:
        return locale_of(self.language)

    def money(self, minor: int, currency: str = "") -> str:
        """``€1,234.50``."""
        return money_in(self._of, minor, currency or self.currency)

    def amount(self, minor: int) -> str:
        """``1,234.50``: for a column that says its currency."""
        digits = exponent(self.currency)
        return self._plain(Decimal(minor).scaleb(-digits), digits, digits)

    def price(self, minor: Decimal) -> str:
        """``0.0123``: a price for one, with as many decimals as it has, but no fewer than the currency."""
        digits = exponent(self.currency)
        return self._plain(minor.scaleb(-digits), digits, digits + DECIMALS)

    def number(self, value: Decimal | int) -> str:
        """``1,234.5``."""
        return self._plain(Decimal(value), 0, DECIMALS)

    def percent(self, rate: Decimal) -> str:
        """``22%``: `rate` is in percent."""
        return str(pattern_of(self._of, "percent", 0, 2).apply(rate / 100, self._of))

    def day(self, value: date) -> str:
        """``1 Dec 2026``."""
        return format_date(value, "medium", locale=self._of)

    def moment(self, value: datetime) -> str:
        """``1 Dec 2026, 10:00``, where `value` is."""
        return f"{self.day(value.date())}, {format_time(value.time(), time_style(self._of), locale=self._of)}"

    def days(self, first: date | None, last: date | None) -> str:
        """``1 Nov 2026 – 30 Nov 2026``, or the one that there is."""
        told = [self.day(each) for each in (first, last) if each is not None]
        return " – ".join(dict.fromkeys(told))

    def country(self, code: str) -> str:
        """``Italy``; a code that nobody knows stays as it is."""
        return str(self._of.territories.get(code, code))

    def _plain(self, value: Decimal, least: int, most: int) -> str:
        return str(pattern_of(self._of, "number", least, most).apply(value, self._of))
