"""What is shown of a brand in each language: the nearest account's word, never two accounts' mixed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.brandfields import (
    CHOICES,
    CORNERS,
    FIELDS,
    FONTS,
    LANGUAGES,
    LOCAL,
    PICTURES,
    TOGETHER,
    key_of,
    local_texts,
    nearest,
    parts_of,
)
from sublet.core.colors import style_sheet
from tests.branding.payloads import CSS_PAYLOADS

keys = st.sampled_from([*FIELDS, *(key_of(field, language) for field in LOCAL for language in LANGUAGES)])
values = st.dictionaries(keys, st.sampled_from(["", "a", "b"]), max_size=12)
chains = st.lists(values, max_size=3)


@given(chains, st.sampled_from(LOCAL), st.sampled_from(LANGUAGES))
def test_a_text_is_the_nearest_accounts_in_the_language_or_in_all(
    chain: list[dict[str, str]], field: str, language: str
) -> None:
    text, place = nearest(chain, field, language)
    for nearer in chain[: place if place >= 0 else len(chain)]:
        assert not nearer.get(field)
        assert not nearer.get(key_of(field, language))
    if place >= 0:
        assert text == (chain[place].get(key_of(field, language)) or chain[place].get(field))
    else:
        assert text == ""


@given(chains)
def test_both_logos_are_one_accounts(chain: list[dict[str, str]]) -> None:
    places = {nearest(chain, field)[1] for field in TOGETHER} - {-1}
    assert len(places) <= 1


@given(chains)
def test_texts_of_a_language_are_told_only_where_they_differ(chain: list[dict[str, str]]) -> None:
    told = dict(local_texts(chain))
    for field in LOCAL:
        for language in LANGUAGES:
            shown = told.get(key_of(field, language), nearest(chain, field)[0])
            assert shown == nearest(chain, field, language)[0]


def test_a_key_is_a_field_or_a_field_in_a_language() -> None:
    assert parts_of("footer") == ("footer", "")
    assert parts_of("footer@it") == ("footer", "it")
    for wrong in ("", "foot", "footer@", "footer@xx", "footer@it@fr", "color@it", "version", "account_id", "@it"):
        assert parts_of(wrong) is None
    assert PICTURES == ("logo", "logo_dark", "icon", "login_picture")


def test_nothing_typed_is_a_choice_and_every_choice_is_numbers_or_a_stack_of_ours() -> None:
    for names in CHOICES.values():
        assert not set(names) & set(CSS_PAYLOADS)
    for corners in CORNERS:
        for font in FONTS:
            sheet = style_sheet("#3355cc", "#aa3311", corners, font)
            assert sheet.count("{") == sheet.count("}") == 1
            assert "url" not in sheet
            assert "http" not in sheet
