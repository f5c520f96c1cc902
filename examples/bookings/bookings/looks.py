"""The client's color on these pages: whatever it is, text on it can be read, and it can be seen on the page (WCAG 2.2)."""

from __future__ import annotations

import hashlib
import re

from bookings.platform import Brand

_HEX = re.compile(r"#([0-9a-fA-F]{6})\Z")
LIGHT, DARK, PLAIN = (255, 255, 255), (24, 27, 32), (54, 84, 134)
Rgb = tuple[int, int, int]


def _parsed(color: str) -> Rgb:
    match = _HEX.match(color)
    return (int(match[1][0:2], 16), int(match[1][2:4], 16), int(match[1][4:6], 16)) if match else PLAIN


def _luminance(color: Rgb) -> float:
    parts = [each / 255 for each in color]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """From 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(color: Rgb, page: Rgb, ratio: float = 4.5) -> Rgb:
    """The nearest shade that can be read on the page."""
    goal = (0, 0, 0) if _luminance(page) > 0.18 else (255, 255, 255)
    for step in range(101):
        red, green, blue = (round(have + (want - have) * step / 100) for have, want in zip(color, goal, strict=True))
        if contrast((red, green, blue), page) >= ratio:
            return red, green, blue
    return goal


def _written(color: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def style_sheet(brand: Brand) -> str:
    """Custom properties for light and dark."""
    color = _parsed(brand.color)
    light, dark = readable(color, LIGHT), readable(color, DARK, 5.0)
    on_light = "#ffffff" if contrast(light, LIGHT) >= 4.5 else "#000000"
    return (
        f":root{{--brand:{_written(light)};--on-brand:{on_light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--brand:{_written(dark)};--on-brand:#111318}}}}\n"
    )


def version(brand: Brand) -> str:
    """Changes with the colors."""
    return hashlib.sha256(style_sheet(brand).encode()).hexdigest()[:12]
