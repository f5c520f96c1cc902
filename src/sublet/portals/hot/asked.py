"""A request and its answer, as far as the hot application knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.utils.translation.trans_real import parse_accept_lang_header


@lru_cache(maxsize=500)
def language_wanted(accepted: str) -> str:
    """The first language of ours among those that are accepted, or empty."""
    known = {code for code, _name in settings.LANGUAGES}
    asked = [code.split("-")[0] for code, _weight in parse_accept_lang_header(accepted)]
    return next((code for code in asked if code in known), "")


@dataclass(slots=True)
class Asked:
    """A request. Names of headers are in lower case; `host` is without port, `peer` the address that it came from.

    Nobody changes it; frozen, making one would take three times as long.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    peer: str
    scheme: str = "http"
    body: bytes = b""

    @property
    def language(self) -> str:
        """What the caller wants to read, or empty where it does not say: the host decides then."""
        return language_wanted(self.headers.get("accept-language", ""))

    def header(self, name: str) -> str:
        """A header, or empty."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer."""

    status: int
    headers: Sequence[tuple[str, str]] = field(default_factory=tuple)
    body: bytes = b""
