"""Colors: the laws of contrast, and five hundred things that are no color."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core import colors as color_rules
from sublet.core.colors import (
    DARK_PAGE,
    LIGHT_PAGE,
    SHAPE_RATIO,
    TEXT_RATIO,
    Palette,
    contrast,
    mend,
    mend_both,
    palette,
    parse_color,
    readability,
    style_sheet,
    style_version,
    suggestions,
    text_on,
    to_hex,
)
from tests.branding.payloads import CSS_PAYLOADS

part = st.integers(0, 255)
colors = st.tuples(part, part, part)
SHEET = re.compile(
    r":root\{--brand:#[0-9a-f]{6};--brand-ink:#(?:000000|ffffff);"
    r"--brand-dark:#[0-9a-f]{6};--brand-dark-ink:#(?:000000|ffffff)\}\n"
)


def rgb(text: str) -> tuple[int, int, int]:
    found = parse_color(text)
    assert found is not None
    return found


@given(colors, colors)
def test_the_ratio_is_symmetric_and_between_1_and_21(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.0001


def test_the_ratio_is_that_of_the_standard() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast(rgb("#777777"), (255, 255, 255)) == pytest.approx(4.478, abs=0.001)  # the known near miss
    assert contrast(rgb("#767676"), (255, 255, 255)) == pytest.approx(4.542, abs=0.001)


@given(colors)
def test_a_color_reads_back_as_it_was_written(color: tuple[int, int, int]) -> None:
    assert parse_color(to_hex(color)) == color
    assert parse_color(to_hex(color).upper()[1:]) == color


@given(colors)
def test_text_on_any_color_can_be_read(color: tuple[int, int, int]) -> None:
    assert contrast(color, rgb(text_on(to_hex(color)))) >= TEXT_RATIO


@given(colors, st.sampled_from([LIGHT_PAGE, DARK_PAGE]), st.sampled_from([SHAPE_RATIO, TEXT_RATIO]))
def test_a_mended_color_passes_and_mending_it_again_changes_nothing(
    color: tuple[int, int, int], page: tuple[int, int, int], ratio: float
) -> None:
    mended = mend(color, page, ratio)
    assert contrast(mended, page) >= ratio
    assert mend(mended, page, ratio) == mended


@given(colors)
def test_what_passes_is_left_alone(color: tuple[int, int, int]) -> None:
    if min(contrast(color, LIGHT_PAGE), contrast(color, DARK_PAGE)) >= SHAPE_RATIO:
        assert mend_both(color) == color
        assert palette(to_hex(color)).fill == palette(to_hex(color)).fill_dark == to_hex(color)


@given(colors)
def test_a_color_mended_for_both_grounds_passes_on_both(color: tuple[int, int, int]) -> None:
    mended = mend_both(color)
    assert contrast(mended, LIGHT_PAGE) >= SHAPE_RATIO
    assert contrast(mended, DARK_PAGE) >= SHAPE_RATIO
    assert mend_both(mended) == mended
    told = readability(to_hex(color))
    assert told.mended == to_hex(mended)
    assert (told.light_passes and told.dark_passes) == (mended == color)


@given(colors)
def test_every_button_of_a_palette_can_be_seen_and_read(color: tuple[int, int, int]) -> None:
    made = palette(to_hex(color))
    assert contrast(rgb(made.fill), LIGHT_PAGE) >= SHAPE_RATIO
    assert contrast(rgb(made.fill_dark), DARK_PAGE) >= SHAPE_RATIO
    assert contrast(rgb(made.fill), rgb(made.on_fill)) >= TEXT_RATIO
    assert contrast(rgb(made.fill_dark), rgb(made.on_fill_dark)) >= TEXT_RATIO
    assert SHEET.fullmatch(style_sheet(to_hex(color)))


def test_the_version_of_a_style_sheet_follows_its_content() -> None:
    assert style_version("#3355cc") == style_version("#3355cc") != style_version("#3355cd")


@given(st.lists(st.tuples(colors, st.integers(0, 10_000)), max_size=12))
def test_suggested_colors_read_well_on_both_grounds_and_differ(counted: list[tuple[tuple[int, int, int], int]]) -> None:
    found = suggestions(counted)
    assert len(found) <= 4
    assert len(set(found)) == len(found)
    for color in found:
        assert contrast(rgb(color), LIGHT_PAGE) >= SHAPE_RATIO
        assert contrast(rgb(color), DARK_PAGE) >= SHAPE_RATIO
    if any(count > 0 and max(color) - min(color) > 60 for color, count in counted):
        assert found


def test_a_logos_color_comes_before_its_white_and_its_grey() -> None:
    logo = [((255, 255, 255), 9000), ((120, 120, 124), 3000), ((194, 65, 12), 800), ((15, 118, 110), 200)]
    assert suggestions(logo) == ("#c2410c", "#147971")
    assert suggestions([((255, 255, 255), 10)]) == ()
    assert len(suggestions([((0, 0, 0), 10), ((255, 255, 255), 99)])) == 1


@given(colors, colors)
def test_a_second_color_changes_no_button(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    plain, both = style_sheet(to_hex(one)), style_sheet(to_hex(one), to_hex(other))
    assert both.startswith(plain.removesuffix("}\n"))
    assert re.fullmatch(
        r";--accent:#[0-9a-f]{6};--accent-dark:#[0-9a-f]{6}\}\n", both.removeprefix(plain.removesuffix("}\n"))
    )


@given(st.text(max_size=40))
def test_whatever_is_typed_is_six_digits_or_nothing(typed: str) -> None:
    found = parse_color(typed)
    assert found is None or re.fullmatch(r"#[0-9a-f]{6}", to_hex(found))


def test_five_hundred_attacks_are_no_color() -> None:
    assert len(set(CSS_PAYLOADS)) >= 500
    assert [payload for payload in CSS_PAYLOADS if parse_color(payload) is not None] == []
    for payload in CSS_PAYLOADS:
        with pytest.raises(ValueError, match=r"^") as fault:
            style_sheet(payload)
        assert fault.type is ValueError


def test_a_color_that_is_written_as_it_was_typed_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """I3's positive control: what was typed goes into the sheet as it is, and out of it again."""
    monkeypatch.setattr(color_rules, "palette", lambda typed: Palette(typed, typed, typed, typed))
    style_sheet.cache_clear()
    try:
        let_out = [payload for payload in CSS_PAYLOADS if SHEET.fullmatch(style_sheet(payload)) is None]
        assert len(let_out) == len(CSS_PAYLOADS)
        assert any("}" in style_sheet(payload).removesuffix("}\n") for payload in let_out)
    finally:
        style_sheet.cache_clear()


def test_the_grounds_are_those_of_the_pages() -> None:
    """Another ground in the style sheet would make every computed contrast a lie."""
    sheet = Path(__file__).parents[2] / "src/sublet/portals/shared/static/ui/tokens.css"
    tokens = dict(re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}, #[0-9a-f]{6})\)", sheet.read_text()))
    assert rgb(tokens["page"].split(", ")[0]) == LIGHT_PAGE
    assert rgb(tokens["raised"].split(", ")[1]) == DARK_PAGE
