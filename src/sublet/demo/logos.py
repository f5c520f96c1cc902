"""Logos for the demo's resellers, drawn here: a mark and a name, so that no picture has to be shipped."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from sublet.core.colors import parse_color


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
    width = int(font.getlength(name)) + 190
    picture = Image.new("RGBA", (width, 160), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 8, 143, 151), radius=32, fill=(*(parse_color(color) or (0, 0, 0)), 255))
    draw.text((72, 78), name[0], font=ImageFont.load_default(86), fill=(255, 255, 255, 255), anchor="mm")
    ink = (240, 243, 248, 255) if dark else (27, 33, 43, 255)
    draw.text((172, 80), name, font=font, fill=ink, anchor="lm")
    return _bytes(picture)
