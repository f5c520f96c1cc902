"""A logo is known again in other colors and sizes; another logo is not taken for it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont, ImageOps

from sublet.core.logos import MOST_DIFFERENT, Mark, different, mark_in, mark_of, shows

INK, GROUND = (20, 60, 160), (255, 255, 255)


def drawn(
    shape: str, *, ink: tuple[int, ...] = INK, ground: tuple[int, ...] = GROUND, mode: str = "RGB"
) -> Image.Image:
    picture = Image.new(mode, (240, 120), ground)
    draw = ImageDraw.Draw(picture)
    if shape == "ring":
        draw.ellipse((10, 10, 110, 110), outline=ink, width=22)
        draw.rectangle((130, 30, 230, 90), fill=ink)
    elif shape == "peaks":
        draw.polygon([(5, 115), (70, 5), (110, 80), (150, 25), (235, 115)], fill=ink)
    elif shape == "bars":
        for place, high in enumerate((30, 90, 50, 110, 70)):
            draw.rectangle((10 + 46 * place, 118 - high, 40 + 46 * place, 118), fill=ink)
    elif shape == "cross":
        draw.line((10, 10, 230, 110), fill=ink, width=26)
        draw.line((10, 110, 230, 10), fill=ink, width=26)
    else:
        draw.text((8, 20), shape, fill=ink, font=ImageFont.load_default(70))
    return picture


SHAPES = ("ring", "peaks", "bars", "cross", "Appfold", "Bella", "Nordwind")


def mark(picture: Image.Image) -> Mark:
    found = mark_of(picture)
    assert found is not None
    return found


def jpeg(picture: Image.Image) -> Image.Image:
    into = io.BytesIO()
    picture.save(into, "JPEG", quality=60)
    return Image.open(into)


CHANGES: dict[str, Callable[[str], Image.Image]] = {
    "inverted": lambda shape: ImageOps.invert(drawn(shape)),
    "recolored": lambda shape: drawn(shape, ink=(200, 30, 90), ground=(250, 240, 200)),
    "white on dark": lambda shape: drawn(shape, ink=(255, 255, 255), ground=(30, 33, 38)),
    "smaller": lambda shape: drawn(shape).resize((80, 40), Image.Resampling.LANCZOS),
    "larger": lambda shape: drawn(shape).resize((600, 300), Image.Resampling.BICUBIC),
    "with a margin": lambda shape: ImageOps.expand(drawn(shape), (90, 40, 30, 70), GROUND),
    "gray": lambda shape: ImageOps.grayscale(drawn(shape)),
    "compressed": lambda shape: jpeg(drawn(shape)),
    "on nothing": lambda shape: drawn(shape, ink=(20, 60, 160, 255), ground=(0, 0, 0, 0), mode="RGBA"),
    "white on nothing": lambda shape: drawn(shape, ink=(255, 255, 255, 255), ground=(255, 255, 255, 0), mode="RGBA"),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_logo_is_known_again(shape: str, change: str) -> None:
    apart = different(mark(drawn(shape)), mark(CHANGES[change](shape)))
    assert apart is not None
    assert apart <= MOST_DIFFERENT


def test_another_logo_is_not_taken_for_it() -> None:
    marks = {shape: mark(drawn(shape)) for shape in SHAPES}
    same = [(one, other) for one in SHAPES for other in SHAPES if one < other and shows(marks[one], marks[other])]
    assert same == []
    apart = [different(marks[one], marks[other]) for one in SHAPES for other in SHAPES if one < other]
    assert min(each for each in apart if each is not None) >= 2 * MOST_DIFFERENT


def plate(letter: str, color: tuple[int, int, int]) -> Image.Image:
    picture = Image.new("RGBA", (128, 128), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((2, 2, 125, 125), 24, fill=(*color, 255))
    draw.text((36, 16), letter, fill="white", font=ImageFont.load_default(88))
    return picture


def test_icons_that_have_only_their_plate_in_common_are_not_taken_for_each_other() -> None:
    letters = "ABGRSV"  # C and G are alike enough to be one: a person who looks at the finding sees it
    marks = {letter: mark(plate(letter, (50, 80, 200))) for letter in letters}
    assert [
        (one, other) for one in letters for other in letters if one < other and shows(marks[one], marks[other])
    ] == []
    for letter in letters:
        assert shows(marks[letter], mark(plate(letter, (180, 60, 40)).resize((64, 64), Image.Resampling.LANCZOS)))


def test_what_shows_nothing_is_no_mark() -> None:
    assert mark_of(Image.new("RGB", (100, 100), (9, 9, 9))) is None
    assert mark_of(Image.linear_gradient("L")) is None
    assert mark_of(drawn("ring").resize((8, 4))) is None
    patch = Image.new("RGB", (100, 100), "white")
    ImageDraw.Draw(patch).rectangle((20, 20, 80, 80), fill="black")
    assert mark_of(patch) is None


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_a_broken_picture_is_none(rubbish: bytes) -> None:
    into = io.BytesIO()
    drawn("ring").save(into, "PNG")
    assert mark_in(into.getvalue()) == mark(drawn("ring"))
    whole = into.getvalue()
    mark_in(whole[: len(whole) // 2] + rubbish)
    assert mark_in(rubbish) is None


def test_what_does_not_say_how_large_it_is_is_not_decoded() -> None:
    into = io.BytesIO()
    drawn("ring").resize((64, 64)).save(into, "ICO")
    assert mark_in(into.getvalue()) is None
