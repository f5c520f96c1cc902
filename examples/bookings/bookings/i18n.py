"""Six languages: the catalogs are read as they stand in `locale/<language>.po`, so nothing has to be compiled."""

from __future__ import annotations

import gettext
import io
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

LANGUAGES = ("en", "it", "sq", "nl", "fr", "pt")
#: In its own language, for the choice of language.
NAMES = {"en": "English", "it": "Italiano", "sq": "Shqip", "nl": "Nederlands", "fr": "Français", "pt": "Português"}
LOCALE = Path(__file__).with_name("locale")
#: English as the platform writes it, with the day before the month; Portuguese as in Portugal.
_LOCALES = {"en": "en_GB", "pt": "pt_PT"}


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> gettext.NullTranslations:
    """The catalog of a language; English needs none."""
    file = LOCALE / f"{language}.po"
    if language not in LANGUAGES or not file.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def choose(*wanted: str) -> str:
    """The first of these that is one of the six languages ("fr-BE" is French), else English."""
    for each in wanted:
        short = each.replace("_", "-").partition("-")[0].lower()
        if short in LANGUAGES:
            return short
    return "en"


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(_LOCALES.get(language, language))
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en_GB")


class Words:
    """Texts, dates, times and amounts for one reader: in a language, by the clocks of a place."""

    def __init__(self, language: str, zone: str = "UTC") -> None:
        self.language = choose(language)
        self.zone = ZoneInfo(zone)
        self.locale = _locale(self.language)
        self._texts = translations(self.language)

    def say(self, message: str, **values: object) -> str:
        """A sentence, with what belongs in its places."""
        found = self._texts.gettext(message)
        return found % values if values else found

    def says(self, one: str, many: str, number: int, **values: object) -> str:
        """A sentence about so many."""
        return self._texts.ngettext(one, many, number) % {"number": self.number(number), **values}

    def at(self, moment: datetime | int) -> datetime:
        """The moment as the clock on the wall shows it there."""
        if not isinstance(moment, datetime):
            return datetime.fromtimestamp(moment, self.zone)
        return moment.astimezone(self.zone)

    def time(self, moment: datetime | int) -> str:
        """14:30. In the hour that comes twice in autumn, with its distance to UTC."""
        wall = self.at(moment)
        shown = format_time(wall, "HH:mm", locale=self.locale)
        twice = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
        return f"{shown} (UTC{wall:%z})" if twice else shown

    def day(self, day: date | datetime | int) -> str:
        """Monday, 3 August 2026."""
        return format_date(self._date(day), "full", locale=self.locale)

    def short_day(self, day: date | datetime | int) -> str:
        """Mon, 3 Aug."""
        return format_skeleton("MMMEd", self._date(day), locale=self.locale)

    def weekday(self, number: int) -> str:
        """Monday, of 0."""
        return str(self.locale.days["stand-alone"]["wide"][number]).capitalize()

    def short_weekday(self, number: int) -> str:
        """Mon, of 0."""
        return str(self.locale.days["stand-alone"]["abbreviated"][number])

    def month(self, day: date) -> str:
        """August 2026."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def when(self, moment: datetime | int) -> str:
        """Monday, 3 August 2026, 14:30."""
        return f"{self.day(self.at(moment))}, {self.time(moment)}"

    def money(self, cents: int, currency: str) -> str:
        """€ 24.50, of 2450."""
        return format_currency(cents / 100, currency, locale=self.locale)

    def number(self, number: float) -> str:
        """1,000."""
        return format_decimal(number, locale=self.locale)

    def clock(self, minute: int) -> str:
        """09:00, of 540."""
        return f"{minute // 60:02}:{minute % 60:02}"

    def _date(self, day: date | datetime | int) -> date:
        if isinstance(day, (datetime, int)):
            return self.at(day).date()
        return day
