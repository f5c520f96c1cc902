"""VAT ids: whose register they are of, and whether they can be right."""

from __future__ import annotations

import pytest

from sublet.core.taxids import WrongNumber, in_register, read_vat_id


@pytest.mark.parametrize(
    ("text", "country", "read"),
    [
        ("IT 00743110157", "IT", "IT00743110157"),
        ("00743110157", "IT", "IT00743110157"),
        ("EL 094259216", "GR", "EL094259216"),
        ("GR094259216", "GR", "EL094259216"),
        ("094259216", "GR", "EL094259216"),
        ("FR 53 0000 04605", "MC", "FR53000004605"),
        ("53 0000 04605", "MC", "FR53000004605"),
        ("GB 980 7806 84", "GB", "GB980780684"),
        ("980 7806 84", "GB", "GB980780684"),
        ("XI 980 7806 84", "GB", "XI980780684"),
        ("GB 980 7806 84", "IM", "GB980780684"),
        ("CHE-107.787.577 IVA", "CH", "CHE107787577IVA"),
        ("12.345", "BR", "BR12345"),
    ],
)
def test_a_number_has_in_front_what_its_register_puts_there(text: str, country: str, read: str) -> None:
    assert read_vat_id(text, country) == read


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("IT 00743110158", "IT", "wrong-vat-id"),
        ("DE136695976", "IT", "other-country"),
        ("XI 980 7806 84", "IE", "other-country"),
        ("GR094259216", "DE", "other-country"),
        ("IT00743110157", "MC", "other-country"),
        ("FR 53 0000 0460", "MC", "wrong-vat-id"),
        ("XI 980 7806 85", "GB", "wrong-vat-id"),
        ("GB XI 980 7806 84", "GB", "wrong-vat-id"),
        ("XI GB 980 7806 84", "GB", "wrong-vat-id"),
        ("XI", "GB", "wrong-vat-id"),
        ("MC 53 0000 04605", "MC", "other-country"),
    ],
)
def test_a_number_that_cannot_be_right(text: str, country: str, code: str) -> None:
    with pytest.raises(WrongNumber) as wrong:
        read_vat_id(text, country)
    assert wrong.value.code == code


def test_the_register_of_the_union_knows_northern_ireland_and_monaco_and_not_great_britain() -> None:
    found = {country: in_register(read_vat_id(text, country)) for text, country in (
        ("GB980780684", "GB"), ("FR53000004605", "MC"), ("EL094259216", "GR"),
    )}  # fmt: skip
    assert found == {"GB": False, "MC": True, "GR": True}
    assert in_register(read_vat_id("XI980780684", "GB"))
