"""Logos for the demo's resellers, drawn here: a mark and a name, so that no picture has to be shipped."""

from __future__ import annotations

import io
import unicodedata

from PIL import Image, ImageDraw, ImageFont

from sublet.core.colors import parse_color

_DIAERESIS = "\u0308"


def _write(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], name: str, size: int, ink: tuple[int, int, int, int]
) -> None:
    """The name, the middle of its line at `place`. Pillow's own font has no letters with accents: two dots are drawn above."""
    font, (left, middle) = ImageFont.load_default(size), place
    draw.text(place, _bare(name), font=font, fill=ink, anchor="lm")
    radius = size // 20
    for at, letter in enumerate(name):
        if _DIAERESIS in unicodedata.normalize("NFD", letter):
            before, after = font.getlength(_bare(name[:at])), font.getlength(_bare(name[: at + 1]))
            center, top = left + (before + after) / 2, middle - size * 0.31
            for x in (center - size * 0.11, center + size * 0.11):
                draw.ellipse((x - radius, top - radius, x + radius, top + radius), fill=ink)


def _bare(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))


def _bytes(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def draw_icon(letter: str, color: str) -> bytes:
    """A square mark: the letter on the color."""
    picture = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 0, 255, 255), radius=56, fill=(*(parse_color(color) or (0, 0, 0)), 255))
    draw.text((128, 124), letter, font=ImageFont.load_default(150), fill=(255, 255, 255, 255), anchor="mm")
    return _bytes(picture)


def draw_logo(name: str, color: str, *, dark: bool) -> bytes:
    """The mark with the name beside it; `dark` for use on a dark page."""
    font = ImageFont.load_default(84)
    width = int(font.getlength(_bare(name))) + 190
    picture = Image.new("RGBA", (width, 160), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 8, 143, 151), radius=32, fill=(*(parse_color(color) or (0, 0, 0)), 255))
    draw.text((72, 78), name[0], font=ImageFont.load_default(86), fill=(255, 255, 255, 255), anchor="mm")
    ink = (240, 243, 248, 255) if dark else (27, 33, 43, 255)
    _write(draw, (172, 80), name, 84, ink)
    return _bytes(picture)
