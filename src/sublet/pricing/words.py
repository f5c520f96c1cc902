"""Prices in words, for mails and pages: amounts as people of the active language write them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from sublet.core.pricing import GRADUATED, PACKAGE, SEAT, UNIT, VOLUME, Price
from sublet.foundation.locales import active_locale, number_in_words, price_in


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
        amount = price_in(active_locale(), first.amount, price.currency) if first is not None else "–"
        return by_interval_words(price.interval, _("from %(amount)s, by steps") % {"amount": amount})
    words = by_interval_words(price.interval, price_in(active_locale(), price.amount or Decimal(0), price.currency))
    if price.model == SEAT:
        return _("%(price)s for each seat") % {"price": words}
    if price.model == UNIT:
        return _("%(price)s for each unit") % {"price": words}
    if price.model == PACKAGE:
        size = number_in_words(price.package_size or 1)
        return _("%(price)s for each %(size)s") % {"price": words, "size": size}
    return words
