"""The brand's look on a mail's frame: font, corners, and one of three grounds. All of it numbers and stacks of ours.

Works on the HTML that our own frame makes, whose values are known; what people typed is escaped in it and never looked at.
"""

from __future__ import annotations

import re

from sublet.branding.queries import BrandView
from sublet.core.brandfields import CORNERS, FONTS
from sublet.core.colors import palette

#: As the frame (messaging/layout.mjml) states them; a test keeps them equal.
STACK = "-apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
GROUND = "#f4f5f7"
BUTTON_RADIUS, SHEET_RADIUS = "6px", "8px"
_TAG = re.compile(r"<[^>]*>")
_BODY = re.compile(r"<body\b[^>]*>")


def dressed(html: str, brand: BrandView) -> str:
    """The mail as the brand wants it to look; as it is where the brand says nothing."""
    changes: dict[str, str] = {}
    if brand.font in FONTS:
        stack = FONTS[brand.font].replace('"', "'")
        changes |= {STACK: stack, STACK.replace(", ", ","): stack}
    if brand.corners in CORNERS:
        _small, usual, large = CORNERS[brand.corners]
        changes |= {
            f"border-radius:{BUTTON_RADIUS}": f"border-radius:{usual}px",
            f"border-radius:{SHEET_RADIUS}": f"border-radius:{large}px",
        }
    if brand.mail_look == "plain":
        changes[GROUND] = "#ffffff"
    if changes:
        wanted = re.compile("|".join(map(re.escape, sorted(changes, key=len, reverse=True))))
        # Inside of tags alone: a text may say the same words.
        html = _TAG.sub(lambda tag: wanted.sub(lambda found: changes[found[0]], tag[0]), html)
    if brand.mail_look == "band":
        band = f'<div style="height:8px;line-height:8px;font-size:0;background-color:{palette(brand.color).fill}">&nbsp;</div>'
        html = _BODY.sub(lambda body: body[0] + band, html, count=1)
    return html
