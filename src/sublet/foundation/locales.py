"""Amounts as people of a language write them: Babel's patterns, with the decimals that ISO 4217 gives a currency.

Babel's own data count some currencies in whole units (the lek, the forint): with theirs, an amount of ours would be shown a
hundred times too large.
"""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern
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
