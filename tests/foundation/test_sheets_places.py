"""Phone numbers, countries and zones as lists write them; a sentence for every fault and field."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.clientrows import FAULTS, Fault
from sublet.core.columnwords import FIELDS
from sublet.foundation.sheets.phones import _quick, normalize_phone, slow
from sublet.foundation.sheets.places import country_of, timezone_of
from sublet.foundation.sheets.sentences import FAULT_SENTENCES, FIELD_LABELS, fault_sentence


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+39 06 1234567", "", "+39061234567"),
        ("06/1234567", "IT", "+39061234567"),
        ("(06) 123-45.67", "IT", "+39061234567"),
        ("0039 333 1234567", "FR", "+393331234567"),
        ("393331234567", "IT", "+393331234567"),
        ("393331234567", "", "+393331234567"),
        ("333 1234567", "IT", "+393331234567"),
        ("04 78 12 34 56", "FR", "+33478123456"),
        ("612345678", "FR", "+33612345678"),
        ("+33 (0)4 78 12 34 56", "IT", "+33478123456"),
        ("06-12345678", "NL", "+31612345678"),
        ("+31 (0)20 123 4567", "IT", "+31201234567"),
        ("069 123 4567", "AL", "+355691234567"),
        ("912 345 678", "PT", "+351912345678"),
        ("+351 (0)912 345 678", "PT", "+351912345678"),
        ("06 1234567", "", None),
        ("call Mario", "IT", None),
        ("12", "IT", None),
        ("", "IT", None),
        ("+39 06 1234567 ext. 12", "IT", None),
        ("06 1234567", "Nowhere", None),
        ("9" * 40, "IT", None),
    ],
)
def test_numbers_as_people_write_them(text: str, country: str, number: str | None) -> None:
    assert normalize_phone(text, country) == number
    if number is not None:
        assert normalize_phone(number, country) == number


COUNTRIES = [
    "IT",
    "FR",
    "NL",
    "AL",
    "PT",
    "DE",
    "ES",
    "BE",
    "CH",
    "GB",
    "XK",
    "US",
    "BR",
    "SM",
    "AT",
    "MT",
    "LU",
    "PL",
    "MX",
    "AR",
]


@given(st.sampled_from(COUNTRIES), st.sampled_from(COUNTRIES), st.integers(0, 2), st.randoms(use_true_random=False))
def test_the_short_way_agrees_with_the_library(of: str, dialed_from: str, kind: int, rng: random.Random) -> None:
    example = phonenumbers.example_number_for_type(of, kind)
    assert example is not None
    figures = list(phonenumbers.national_significant_number(example))
    for _ in range(rng.randrange(4)):
        figures[rng.randrange(len(figures))] = rng.choice("0123456789")
    number = "".join(figures)
    for text in (
        f"+{example.country_code} {number}",
        f"00{example.country_code}{number}",
        f"0{number}",
        number,
        f"1{number}",
    ):
        for country in (of, dialed_from, ""):
            quick = _quick(text, country)
            assert quick is None or quick == slow(text, country)


@given(st.text(st.sampled_from(list("+0123456789 ()/-.")), max_size=22), st.sampled_from(COUNTRIES))
def test_the_short_way_agrees_on_anything(text: str, country: str) -> None:
    quick = _quick(text, country)
    assert quick is None or quick == slow(text, country)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Italia", "IT"), ("ITALY", "IT"), ("it", "IT"), ("ITA", "IT"), ("Italië", "IT"), ("Itali", "IT"), ("Italien", "IT"),
        ("Shqipëria", "AL"), ("Albanie", "AL"), ("Pays-Bas", "NL"), ("Holanda", "NL"), ("The Netherlands", "NL"), ("Nederland", "NL"),
        ("Países Baixos", "NL"), ("Royaume-Uni", "GB"), ("UK", "GB"), ("U.S.A.", "US"), ("Kosovë", "XK"), ("Duitsland", "DE"),
        ("França", "FR"), ("France (FR)", "FR"), ("Espanha", "ES"), ("Svizzera", "CH"), ("Atlantis", None), ("", None), ("EU", None),
    ],
)  # fmt: skip
def test_countries_by_any_of_their_names(text: str, code: str | None) -> None:
    assert country_of(text) == code
    if code is not None:
        assert country_of(code) == code


def test_zones_by_their_name() -> None:
    zones = [
        timezone_of(text)
        for text in ("europe/rome", "(GMT+01:00) Europe/Tirane", "UTC", "America/New York", "Rome", "")
    ]
    assert zones == ["Europe/Rome", "Europe/Tirane", "UTC", "America/New_York", None, None]


FACTS = {"value": "x", "length": 9, "limit": 5, "count": 2, "line": 7}


def test_every_fault_and_field_has_words() -> None:
    assert set(FAULT_SENTENCES) == set(FAULTS)
    assert set(FIELD_LABELS) == set(FIELDS)
    assert all(fault_sentence(Fault("name", code, FACTS)).endswith(".") for code in FAULTS)
    assert fault_sentence(Fault("", "possible-duplicate", {"line": 7})) == "This may be the client of line 7."
