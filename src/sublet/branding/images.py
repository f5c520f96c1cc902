"""Logos and icons: whatever came is decoded, bounded and encoded anew; nothing uploaded is ever served as it came."""

from __future__ import annotations

import hashlib
import io
import unicodedata
import warnings
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont, ImageOps

from sublet.core.colors import parse_color, suggestions, text_on

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 24_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
SIZES = {"logo": (640, 200), "logo_dark": (640, 200), "icon": (512, 512), "login_picture": (1600, 1200)}
#: A smaller icon would be a smear on a telephone's screen.
SMALLEST_ICON = 32


class NotAnImage(Exception):
    """`code` is one of ``too-large``, ``not-an-image``, ``too-many-pixels``, ``too-small``, ``empty``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class MadeImage:
    """A picture of ours: no metadata, bounded size."""

    data: bytes
    digest: str
    width: int
    height: int
    media_type: str = "image/png"


def make_image(data: bytes, *, slot: str) -> MadeImage:
    """Decode an upload for a slot (``logo``, ``logo_dark``, ``icon``, ``login_picture``) and encode it anew.

    A log-in picture becomes a JPEG on white, the others PNG. Only the first picture of an animation is kept. Icons become
    square on a transparent ground. Raises NotAnImage. SVG is not an image here: it is a program.
    """
    if not data:
        raise NotAnImage("empty")
    if len(data) > MOST_BYTES:
        raise NotAnImage("too-large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = _decoded(data, SIZES[slot])
    except NotAnImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAnImage("too-many-pixels") from None
    except Exception:
        # Broken files meet the decoders' bugs, too: AttributeError, struct.error, zlib.error … have all been seen.
        raise NotAnImage("not-an-image") from None
    if slot == "icon":
        side = max(picture.size)
        if side < SMALLEST_ICON:
            raise NotAnImage("too-small")
        square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
        square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
        picture = square
    clean = Image.new("RGBA", picture.size)
    clean.paste(picture)  # a new picture: what the old one carried besides its pixels stays behind
    if slot == "login_picture":
        made, kind = _jpeg(clean), "image/jpeg"
    else:
        made, kind = _png(clean), "image/png"
    digest = hashlib.sha256(made).hexdigest()
    return MadeImage(data=made, digest=digest, width=clean.width, height=clean.height, media_type=kind)


def _decoded(data: bytes, size: tuple[int, int]) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise NotAnImage("too-many-pixels")
        # Made small before anything is converted: a large picture is in memory once and not three times. The box is
        # square because the picture may yet be turned.
        side = max(size) * 2
        if opened.mode.startswith("I;16"):
            opened.load()
            picture = opened.convert("I").point(lambda value: value / 257).convert("L")
        elif opened.mode in {"P", "1", "PA", "LA", "La"}:
            picture = opened.convert("RGBA")
        else:
            opened.load()
            picture = opened
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        picture = ImageOps.exif_transpose(picture).convert("RGBA")
    picture.thumbnail(size, Image.Resampling.LANCZOS)
    return picture


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _jpeg(picture: Image.Image) -> bytes:
    ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    ground.alpha_composite(picture)
    out = io.BytesIO()
    ground.convert("RGB").save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue()


def main_colors(data: bytes) -> list[tuple[tuple[int, int, int], int]]:
    """The colors of one of our PNGs with how many pixels have each; what is transparent does not count."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as opened:
        picture = opened.convert("RGBA")
    picture.thumbnail((96, 96), Image.Resampling.NEAREST)
    raw = picture.tobytes()
    solid = [(raw[i], raw[i + 1], raw[i + 2]) for i in range(0, len(raw), 4) if raw[i + 3] > 127]
    if not solid:
        return []
    line = Image.new("RGB", (len(solid), 1))
    line.putdata(solid)
    few = line.quantize(12, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    shades = few.getpalette() or []
    counted = few.getcolors() or []
    return [
        ((shades[3 * index], shades[3 * index + 1], shades[3 * index + 2]), count)
        for count, index in counted
        if isinstance(index, int)
    ]


def own_color(upload: bytes) -> str:
    """The first color that an uploaded logo suggests and that reads well (``#c2410c``); empty where it has none, or is none."""
    try:
        found = suggestions(main_colors(make_image(upload, slot="logo").data))
    except NotAnImage:
        return ""
    return found[0] if found else ""


def icon_at(data: bytes, *, size: int) -> bytes:
    """One of our icons as a square PNG of `size` pixels."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as opened:
        return _png(opened.convert("RGBA").resize((size, size), Image.Resampling.LANCZOS))


def on_white(data: bytes) -> bytes:
    """One of our PNGs without transparency."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as opened:
        picture = opened.convert("RGBA")
    ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    ground.alpha_composite(picture)
    return _png(ground.convert("RGB"))


def letter_icon(name: str, *, color: str, size: int) -> bytes:
    """The icon of a brand that has none: the first letter of its name on its color, as a square PNG.

    Our type has the letters of ASCII alone: É is drawn as E, and Ж left out, for a plain mark is better than an empty box.
    """
    large = size * 4  # drawn large and made small, which smooths the edges
    picture = Image.new("RGBA", (large, large), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle(
        (0, 0, large - 1, large - 1), radius=large // 5, fill=(*(parse_color(color) or (0, 0, 0)), 255)
    )
    letter = unicodedata.normalize("NFKD", next((c.upper() for c in name if c.isalnum()), ""))[:1]
    if letter.isascii() and letter:
        ink = (*(parse_color(text_on(color)) or (255, 255, 255)), 255)
        draw.text((large / 2, large * 0.48), letter, font=ImageFont.load_default(large * 0.62), fill=ink, anchor="mm")
    return _png(picture.resize((size, size), Image.Resampling.LANCZOS))


def maskable(png: bytes, *, color: str, size: int) -> bytes:
    """One of our icons where a telephone may cut its edges to any shape: small enough, on a ground without transparency.

    The ground is white, or for an icon of one plain shape that nobody would see on white, the brand's color.
    """
    inner = size * 7 // 10
    with Image.open(io.BytesIO(icon_at(png, size=inner)), formats=("PNG",)) as opened:
        icon = opened.convert("RGBA")
    seen = [shade for shade, _count in main_colors(png)]
    pale = bool(seen) and all(min(shade) > 225 for shade in seen)
    ground = Image.new("RGBA", (size, size), (*((parse_color(color) if pale else None) or (255, 255, 255)), 255))
    ground.alpha_composite(icon, ((size - inner) // 2, (size - inner) // 2))
    return _png(ground.convert("RGB"))


def as_ico(*pngs: bytes) -> bytes:
    """PNGs of at most 256 pixels as ``favicon.ico``: headers around the same bytes, which every browser reads."""
    heads, place = b"", 6 + 16 * len(pngs)
    for png in pngs:
        width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
        heads += bytes((width % 256, height % 256, 0, 0, 1, 0, 32, 0))
        heads += len(png).to_bytes(4, "little") + place.to_bytes(4, "little")
        place += len(png)
    return b"\x00\x00\x01\x00" + len(pngs).to_bytes(2, "little") + heads + b"".join(pngs)
