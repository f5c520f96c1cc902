"""Countries and time zones by the names that lists use for them, in eight languages."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from functools import cache, lru_cache

from babel import Locale

from sublet.core.cells import fold

# pt is Brazilian in the data; the names of countries differ (Países Baixos / Holanda), so both are known.
_LOCALES = ("en", "it", "sq", "nl", "fr", "pt_PT", "pt", "de", "es")
_ALSO: Mapping[str, str] = {
    "GB": "UK; England; Great Britain; Scotland; Wales; Inghilterra; Gran Bretagna; Angleterre; Grande-Bretagne; Engeland;"
    " Groot-Brittannië; Inglaterra; Grã-Bretanha; Angli; Anglia; Britani e Madhe; Großbritannien; Gran Bretaña",
    "US": "USA; U.S.A.; United States of America; America; Stati Uniti d'America; États-Unis d'Amérique; SHBA; VS; EUA; EEUU",
    "NL": "Holland; The Netherlands; Olanda; Hollande; Holanda; Holandë; Hollandë; Pays Bas; Nederlanden",
    "AL": "Shqipëria; Shqiperise; Republika e Shqipërisë; Republic of Albania",
    "XK": "Kosova; Kosovë; Kosovo",
    "IT": "Itali; Repubblica Italiana; Italy (IT)",
    "CZ": "Czech Republic; Repubblica Ceca; République tchèque; Tsjechische Republiek; República Checa",
    "MK": "Macedonia; Maqedonia; Macédoine; Macedonië",
    "CH": "Svizzera; Suisse; Schweiz; Zvicër",
    "PT": "Portugal Continental",
    "BE": "Belgio; Belgique; België",
}
# Three-letter codes and the signs on cars, for the countries whose lists we are likely to meet.
_CODES: Mapping[str, str] = dict(
    pair.split("=")
    for pair in (
        "ALB=AL AND=AD AUT=AT AUS=AU BEL=BE BGR=BG BIH=BA BRA=BR CAN=CA CHE=CH CYP=CY CZE=CZ DEU=DE DNK=DK ESP=ES EST=EE FIN=FI FRA=FR"
        " GBR=GB GRC=GR HRV=HR HUN=HU IRL=IE ISL=IS ITA=IT KOS=XK XKX=XK LIE=LI LTU=LT LUX=LU LVA=LV MCO=MC MDA=MD MKD=MK MLT=MT MNE=ME"
        " NLD=NL NOR=NO POL=PL PRT=PT ROU=RO RUS=RU SMR=SM SRB=RS SVK=SK SVN=SI SWE=SE TUR=TR UKR=UA USA=US VAT=VA AGO=AO MOZ=MZ CPV=CV"
        " MAR=MA TUN=TN DZA=DZ SUR=SR ARG=AR MEX=MX"
    ).split()
)


@lru_cache(maxsize=4096)
def country_of(text: str) -> str | None:
    """The ISO 3166 code (two letters, Kosovo ``XK``) of a country by its name, its code or a usual other name, or None."""
    return _countries().get(fold(text)) or _countries().get(fold(re.sub(r"\(.*?\)", "", text)))


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _LOCALES:
        for code, country in Locale.parse(name).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"):
                found.setdefault(fold(country), code)
                found[fold(code)] = code
    found |= {fold(code): country for code, country in _CODES.items()}
    found |= {fold(word): code for code, words in _ALSO.items() for word in words.split(";")}
    found.pop("", None)
    return found


@lru_cache(maxsize=1024)
def timezone_of(text: str) -> str | None:
    """The zone of that name in the IANA list, whatever its case; ``(GMT+01:00) Europe/Rome`` is understood. Or None."""
    text = text.replace(" ", "_")
    found = re.search(r"[A-Za-z]+/[A-Za-z_/+\-]+", text)
    return _zones().get((found[0] if found else text).strip("_").casefold())


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in zoneinfo.available_timezones()}
