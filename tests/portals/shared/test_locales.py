"""Words of the languages that are not ours to translate."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils.translation import override

from sublet.billing.documents.writing import Writing
from sublet.core.manifest import CURRENCIES
from sublet.core.money import plain
from sublet.core.pricing import Price
from sublet.portals.shared.locales import (
    by_name,
    countries,
    currencies,
    write_amount,
    write_country,
    write_money,
    write_unit_price,
)
from sublet.pricing.words import each_price


def test_a_country_has_its_name_in_the_language_and_an_unknown_one_its_code() -> None:
    with override("it"):
        assert write_country("NL") == "Paesi Bassi"
    assert (write_country(""), write_country("XQ")) == ("", "XQ")


def test_an_accent_does_not_send_a_name_to_the_end() -> None:
    names = [("EG", "Égypte"), ("ES", "Espagne"), ("ZM", "Zambie"), ("DK", "Danemark")]
    assert [code for code, _name in by_name(names)] == ["DK", "EG", "ES", "ZM"]


def test_every_country_of_our_users_can_be_chosen_by_its_name() -> None:
    with override("sq"):
        names = dict(countries())
    assert (names["AL"], names["XK"]) == ("Shqipëri", "Kosovë")
    assert not {"EU", "UN", "ZZ"} & set(names)


def test_a_number_stands_by_its_unit_as_the_language_has_it() -> None:
    with override("en"):
        assert (write_amount(1234, "visits"), write_amount(5, "")) == ("1,234 visits", "5")
    with override("fr"):
        assert write_amount(12345, "visites") == "12\u202f345\u00a0visites"  # never apart at the end of a line


def test_a_currency_is_chosen_by_its_name() -> None:
    with override("it"):
        names = dict(currencies())
    assert (names["EUR"], names["CHF"], names["ALL"]) == ("Euro (EUR)", "Franco svizzero (CHF)", "Lek albanese (ALL)")
    assert names["VED"] == "VED"  # a currency that the language has no name for keeps its code


@pytest.mark.parametrize("currency", CURRENCIES)
def test_an_amount_has_the_decimals_of_its_currency_everywhere(currency: str) -> None:
    """Babel's own data count the lek and the forint in whole units: an amount of ours would look a hundred times too large."""
    with override("en"):
        shown, price = write_money(123456789, currency), write_unit_price(Decimal(123456789), currency)
        document = Writing("en", currency).money(123456789)
        each = each_price(Price("flat", "month", currency, Decimal(123456789)))
    assert plain(123456789, currency) in shown.replace(",", "")
    assert (price, document, each) == (shown, shown, f"{shown} a month")


def test_a_price_for_one_has_as_many_decimals_as_it_has() -> None:
    with override("sq"):
        assert (write_money(1234500, "ALL"), write_money(-150, "EUR")) == ("12\u00a0345,00\u00a0Lekë", "-1,50\u00a0€")
    with override("pt"):
        assert write_unit_price(Decimal("1.25"), "EUR") == "0,0125\u00a0€"
        assert write_unit_price(Decimal("0.000001"), "JPY") == "0,000001\u00a0JP¥"
        assert write_unit_price(Decimal("1234560"), "EUR") == "12\u00a0345,60\u00a0€"
