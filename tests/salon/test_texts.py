"""Six languages: every text of the product has all of them, with the same places in it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from bookings import catalogs
from bookings.i18n import LANGUAGES, LOCALE, Words, choose

_PLACE = re.compile(r"%\(\w+\)s")


@pytest.mark.parametrize("language", catalogs.languages())
def test_no_text_is_missing_in_any_language(language: str) -> None:
    """To renew them: `python -m bookings.catalogs`."""
    catalog = catalogs.renewed(language)
    assert [each.id for each in catalogs.missing(catalog)] == []
    assert (LOCALE / f"{language}.po").read_bytes() == catalogs.written(catalog)


@pytest.mark.parametrize("language", catalogs.languages())
def test_what_stands_in_a_place_stands_in_it_in_each_language(language: str) -> None:
    for each in catalogs.read(language):
        ids = each.id if isinstance(each.id, (list, tuple)) else (each.id,)
        for string in catalogs.strings_of(each):
            assert sorted(_PLACE.findall(string)) == sorted(_PLACE.findall(ids[-1])), each.id


def test_french_breaks_no_line_before_its_signs() -> None:
    for each in list(catalogs.read("fr"))[1:]:
        for string in catalogs.strings_of(each):
            assert not re.search(r" [:;?!»]|« ", string), string


def test_the_control_a_text_that_nobody_translated_is_found() -> None:
    catalog = catalogs.renewed("it")
    catalog.add("Nobody has translated this.")
    assert [each.id for each in catalogs.missing(catalog)] == ["Nobody has translated this."]


def test_the_language_is_the_first_that_there_is() -> None:
    assert choose("de-CH", "pt-BR", "fr") == "pt"
    assert choose("", "de") == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_times_and_amounts_in_each_language(language: str) -> None:
    words = Words(language, "Europe/Rome")
    moment = datetime(2026, 8, 3, 12, 30, tzinfo=UTC)
    assert words.when(moment).endswith("14:30")
    assert "2026" in words.day(date(2026, 8, 3))
    assert "24" in words.money(2450, "EUR")
    assert len({words.weekday(number) for number in range(7)}) == 7


def test_the_hour_that_comes_twice_says_which_it_is() -> None:
    words = Words("en", "Europe/Rome")
    assert words.time(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "02:30 (UTC+0200)"
    assert words.time(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "02:30 (UTC+0100)"
    assert words.time(datetime(2026, 10, 25, 3, 30, tzinfo=UTC)) == "04:30"
