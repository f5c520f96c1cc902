"""Words of the languages that are not ours to translate."""

from __future__ import annotations

from django.utils.translation import override

from sublet.portals.shared.locales import by_name, countries, currencies, write_amount, write_country


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
