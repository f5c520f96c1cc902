"""Amounts and days as people of a language write them: Babel's patterns, with the decimals that ISO 4217 gives a currency.

Babel's own data count some currencies in whole units (the lek, the forint): with theirs, an amount of ours would be shown a
hundred times too large.
"""

from __future__ import annotations

from copy import copy
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import NumberPattern, format_decimal
from django.utils.translation import get_language

from sublet.core.money import exponent
from sublet.core.pricing import DECIMALS

#: Our language codes whose plain Babel locale is another country's usage.
_LOCALES = {"pt": "pt_PT", "en": "en_GB"}


@lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """Babel's locale for a language; British English for one that nobody knows."""
    short = language.split("-")[0].lower()
    try:
        return Locale.parse(_LOCALES.get(short, short))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def active_locale() -> Locale:
    """Babel's locale for the language now active."""
    return locale_of(get_language() or "en")


def day_in_words(day: date) -> str:
    """``6 December 2026`` in the language now active, for sentences and mails; of an instant, the day in its own zone."""
    return format_date(day, "long", locale=active_locale())


def number_in_words(value: Decimal | float, *, signed: bool = False) -> str:
    """``12,345.5`` in the language now active; `signed`: with a plus before what is above zero."""
    told = format_decimal(value, locale=active_locale())
    return f"+{told}" if signed and value > 0 else told


def period_in_words(key: str) -> str:
    """A period's `key` (core.periods) in the language now active: its month, or the day on which it begins; another one as it is."""
    try:
        day = date.fromisoformat(key if len(key) > len("2026-11") else f"{key}-01")
    except ValueError:
        return key
    return day_in_words(day) if len(key) > len("2026-11") else format_skeleton("yMMMM", day, locale=active_locale())


def time_style(locale: Locale) -> str:
    """How a time of day is written. Babel halves the Albanian day: a sentence would end in ``12:00 p.d..``."""
    return "HH:mm" if locale.language == "sq" else "short"


def time_in_words(at: datetime) -> str:
    """``15:04`` in the language now active, in the instant's own zone."""
    locale = active_locale()
    return format_time(at.timetz(), time_style(locale), tzinfo=at.tzinfo, locale=locale)


@lru_cache(maxsize=512)
def pattern_of(locale: Locale, kind: str, least: int, most: int) -> NumberPattern:
    """The language's pattern for ``money``, ``percent`` or ``number`` with that many decimals.

    A copy: Babel shares its own among all who ask.
    """
    made: NumberPattern = copy(
        {
            "money": locale.currency_formats["standard"],
            "percent": locale.percent_formats[None],
            "number": locale.decimal_formats[None],
        }[kind]
    )
    made.frac_prec = (least, most)
    return made


def money_in(locale: Locale, minor: Decimal | int, currency: str) -> str:
    """An amount in minor units: ``€1,234.50``."""
    return _money(locale, minor, currency, 0)


def price_in(locale: Locale, minor: Decimal | int, currency: str) -> str:
    """A price for one in minor units, with as many decimals as it has, but no fewer than the currency: ``€0.0125``."""
    return _money(locale, minor, currency, DECIMALS)


def _money(locale: Locale, minor: Decimal | int, currency: str, finer: int) -> str:
    digits = exponent(currency)
    pattern = pattern_of(locale, "money", digits, digits + finer)
    amount = Decimal(minor).scaleb(-digits)
    return str(pattern.apply(amount, locale, currency=currency, currency_digits=False))
