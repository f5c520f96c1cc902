"""What a sign-up form is filled with before anybody has typed: country and time zone, from the browser's languages."""

from __future__ import annotations

from babel.core import get_global
from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from sublet.foundation.locales import active_locale
from sublet.portals.shared.locales import by_name

#: Where most people live who write a language without naming a country.
_HOME = {"it": "IT", "sq": "AL", "nl": "NL", "fr": "FR", "pt": "PT", "en": "GB", "de": "DE", "es": "ES"}


def country_choices() -> list[tuple[str, str]]:
    """Every country with its name in the active language, by name."""
    names = active_locale().territories
    zones = get_global("territory_zones")
    found = [(code, str(names.get(code, code))) for code in zones if len(code) == 2 and code.isalpha() and code != "ZZ"]
    return by_name(found)


def country_of(request: HttpRequest) -> str:
    """The country that the browser's languages point to, as two letters; empty when they point nowhere."""
    known = get_global("territory_zones")
    languages = [code for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500])]
    for code in languages:
        region = code.rpartition("-")[2].upper()
        if "-" in code and region in known:
            return region
    return next((_HOME[code] for code in languages if code in _HOME), "")


def timezone_of(country: str) -> str:
    """The first time zone of the country; ``UTC`` when there is none. The page's script knows better."""
    zones = get_global("territory_zones").get(country, ())
    return next(iter(zones), "UTC")
