"""Words that stand alone begin with a capital."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.brandfields import LANGUAGES
from sublet.core.capitals import capitalized


@pytest.mark.parametrize(
    ("language", "typed", "shown"),
    [
        ("en", "shops", "Shops"), ("en", "Shops", "Shops"), ("en", "eShop", "eShop"), ("en", "iShop of yours", "iShop of yours"),
        ("fr", "établissements", "Établissements"), ("sq", "çerdhe", "Çerdhe"), ("it", "attività", "Attività"),
        ("nl", "ijssalons", "IJssalons"), ("en", "ijssalons", "Ijssalons"), ("nl", "ijsSalon", "ijsSalon"), ("pt", "ónibus", "Ónibus"),
        ("en", "2nd shops", "2nd shops"), ("en", "", ""), ("en", "«shops»", "«shops»"), ("en", "ßhops", "Sshops"),
    ],
)  # fmt: skip
def test_the_first_letter_is_large(language: str, typed: str, shown: str) -> None:
    assert capitalized(typed, language) == shown


@given(st.text(max_size=40), st.sampled_from(("", *LANGUAGES)))
def test_twice_is_once_and_the_rest_stays(text: str, language: str) -> None:
    once = capitalized(text, language)
    assert capitalized(once, language) == once
    assert once.endswith(text[2:])
