"""Whether a picture shows a logo: in other colors, inverted, smaller, with a margin, on another ground.

A logo is what stands out from its ground. So its ground (the color of most of the border) is taken away first, then the
margin; what is left is described by a difference hash of 128 bits (dhash: which of two neighbors stands out more, by rows and
by columns), whatever the colors are. Where two neighbors are nearly equal the bit is an accident of scaling: each hash says of
which bits it is sure. Two that differ in at most `MOST_DIFFERENT` bits, of pictures of nearly the same shape, show the same.
Laws and controls: tests/core/test_logos.py.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import dhash  # type: ignore[import-untyped]  # a small module without types of its own
from PIL import Image, ImageChops

#: Bits of 128 that may differ: 10 %. Unrelated marks differ in some forty.
MOST_DIFFERENT = 13
#: How much wider or narrower, as a factor.
MOST_STRETCHED = 1.2
SMALLEST, _LARGEST_PIXELS = 12, 16_000_000
#: Without ICO: how large the pictures inside are is known only when they are decoded, which is too late.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
_SIZE = 8
#: How far apart two neighbors must be, of 255, for the bit to be sure.
_SURE = 14
#: A picture that is one patch or one slope says nothing: so many of its sure bits must be of either kind.
_LEAST_BITS = 10
#: How far a color must be from the ground to stand out.
_STANDS_OUT = 40
#: A shape that fills so much of the box around it is a plate: a square, a square with round corners, a disc.
_PLATE = 0.7


@dataclass(frozen=True, slots=True)
class Mark:
    """What a picture shows, in whatever colors. `sure` are the bits that count; `shape` is its width over its height."""

    bits: int
    sure: int
    shape: float


def mark_of(picture: Image.Image) -> Mark | None:
    """The mark of a picture; None for one that shows nothing to speak of."""
    if min(picture.size) < SMALLEST or picture.width * picture.height > _LARGEST_PIXELS:
        return None
    stands_out = _ink(picture)
    box = stands_out.point(lambda level: 255 if level > _STANDS_OUT else 0).getbbox()
    if box is None or min(box[2] - box[0], box[3] - box[1]) < SMALLEST // 2:
        return None
    cut = stands_out.crop(box)
    side = _SIZE + 1
    levels = list(cut.resize((side, side), Image.Resampling.BOX).tobytes())
    bits, sure = _joined(dhash.dhash_row_col(levels, size=_SIZE)), 0
    for step in (1, side):
        for place in (side * row + column for row in range(_SIZE) for column in range(_SIZE)):
            sure = sure << 1 | (abs(levels[place] - levels[place + step]) >= _SURE)
    if min((bits & sure).bit_count(), (~bits & sure).bit_count()) < _LEAST_BITS:
        return None
    return Mark(bits, sure, cut.width / cut.height)


def _joined(halves: tuple[int, int]) -> int:
    return halves[0] << (_SIZE * _SIZE) | halves[1]


def _ink(picture: Image.Image) -> Image.Image:
    """How far each pixel is from the ground, from 0 to 255."""
    if picture.mode in {"P", "PA", "LA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode == "RGBA":
        alpha = picture.getchannel("A")
        if _range(alpha)[0] < 128:
            # The ground is what shows through. What stands on it is its shape, white on black as black on white.
            solid = picture.convert("RGB")
            inside = _far_from(solid, _most_common(_pixels(solid, alpha)))
            if _range(inside)[1] <= _STANDS_OUT:
                return alpha
            if _filled(alpha) >= _PLATE:
                return ImageChops.multiply(alpha, inside)  # a plate with a sign on it: every icon has the plate
            return ImageChops.multiply(alpha, _lifted(inside))
    solid = picture.convert("RGB")
    return _far_from(solid, _most_common(_border(solid)))


def _filled(alpha: Image.Image) -> float:
    """How much of the box around a shape it fills."""
    box = alpha.point(lambda level: 255 if level > 128 else 0).getbbox()
    if box is None:
        return 0.0
    levels = alpha.crop(box).tobytes()
    return sum(level > 128 for level in levels) / len(levels)


def _range(picture: Image.Image) -> tuple[int, int]:
    """The lowest and the highest level of a picture with one band."""
    levels = picture.tobytes()
    return (min(levels), max(levels)) if levels else (0, 0)


def _lifted(inside: Image.Image) -> Image.Image:
    """A shape of several colors: all of it stands out, what differs from its main color less."""
    return inside.point(lambda level: 255 - level // 2)


def _far_from(picture: Image.Image, ground: tuple[int, int, int]) -> Image.Image:
    apart = ImageChops.difference(picture, Image.new("RGB", picture.size, ground))
    red, green, blue = apart.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _border(picture: Image.Image) -> Iterable[tuple[int, int, int]]:
    wide, high = picture.size
    for box in ((0, 0, wide, 1), (0, high - 1, wide, high), (0, 0, 1, high), (wide - 1, 0, wide, high)):
        yield from _of_bytes(picture.crop(box).tobytes())


def _pixels(picture: Image.Image, alpha: Image.Image) -> Iterable[tuple[int, int, int]]:
    small = picture.resize((32, 32), Image.Resampling.NEAREST)
    seen = alpha.resize((32, 32), Image.Resampling.NEAREST).tobytes()
    return (color for color, solid in zip(_of_bytes(small.tobytes()), seen, strict=True) if solid > 128)


def _of_bytes(data: bytes) -> Iterable[tuple[int, int, int]]:
    return zip(data[0::3], data[1::3], data[2::3], strict=True)


def _most_common(colors: Iterable[tuple[int, int, int]]) -> tuple[int, int, int]:
    found = Counter(colors).most_common(1)
    return found[0][0] if found else (255, 255, 255)


def different(one: Mark, other: Mark) -> int | None:
    """In how many bits they differ, one of which only one is sure counting half; None when their shapes are too far apart."""
    if max(one.shape, other.shape) > MOST_STRETCHED * min(one.shape, other.shape):
        return None
    against = (one.bits ^ other.bits) & one.sure & other.sure
    return against.bit_count() + (one.sure ^ other.sure).bit_count() // 2


def shows(one: Mark, other: Mark) -> bool:
    """Whether they show the same."""
    apart = different(one, other)
    return apart is not None and apart <= MOST_DIFFERENT


def mark_in(data: bytes) -> Mark | None:
    """The mark of a picture's file; None for what is no picture, too large, broken, or shows nothing."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > _LARGEST_PIXELS:
                return None
            picture.load()
            return mark_of(picture)
    except Exception:  # a library that decodes what strangers have made fails in any way there is
        return None
