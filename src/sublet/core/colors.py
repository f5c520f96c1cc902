"""Colors as numbers: what was typed is parsed and written anew, and readability is computed (WCAG 2.2).

Laws (tests/core/test_colors.py): a mended color passes; mending what passes changes nothing; the ratio is symmetric.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEX = re.compile(r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")
TEXT_RATIO = 4.5  # WCAG 2.2, 1.4.3: normal text
SHAPE_RATIO = 3.0  # WCAG 2.2, 1.4.11: buttons, focus rings
LIGHT_PAGE, DARK_PAGE = (255, 255, 255), (24, 28, 35)
Rgb = tuple[int, int, int]


def parse_color(text: str) -> Rgb | None:
    """``#rgb`` or ``#rrggbb``, with or without the hash, as three numbers; None for anything else."""
    match = _HEX.match(text.strip())
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
    background = parse_color(color) or (0, 0, 0)
    return "#ffffff" if contrast(background, (255, 255, 255)) >= contrast(background, (0, 0, 0)) else "#000000"


def mend(color: Rgb, page: Rgb, ratio: float = TEXT_RATIO) -> Rgb:
    """The nearest lighter or darker shade of `color` that reaches `ratio` on `page`; `color` itself if it does."""
    if contrast(color, page) >= ratio:
        return color
    goal: Rgb = (0, 0, 0) if _luminance(page) > 0.18 else (255, 255, 255)
    for step in range(1, 101):
        share = step / 100
        shade: Rgb = (
            round(color[0] + (goal[0] - color[0]) * share),
            round(color[1] + (goal[1] - color[1]) * share),
            round(color[2] + (goal[2] - color[2]) * share),
        )
        if contrast(shade, page) >= ratio:
            return shade
    return goal


@dataclass(frozen=True, slots=True)
class Palette:
    """What pages use of one brand color, in light and in dark: all ``#rrggbb``, all readable."""

    fill: str
    on_fill: str
    link_light: str
    link_dark: str
    fill_dark: str
    on_fill_dark: str


def palette(color: str) -> Palette:
    """The palette of a brand color. Raises ValueError for what is not a color."""
    base = parse_color(color)
    if base is None:
        raise ValueError(color)
    fill = mend(base, LIGHT_PAGE, SHAPE_RATIO)
    fill_dark = mend(base, DARK_PAGE, SHAPE_RATIO)
    return Palette(
        fill=to_hex(fill),
        on_fill=text_on(to_hex(fill)),
        link_light=to_hex(mend(base, LIGHT_PAGE)),
        link_dark=to_hex(mend(base, DARK_PAGE)),
        fill_dark=to_hex(fill_dark),
        on_fill_dark=text_on(to_hex(fill_dark)),
    )
