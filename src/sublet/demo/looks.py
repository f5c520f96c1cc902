"""How each reseller of the demonstration looks beyond its color: corners, font, log-in page, words, what waits as a draft."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFilter

from sublet.core.colors import parse_color

#: Label of the reseller → fields of `core.brandfields`, by key.
LOOKS: dict[str, dict[str, str]] = {
    "bottega": {
        "font": "humanist",
        "login_title": "Buon lavoro!",
        "login_title@en": "Good to see you!",
        "imprint_url": "https://bottega.example/note-legali",
        "privacy_url": "https://bottega.example/privacy",
    },
    "noord": {
        "corners": "round",
        "font": "geometric",
        "accent": "#0f766e",
        "mail_look": "band",
        "login_title": "Welkom bij Studio Noord",
        "login_title@en": "Welcome to Studio Noord",
        "login_text": "Alles over je app op één plek.",
        "login_text@en": "All about your app in one place.",
        "privacy_url": "https://noord.example/privacy",
        "terms_url": "https://noord.example/voorwaarden",
        "footer": "Studio Noord, Utrecht",
    },
    "pixel": {
        "corners": "square",
        "font": "serif",
        "mail_look": "plain",
        "word_client": "Enseigne",
        "word_clients": "Enseignes",
        "word_client@en": "Shop",
        "word_clients@en": "Shops",
        "imprint_url": "https://pixel.example/mentions-legales",
    },
    "zeri": {"font": "slab", "support_hours@en": "Mon–Fri 9–17"},
}
#: Resellers whose log-in page has a picture.
PICTURED = frozenset({"noord"})
#: What one of them has not published yet.
DRAFTS: dict[str, dict[str, str]] = {"pixel": {"corners": "round", "color": "#9d174d", "footer": "Atelier Pixel, Lyon"}}


def draw_login_picture(color: str) -> bytes:
    """Hills in the brand's color, as a PNG."""
    red, green, blue = parse_color(color) or (51, 85, 204)
    picture = Image.new("RGB", (800, 1000), (244, 245, 247))
    draw = ImageDraw.Draw(picture)
    for step in range(5):
        share = 0.25 + step * 0.17
        shade = tuple(round(244 + (part - 244) * share) for part in (red, green, blue))
        top = 360 + step * 120
        draw.ellipse((-500 + step * 260, top, 900 + step * 120, top + 1400), fill=shade)
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(2)).save(out, "PNG")
    return out.getvalue()
