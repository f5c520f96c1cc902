"""Prices in words, for mails and pages: amounts as people of the active language write them."""

from __future__ import annotations

from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sublet.core.money import exponent
from sublet.core.pricing import GRADUATED, PACKAGE, SEAT, UNIT, VOLUME, Price

#: Our language codes whose plain locale is another country's usage.
_LOCALES = {"pt": "pt_PT", "en": "en_GB"}


def _locale() -> Locale:
    short = (get_language() or "en").split("-")[0]
    return Locale.parse(_LOCALES.get(short, short))


def amount_of(minor: Decimal | int, currency: str) -> str:
    """Minor units, fractions of them too: ``€0.0005``."""
    number = Decimal(minor).scaleb(-exponent(currency)).normalize()
    places = max(exponent(currency), -int(number.as_tuple().exponent))
    return format_currency(number, currency, _format(currency, places), locale=_locale(), currency_digits=False)


def _format(currency: str, places: int) -> str:
    pattern = str(_locale().currency_formats["standard"].pattern)
    digits = "0." + "0" * places if places else "0"
    return pattern.replace("0.00", digits)


def by_interval_words(interval: str, amount: str) -> str:
    """An amount with how often it is owed: “€45.00 a month”."""
    patterns = {
        "once": _("%(amount)s once"),
        "month": _("%(amount)s a month"),
        "quarter": _("%(amount)s a quarter"),
        "year": _("%(amount)s a year"),
    }
    return patterns[interval] % {"amount": amount}


def each_price(price: Price) -> str:
    """A price in a line."""
    if price.model in (GRADUATED, VOLUME):
        first = price.steps[0] if price.steps else None
        amount = amount_of(first.amount, price.currency) if first is not None else "–"
        return by_interval_words(price.interval, _("from %(amount)s, by steps") % {"amount": amount})
    words = by_interval_words(price.interval, amount_of(price.amount or Decimal(0), price.currency))
    if price.model == SEAT:
        return _("%(price)s for each seat") % {"price": words}
    if price.model == UNIT:
        return _("%(price)s for each unit") % {"price": words}
    if price.model == PACKAGE:
        size = format_decimal(price.package_size or 1, locale=_locale())
        return _("%(price)s for each %(size)s") % {"price": words, "size": size}
    return words
