"""Logos for the demo's resellers, drawn here: a mark and a name, so that no picture has to be shipped."""

from __future__ import annotations

import io
import unicodedata

from PIL import Image, ImageDraw, ImageFont

from sublet.core.colors import parse_color


def _bytes(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _without_dots(name: str) -> tuple[str, list[int]]:
    """The name in the letters that Pillow's own type has, and where it had two dots on one: they are drawn by hand."""
    plain, dotted = "", []
    for sign in unicodedata.normalize("NFD", name):
        if sign == "\N{COMBINING DIAERESIS}":
            dotted.append(len(plain) - 1)
        elif sign.isascii():
            plain += sign
    return plain, dotted


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
    plain, dotted = _without_dots(name)
    width = int(font.getlength(plain)) + 190
    picture = Image.new("RGBA", (width, 160), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 8, 143, 151), radius=32, fill=(*(parse_color(color) or (0, 0, 0)), 255))
    draw.text((72, 78), name[0], font=ImageFont.load_default(86), fill=(255, 255, 255, 255), anchor="mm")
    ink = (240, 243, 248, 255) if dark else (27, 33, 43, 255)
    baseline = 80 + font.getbbox(plain, anchor="lm")[1] - font.getbbox(plain, anchor="ls")[1]
    draw.text((172, baseline), plain, font=font, fill=ink, anchor="ls")
    for place in dotted:
        left, top, right, _bottom = font.getbbox(plain[place], anchor="ls")
        middle = 172 + font.getlength(plain[:place]) + (left + right) / 2
        for aside in (-10, 10):
            draw.ellipse((middle + aside - 5, baseline + top - 13, middle + aside + 5, baseline + top - 3), fill=ink)
    return _bytes(picture)
