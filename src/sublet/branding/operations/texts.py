"""The texts of a brand: cleaned and checked here once, for every way in."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from sublet.core.brandfields import ADDRESS, EMAIL, FIELDS, PHONE, TEXT
from sublet.core.fieldvalues import parse_email
from sublet.core.hosts import normalize_host

TEXT_FIELDS = tuple(name for name, each in FIELDS.items() if each.kind in {TEXT, EMAIL, PHONE, ADDRESS})
LONGEST = {name: each.longest for name, each in FIELDS.items()}
#: Signs that turn the direction of what follows: a name with one of them would turn the text around it.
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class WrongText(Exception):
    """`code` is one of ``too-long``, ``email``, ``address``, ``phone``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def one_line(text: str) -> str:
    """No control characters, no signs that turn the text around them, no runs of spaces."""
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text if c not in _TURNS)
    return " ".join("".join(c for c in kept if unicodedata.category(c) not in {"Cs", "Co"}).split())


def clean_text(field: str, value: str) -> str:
    """The value as it is stored; empty means inherited. Raises WrongText."""
    text = one_line(value[:5000])
    kind = FIELDS[field].kind
    if kind == EMAIL and text:
        address = parse_email(text)
        if address is None:
            raise WrongText("email")
        text = address
    if kind == ADDRESS and text:
        text = _web_address(text)
    if kind == PHONE and text and (not any(c.isdigit() for c in text) or not set(text) <= _PHONE):
        raise WrongText("phone")
    if len(text) > LONGEST[field]:
        raise WrongText("too-long")
    return text


_PHONE = frozenset("0123456789+-()/. \u00a0x")


def _web_address(text: str) -> str:
    """An ``http`` or ``https`` address with a real host name; nothing that a browser would run."""
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise WrongText("address") from None
    host = normalize_host(parts.hostname or "")
    if parts.scheme not in {"http", "https"} or host is None or "." not in host or "@" in parts.netloc:
        raise WrongText("address")
    if any(c.isspace() or c in "<>\"'`\\{}|^" for c in address):
        raise WrongText("address")
    return parts._replace(netloc=host + (f":{port}" if port else "")).geturl()
