"""Colors as numbers: what was typed is parsed and written anew, and readability is computed (WCAG 2.2).

Laws (tests/core/test_colors.py): a mended color passes; mending what passes changes nothing; the ratio is symmetric; what is
written is always ``#rrggbb``, whatever was typed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

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
def style_sheet(color: str) -> str:
    """The brand's style sheet: four numbers in custom properties, nothing that anybody typed. ValueError if no color."""
    made = palette(color)
    return (
        f":root{{--brand:{made.fill};--brand-ink:{made.on_fill};"
        f"--brand-dark:{made.fill_dark};--brand-dark-ink:{made.on_fill_dark}}}\n"
    )


@lru_cache(maxsize=2000)
def style_version(color: str) -> str:
    """A short word that changes when the style sheet of a color does: the ``v`` in its address."""
    return hashlib.sha256(style_sheet(color).encode()).hexdigest()[:12]
