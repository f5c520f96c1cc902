"""Documents in brand: `render(kind, …)` makes a PDF of a template of ours and somebody's data.

What varies reaches the template as data and is printed as it stands; nothing that anybody typed is ever markup. The compiler
reads these templates and nothing else: no other file, no package, no network. The PDF is PDF/UA-1 (tagged, with title and
language) and names neither us nor the vendor nor the program that made it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qrcode  # type: ignore[import-untyped]  # has no types

from sublet.branding.queries import BrandView, picture
from sublet.core.brandfields import CORNERS
from sublet.core.colors import mend, parse_color, to_hex

if TYPE_CHECKING:
    import typst

_ROOT = Path(__file__).parent
KINDS = ("handover",)
#: On paper a color is read as words, so it must stand out as words do.
PAPER, PAPER_RATIO = (255, 255, 255), 4.5
FONTS = _ROOT / "fonts"
#: Font of a brand → the family on paper: ours, or the compiler's own. Nothing of the machine's, so that a sheet looks the same
#: wherever it is made. A brand whose pages are in some sans-serif is on paper in ours.
FAMILIES = {
    "": "Fira Sans",
    "system": "Fira Sans",
    "humanist": "Fira Sans",
    "geometric": "Fira Sans",
    "rounded": "Fira Sans",
    "serif": "Libertinus Serif",
    "slab": "Zilla Slab",
}
#: For writing that the family has no letters of.
BESIDES = ("Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono")
#: The longest of one text on paper: more is a fault or somebody's joke, and would fill the sheet with it.
MOST_SIGNS = 2000
_MADE_BY = re.compile(rb"Typst \d+\.\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a document shows of a brand. `logo` is a PNG of ours."""

    name: str
    ink: str
    corner: int
    logo: bytes | None
    footer: str
    legal: Sequence[tuple[str, str]]  # label and address
    font: str = ""  # of core.brandfields.FONTS; empty: as usual

    def told(self) -> dict[str, Any]:
        return {
            "name": _text(self.name),
            "ink": self.ink,
            "corner": self.corner,
            "fonts": list(dict.fromkeys((FAMILIES[self.font], *BESIDES))),
            "logo": None if self.logo is None else list(self.logo),
            "footer": _text(self.footer),
            "legal": [[_text(label), _text(url)] for label, url in self.legal],
        }


def letterhead(brand: BrandView, *, donor_ids: Sequence[int]) -> Letterhead:
    """The letterhead of a brand that speaks the language now active. `donor_ids`: the accounts whose pictures may show."""
    digest = brand.logo_url.rpartition("/")[2]
    found = picture(digest, account_ids=donor_ids) if digest else None
    ink = mend(parse_color(brand.color) or (0, 0, 0), PAPER, PAPER_RATIO)
    return Letterhead(
        name=brand.name,
        ink=to_hex(ink),
        corner=CORNERS[brand.corners or "soft"][1],
        logo=found[0] if found is not None else None,
        footer=brand.footer,
        legal=brand.legal,
        font=brand.font,
    )


def render(kind: str, *, language: str, letterhead: Letterhead, data: Mapping[str, Any], at: datetime) -> bytes:
    """The document of that `kind` as a PDF. `data` is what its template reads: texts, lists and dictionaries of them."""
    return render_source(_source(kind), language=language, letterhead=letterhead, data=data, at=at)


def render_source(
    source: bytes,
    *,
    language: str,
    letterhead: Letterhead,
    data: Mapping[str, Any],
    at: datetime,
    standards: Sequence[str] = ("ua-1",),
) -> bytes:
    """The same for a template of another app, which begins with ``#import "frame.typ": *``. Never what somebody has typed.

    `standards`: those of PDF that it keeps (``ua-1``, ``a-3a``), as far as there is type for every sign.
    """
    import typst  # large, and every process reads this module, while few make a file

    inputs = _inputs(language, letterhead, data)
    last: Exception | None = None
    # Our type has Latin, Greek, Cyrillic, Hebrew and Arabic. Other writing takes the machine's, and where that has none
    # the standard forbids what can only be shown as boxes: then the sheet is made without it rather than not at all.
    for fonts, kept in (
        (_fonts(machine=False), list(standards)),
        (_fonts(machine=True), list(standards)),
        (_fonts(machine=True), []),
    ):
        try:
            made = _compiled(
                source, inputs, fonts, format="pdf", pdf_standards=kept, timestamp=at.replace(microsecond=0)
            )
            return _unsigned(made)
        except typst.TypstError as fault:
            last = fault
    raise ValueError("the template does not compile") from last


def drawn(kind: str, *, language: str, letterhead: Letterhead, data: Mapping[str, Any]) -> bytes:
    """The first page of the same document as a PNG, to be looked at on a screen."""
    return _compiled(_source(kind), _inputs(language, letterhead, data), _fonts(machine=True), format="png", ppi=110.0)


def code_of(address: str) -> bytes:
    """An address as a QR code: a PNG without a frame."""
    code = qrcode.QRCode(border=1, box_size=6)
    code.add_data(address)
    out = io.BytesIO()
    code.make_image().save(out)
    return out.getvalue()


def _inputs(language: str, letterhead: Letterhead, data: Mapping[str, Any]) -> dict[str, str]:
    told = {"language": language, "brand": letterhead.told(), "data": _plain(data)}
    return {"data": json.dumps(told)}


def _source(kind: str) -> bytes:
    if kind not in KINDS:
        raise KeyError(kind)
    return (_ROOT / f"{kind}.typ").read_bytes()


def _compiled(source: bytes, inputs: dict[str, str], fonts: typst.Fonts, **how: Any) -> bytes:
    import typst  # as in `render_source`

    made = typst.compile(
        source,
        root=_ROOT,
        font_paths=fonts,
        package_path=_ROOT,  # no packages, neither from the machine nor from anywhere else
        package_cache_path=_ROOT,
        sys_inputs=inputs,
        **how,
    )
    first = made[0] if isinstance(made, list) else made
    return bytes(first or b"")


@cache
def _fonts(*, machine: bool) -> typst.Fonts:
    import typst  # as in `render_source`

    return typst.Fonts(include_system_fonts=machine, font_paths=[FONTS])


def _unsigned(pdf: bytes) -> bytes:
    """The PDF without the name of what made it, in its two places. As long as before, so that every offset stays true."""
    return _MADE_BY.sub(lambda found: b"PDF".ljust(len(found[0])), pdf)


def _plain(value: Any) -> Any:
    """The data as JSON has it; texts bounded and without control characters."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_plain(each) for each in value]
    return value


def _text(value: str) -> str:
    kept = "".join(sign if sign.isprintable() or sign == "\n" or sign in "\u200c\u200d" else " " for sign in value)
    return kept if len(kept) <= MOST_SIGNS else kept[: MOST_SIGNS - 1] + "…"


__all__ = ["KINDS", "Letterhead", "code_of", "drawn", "letterhead", "render", "render_source"]
