"""Pictures of findings: pieces of pages and mails as a browser shows them, chosen for each finding; and, for what nobody sees, the
line in which the word stands, drawn when somebody looks at it.

Of what a browser showed is kept what findings need, bounded by number and by size; a drawn line is kept nowhere.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sublet.branding import documents
from sublet.core.findings import MAIL, Found, bare
from sublet.core.leaks import folded

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

#: Of a page these are what a browser shows; of a mail its part in HTML is.
SHOWN = frozenset({"text", "attribute", "rendered", "logo"})
HTML_PART = "text/html"
_WIDE, _EDGE, _MOST_LINES, _MOST_CHARACTERS = 440, 14, 12, 400
_INK, _QUIET, _LINE, _MARK, _GROUND = (29, 33, 41), (100, 106, 118), (222, 225, 230), (214, 57, 57), (253, 231, 231)
_LOGO, _LARGEST_LOGO = (480, 320), 120_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of a piece of a page, in which each place of a word is outlined; `texts` are what stands around these."""

    data: bytes
    texts: tuple[str, ...] = ()


def is_shown(place: str, detail: str) -> bool:
    """Whether a browser shows what stands there."""
    return place in SHOWN or (place == MAIL and bare(place, detail) == HTML_PART)


def chosen(found: Found, pictures: Sequence[Picture]) -> Picture | None:
    """The picture in which that very place is outlined, as far as the words around it tell."""
    if not pictures or not is_shown(found.place, found.detail):
        return None
    return max(pictures, key=lambda each: max((_alike(found, text) for text in each.texts), default=0))


def _alike(found: Found, text: str) -> int:
    """How many letters are the same on both sides of the word."""
    (here, there), word = (_plain(each) for each in (found.leak.excerpt, text)), _plain(found.leak.word)
    if word not in here or word not in there:
        return 0
    before, after = here.split(word, 1)
    best = 0
    for at in range(len(there)):
        if there.startswith(word, at):
            left, right = there[:at], there[at + len(word) :]
            best = max(best, _run(reversed(before), reversed(left)) + _run(after, right))
    return best


def _run(one: Iterable[str], other: Iterable[str]) -> int:
    count = 0
    for letter, same in zip(one, other, strict=False):
        if letter != same:
            break
        count += 1
    return count


#: An element of a page's source, and what is left of one at either end of an excerpt.
_MARKUP = re.compile(r"<[^>]*(?:>|\Z)|\A[^<>]*>")


def _plain(text: str) -> str:
    """Letters and digits alone: what stands in the source between two words is not what is shown there."""
    return "".join(each for each in folded(_MARKUP.sub(" ", text))[0] if each.isalnum())


def of_logo(data: bytes) -> bytes:
    """A picture that shows a logo, small enough to be kept; empty for what cannot be drawn."""
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(data)).convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError):
        return b""
    picture.thumbnail(_LOGO)
    ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    ground.alpha_composite(picture)
    into = io.BytesIO()
    ground.convert("RGB").quantize(64).save(into, "PNG", optimize=True)
    return into.getvalue() if into.tell() <= _LARGEST_LOGO else b""


def line_of(*, where: str, before: str, excerpt: str, word: str) -> bytes:
    """The line in which a word stands, with the word marked: a PNG. `where` stands above it, `before` in front of it."""
    from PIL import Image, ImageDraw

    text = f"{before} {excerpt}".strip()[:_MOST_CHARACTERS]
    marked = _places(text, word)
    small, font = _font(13), _font(17)
    rows = _rows(text, font)
    high = 2 * _EDGE + 26 + 28 * len(rows)
    picture = Image.new("RGB", (_WIDE, high), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((_EDGE, _EDGE - 4), _cut(where, small), fill=_QUIET, font=small)
    draw.line((_EDGE, _EDGE + 17, _WIDE - _EDGE, _EDGE + 17), fill=_LINE)
    for number, (start, row) in enumerate(rows):
        top = _EDGE + 26 + 28 * number
        for first, last in marked:
            left, right = max(first, start) - start, min(last, start + len(row)) - start
            if left < right:
                box = (
                    _EDGE + font.getlength(row[:left]) - 2,
                    top - 1,
                    _EDGE + font.getlength(row[:right]) + 2,
                    top + 23,
                )
                draw.rectangle(box, fill=_GROUND, outline=_MARK, width=2)
        draw.text((_EDGE, top), row, fill=_INK, font=font)
    into = io.BytesIO()
    picture.save(into, "PNG")  # kept nowhere: fewer colors would be other ones
    return into.getvalue()


def _places(text: str, word: str) -> list[tuple[int, int]]:
    """Where the word stands in the text, whatever its case and accents."""
    plain, origin = folded(text)
    wanted = folded(word)[0]
    found, at = list[tuple[int, int]](), plain.find(wanted) if wanted else -1
    while at >= 0:
        found.append((origin[at], origin[at + len(wanted) - 1] + 1))
        at = plain.find(wanted, at + len(wanted))
    return found


def _rows(text: str, font: FreeTypeFont) -> list[tuple[int, str]]:
    """The text in rows that fit, each with where it begins."""
    rows, start, most = list[tuple[int, str]](), 0, _WIDE - 2 * _EDGE
    for end in range(1, len(text) + 1):
        if font.getlength(text[start:end]) > most:
            rows.append((start, text[start : end - 1]))
            start = end - 1
    rows.append((start, text[start:]))
    return rows[:_MOST_LINES]


def _cut(text: str, font: FreeTypeFont) -> str:
    while text and font.getlength(text) > _WIDE - 2 * _EDGE:
        text = text[:-2].rstrip("…") + "…"
    return text


@cache
def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(Path(documents.__file__).parent / "fonts" / "FiraSans-Regular.ttf"), size)
