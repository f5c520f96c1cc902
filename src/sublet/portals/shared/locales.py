"""Dates, numbers and money as people of the active language write them. Babel's data, not Django's formats.

`zone` is an IANA name; empty means the zone that is active for the request; an unknown one is UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from babel.numbers import (
    format_compact_decimal,
    format_percent,
)
from django.utils import timezone
from django.utils.translation import pgettext

from sublet.core.manifest import CURRENCIES
from sublet.core.names import fold
from sublet.foundation.locales import active_locale, money_in, number_in_words, price_in, time_style

#: Each language in its own words, in the order of pickers. A name in one's own language is found by everybody.
AUTONYMS = {
    "en": "English",
    "it": "Italiano",
    "sq": "Shqip",
    "nl": "Nederlands",
    "fr": "Français",
    "pt": "Português",
}

#: What the data call a territory and nobody lives in.
_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"})


def _zone(name: str) -> tzinfo:
    return _named_zone(name) if name else timezone.get_current_timezone()


@lru_cache(maxsize=512)
def _named_zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def write_date(value: date | datetime, zone: str = "", style: str = "medium") -> str:
    """``22 Nov 2025``: the date that it was in `zone`."""
    day = value.astimezone(_zone(zone)).date() if isinstance(value, datetime) else value
    return format_date(day, style, locale=active_locale())


def write_last_day(ends: datetime, zone: str = "") -> str:
    """The last day in `zone` of what ends with that instant: where it ends as a day begins, the day before, as it was typed."""
    return write_date(ends - timedelta(microseconds=1), zone)


def write_month(day: date) -> str:
    """``Nov 2025``: the month in which the day lies."""
    return format_skeleton("yMMM", day, locale=active_locale())


def write_datetime(value: datetime, zone: str = "", style: str = "medium") -> str:
    """``22 Nov 2025, 15:04`` in `zone`. Minutes are enough for people."""
    locale = active_locale()
    local = value.astimezone(_zone(zone))
    pattern = locale.datetime_formats[style]
    both = str(pattern).replace("{1}", format_date(local.date(), style, locale=locale))
    return both.replace("{0}", format_time(local, time_style(locale), tzinfo=_zone(zone), locale=locale)).replace(
        "'", ""
    )


def write_time(value: datetime | time, zone: str = "") -> str:
    """``15:04`` in `zone`."""
    locale = active_locale()
    return format_time(value, time_style(locale), tzinfo=_zone(zone), locale=locale)


def write_moment(value: datetime, zone: str = "") -> str:
    """The whole instant with the zone's name, for tooltips."""
    return format_datetime(value.astimezone(_zone(zone)), "long", tzinfo=_zone(zone), locale=active_locale())


def write_ago(value: datetime, at: datetime) -> str:
    """``3 days ago``, ``in 2 hours``: `value` as seen from `at`."""
    return format_timedelta(value - at, add_direction=True, threshold=0.95, locale=active_locale())


def write_span(value: timedelta) -> str:
    """``12 minutes``: how long something lasted."""
    return format_timedelta(value, threshold=1.5, locale=active_locale())


def write_money(minor: int, currency: str) -> str:
    """An amount in minor units (cents) with its ISO currency: ``€1,234.50``."""
    return money_in(active_locale(), minor, currency)


def write_unit_price(minor: Decimal, currency: str) -> str:
    """A price of one unit in minor units, with all its decimals: ``€0.0125``."""
    return price_in(active_locale(), minor, currency)


def write_number(value: int | float | Decimal) -> str:
    """``12,345`` with the separators of the language."""
    return number_in_words(value)


def write_amount(value: int | float | Decimal, unit: str) -> str:
    """A number with its unit, in the order that the language has; without one the number alone."""
    if not unit:
        return write_number(value)
    # Translators: what is counted, with how many of it: "50 appointments".
    pattern = pgettext("amount", "%(number)s %(unit)s")
    return pattern % {"number": write_number(value), "unit": unit}


def write_compact(value: int) -> str:
    """``12K``, from ten thousand on: for badges, where there is no room."""
    if value < 10_000:
        return write_number(value)
    return format_compact_decimal(value, locale=active_locale(), fraction_digits=1)


def write_country(code: str) -> str:
    """``Netherlands`` for ``NL``; a code that nobody knows stays as it is."""
    return str(active_locale().territories.get(code, code))


def by_name(countries: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs of code and name in the order in which people look for them: an accent is no letter of its own."""
    return sorted(countries, key=lambda pair: (fold(pair[1]), pair[1]))


@lru_cache(maxsize=16)
def _countries(locale: str) -> tuple[tuple[str, str], ...]:
    named = ((str(code), str(name)) for code, name in Locale.parse(locale).territories.items())
    return tuple(
        by_name(pair for pair in named if len(pair[0]) == 2 and pair[0].isalpha() and pair[0] not in _NO_COUNTRY)
    )


def countries() -> list[tuple[str, str]]:
    """Every country with its code, by its name in the language now active."""
    return list(_countries(str(active_locale())))


@lru_cache(maxsize=16)
def _currencies(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).currencies
    told = []
    for code in CURRENCIES:
        name = str(names.get(code, ""))
        told.append((code, f"{name[0].upper()}{name[1:]} ({code})" if name else code))
    return tuple(by_name(told))


def currencies() -> list[tuple[str, str]]:
    """Every currency that one can pay with and its code, by its name in the language now active: ``Euro (EUR)``."""
    return list(_currencies(str(active_locale())))


def write_percent(value: float) -> str:
    """0.125 → ``13%``."""
    return format_percent(value, locale=active_locale())
