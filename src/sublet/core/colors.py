"""Colors as numbers: what was typed is parsed and written anew, and readability is computed (WCAG 2.2).

Laws (tests/core/test_colors.py): a mended color passes; mending what passes changes nothing; the ratio is symmetric; what is
written is always ``#rrggbb``, whatever was typed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sublet.core.brandfields import CORNERS, FONTS

_HEX = re.compile(r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")
TEXT_RATIO = 4.5  # WCAG 2.2, 1.4.3: normal text
SHAPE_RATIO = 3.0  # WCAG 2.2, 1.4.11: buttons, check boxes, focus rings
Rgb = tuple[int, int, int]
#: The grounds on which a filled button is hardest to see: the darkest of the light pages, the lightest of the dark ones.
#: Both stand in the pages' style sheet as ``--page`` and ``--raised``; a test keeps them equal.
LIGHT_PAGE: Rgb = (247, 247, 248)
DARK_PAGE: Rgb = (30, 33, 38)
WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (0, 0, 0)


def parse_color(text: str) -> Rgb | None:
    """``#rgb`` or ``#rrggbb``, with or without the hash, as three numbers; None for anything else."""
    match = _HEX.match(text.strip()) if len(text) < 100 else None
    if match is None:
        return None
    digits = match[1] if len(match[1]) == 6 else "".join(c * 2 for c in match[1])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def to_hex(color: Rgb) -> str:
    """``#rrggbb`` in lower case."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def _luminance(color: Rgb) -> float:
    parts = [c / 255 for c in color]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of two colors, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    a, b = sorted((_luminance(one), _luminance(other)))
    return (b + 0.05) / (a + 0.05)


def text_on(color: str) -> str:
    """Black or white, whichever is easier to read on `color` (``#rrggbb``); one of them always reaches 4.5."""
    background = parse_color(color) or BLACK
    return "#ffffff" if contrast(background, WHITE) >= contrast(background, BLACK) else "#000000"


def _shade(color: Rgb, goal: Rgb, share: float) -> Rgb:
    r, g, b = (round(one + (other - one) * share) for one, other in zip(color, goal, strict=True))
    return r, g, b


def mend(color: Rgb, page: Rgb, ratio: float = SHAPE_RATIO) -> Rgb:
    """The nearest shade of `color` that reaches `ratio` on `page`: darker on a light page, lighter on a dark one.

    `color` itself if it does. Where no shade reaches the ratio, black or white is the nearest there is.
    """
    if contrast(color, page) >= ratio:
        return color
    goal = BLACK if _luminance(page) > 0.18 else WHITE
    for step in range(1, 100):
        shade = _shade(color, goal, step / 100)
        if contrast(shade, page) >= ratio:
            return shade
    return goal


def mend_both(color: Rgb) -> Rgb:
    """The nearest shade of `color` that can be seen on light and on dark pages; `color` itself if it can."""
    return mend(mend(color, LIGHT_PAGE), DARK_PAGE)


@dataclass(frozen=True, slots=True)
class Palette:
    """What pages use of one brand color, in light and in dark: all ``#rrggbb``, every fill visible, every text readable."""

    fill: str
    on_fill: str
    fill_dark: str
    on_fill_dark: str


def palette(color: str) -> Palette:
    """The palette of a brand color. Raises ValueError for what is not a color."""
    base = parse_color(color)
    if base is None:
        raise ValueError(color)
    fill, fill_dark = to_hex(mend(base, LIGHT_PAGE)), to_hex(mend(base, DARK_PAGE))
    return Palette(fill=fill, on_fill=text_on(fill), fill_dark=fill_dark, on_fill_dark=text_on(fill_dark))


@dataclass(frozen=True, slots=True)
class Readability:
    """How a brand color does: its contrast on light and on dark pages, and the nearest color that does well on both."""

    light: float
    dark: float
    on_fill: float
    mended: str

    @property
    def light_ratio(self) -> float:
        """`light` for people: one digit, cut off, so that what is shown as passing passes."""
        return int(self.light * 10) / 10

    @property
    def dark_ratio(self) -> float:
        """`dark`, likewise."""
        return int(self.dark * 10) / 10

    @property
    def on_fill_ratio(self) -> float:
        """`on_fill`, likewise."""
        return int(self.on_fill * 10) / 10

    @property
    def light_passes(self) -> bool:
        """Whether buttons of this color can be seen on light pages."""
        return self.light >= SHAPE_RATIO

    @property
    def dark_passes(self) -> bool:
        """Whether buttons of this color can be seen on dark pages."""
        return self.dark >= SHAPE_RATIO


def readability(color: str) -> Readability:
    """The contrasts of a brand color. `on_fill` is that of the text on a button. Raises ValueError for what is no color."""
    base = parse_color(color)
    if base is None:
        raise ValueError(color)
    return Readability(
        light=contrast(base, LIGHT_PAGE),
        dark=contrast(base, DARK_PAGE),
        on_fill=contrast(base, parse_color(text_on(to_hex(base))) or WHITE),
        mended=to_hex(mend_both(base)),
    )


@lru_cache(maxsize=2000)
def style_sheet(color: str, accent: str = "", corners: str = "", font: str = "") -> str:
    """The brand's style sheet: numbers and stacks of our own in custom properties, nothing that anybody typed.

    Words, marks and rings take `accent` (empty: the color itself); `corners` and `font` are of `core.brandfields` (empty: as
    the pages are). Raises ValueError for what is no color, KeyError for what is in no list.
    """
    made = palette(color)
    more = ""
    if accent:
        second = palette(accent)
        more += f";--accent:{second.fill};--accent-dark:{second.fill_dark}"
    if corners:
        small, usual, large = CORNERS[corners]
        more += f";--radius-s:{small}px;--radius:{usual}px;--radius-l:{large}px"
    if font:
        more += f";--tblr-font-sans-serif:{FONTS[font]}"
    return (
        f":root{{--brand:{made.fill};--brand-ink:{made.on_fill};"
        f"--brand-dark:{made.fill_dark};--brand-dark-ink:{made.on_fill_dark}{more}}}\n"
    )


@lru_cache(maxsize=2000)
def style_version(color: str, accent: str = "", corners: str = "", font: str = "") -> str:
    """A short word that changes when the style sheet does: the ``v`` in its address."""
    return hashlib.sha256(style_sheet(color, accent, corners, font).encode()).hexdigest()[:12]


def suggestions(counted: Iterable[tuple[Rgb, int]], most: int = 4) -> tuple[str, ...]:
    """Brand colors for a logo whose colors were counted, best first, at most `most`; each reads well on both grounds.

    Colors count by how much of them there is and how colorful they are; whites, blacks and greys are left out unless there is
    nothing else. No two are hard to tell apart.
    """
    ranked = sorted(
        ((_strength(color) * count**0.5, color) for color, count in counted if count > 0),
        key=lambda each: (-each[0], each[1]),
    )
    found: list[Rgb] = []
    for strength, color in ranked:
        mended = mend_both(color)
        if strength <= 0 and (found or _luminance(color) > 0.7):
            continue
        if all(_distance(mended, other) > 40 for other in found):
            found.append(mended)
        if len(found) == most:
            break
    return tuple(to_hex(color) for color in found)


def _strength(color: Rgb) -> float:
    """How colorful: 0 for greys, up to 1."""
    spread = (max(color) - min(color)) / 255
    return spread if spread > 0.12 else 0.0


def _distance(one: Rgb, other: Rgb) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)
