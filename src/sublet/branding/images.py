"""Logos and icons: whatever came is decoded, bounded and encoded anew; nothing uploaded is ever served as it came."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 24_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
SIZES = {"logo": (640, 200), "logo_dark": (640, 200), "icon": (256, 256)}


class NotAnImage(Exception):
    """`code` is one of ``too-large``, ``not-an-image``, ``too-many-pixels``, ``empty``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class MadeImage:
    """A PNG of ours: no metadata, bounded size."""

    data: bytes
    digest: str
    width: int
    height: int


def make_image(data: bytes, *, slot: str) -> MadeImage:
    """Decode an upload for a slot (``logo``, ``logo_dark``, ``icon``) and encode it anew as PNG.

    Icons become square on a transparent ground. Raises NotAnImage. SVG is not an image here: it is a program.
    """
    if not data:
        raise NotAnImage("empty")
    if len(data) > MOST_BYTES:
        raise NotAnImage("too-large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise NotAnImage("too-many-pixels")
                opened.draft("RGB", (SIZES[slot][0] * 2, SIZES[slot][1] * 2))
                picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except NotAnImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAnImage("too-many-pixels") from None
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        KeyError,
        IndexError,
        TypeError,
        OverflowError,
    ):
        raise NotAnImage("not-an-image") from None
    picture.thumbnail(SIZES[slot], Image.Resampling.LANCZOS)
    if slot == "icon":
        side = max(picture.width, picture.height, 64)
        square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
        square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
        picture = square
    out = io.BytesIO()
    clean = Image.new("RGBA", picture.size)
    clean.paste(picture)
    clean.save(out, "PNG", optimize=True)
    made = out.getvalue()
    return MadeImage(data=made, digest=hashlib.sha256(made).hexdigest(), width=picture.width, height=picture.height)
