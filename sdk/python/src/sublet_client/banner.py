"""The banner of a visit: staff of a reseller works in a client's account, and every page of the product says so.

    {{ banner_html | safe }}      # banner.html(identity): empty when nobody acts in another's place

Plain HTML without a script, in six languages, with nothing that closes it. Under a strict content security policy serve
`CSS` as a file and ask for ``html(identity, style=False)``, or give the nonce of the policy.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sublet_client.identity import Identity

CSS = (
    ".sublet-visit{position:sticky;inset-block-start:0;z-index:1000;display:flex;flex-wrap:wrap;gap:.25rem 1rem;"
    "align-items:center;justify-content:center;padding:.5rem 1rem;background:#5c3d00;color:#fff;"
    "font:.875rem/1.4 system-ui,sans-serif;overflow-wrap:anywhere}"
    ".sublet-visit p{margin:0}"
    ".sublet-visit a{color:#fff;font-weight:600;text-decoration:underline}"
    ".sublet-visit a:focus-visible{outline:2px solid #fff;outline-offset:2px}"
)

#: Who is connected as whom; in which account; until; the way back.
_WORDS = {
    "en": ("{person}, connected as {acting_as}", "in the account {account}", "until", "Go back"),
    "it": ("{person}, in qualità di {acting_as}", "nell’account {account}", "fino alle", "Torna indietro"),
    "sq": ("{person} vepron si {acting_as}", "në llogarinë {account}", "deri në", "Kthehu"),
    "nl": ("{person}, ingelogd als {acting_as}", "op het account {account}", "tot", "Teruggaan"),
    "fr": ("{person}, en session comme {acting_as}", "dans le compte {account}", "jusqu’à", "Revenir"),
    "pt": ("{person}, em nome de {acting_as}", "na conta {account}", "até às", "Voltar"),
}
LANGUAGES = tuple(_WORDS)


def html(identity: Identity | None, *, language: str = "", style: bool = True, nonce: str = "") -> str:
    """The banner, to be put first into ``<body>`` of every page; empty when nobody acts in another's place.

    ``language`` is the page's (``fr``, ``fr-CA``); left out, it is the person's. What people have written is escaped.
    """
    if identity is None or identity.acting is None:
        return ""
    asked = (language or identity.locale or "en").replace("_", "-").partition("-")[0].lower()
    code = asked if asked in _WORDS else "en"
    who, where, until, back = _WORDS[code]
    acting = identity.acting
    try:
        zone = ZoneInfo(identity.zoneinfo)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    ends = datetime.fromtimestamp(acting.ends_at, UTC)
    marked = f' nonce="{escape(nonce)}"' if nonce else ""
    sheet = f"<style{marked}>{CSS}</style>" if style else ""
    return (
        f'{sheet}<div class="sublet-visit" role="status" lang="{code}">'
        f"<p><strong>{_filled(who, person=acting.name, acting_as=acting.acting_as)}</strong>"
        f" · {_filled(where, account=identity.account_name)}"
        f' · {until} <time datetime="{ends.isoformat()}">{ends.astimezone(zone):%H:%M}</time></p>'
        f'<a href="{escape(identity.back_url)}">{back}</a></div>'
    )


def _filled(sentence: str, **words: str) -> str:
    return escape(sentence, quote=False).format(**{name: f"<bdi>{escape(word)}</bdi>" for name, word in words.items()})
