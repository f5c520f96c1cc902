"""The words that give the vendor away, and where they stand in a text.

Pure. A name is found whatever its case, accents and what stands between its parts (``Vantage Apps``, ``vantage-apps``,
``VantageApps``), but only as a whole: ``advantage apps`` is another word. A host is found with everything below it.

Laws (tests/core/test_vendorwords.py): a word is found in itself, in any case, and nowhere in a text without its letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

#: What a word is: a name of the vendor or its product, a host, an address of its mail, or one that somebody entered.
NAME, HOST, ADDRESS, OWN = "name", "host", "address", "own"
SHORTEST, LONGEST = 3, 80
_AROUND = 30


@dataclass(frozen=True, slots=True)
class VendorWord:
    """One word, its kind, and where it comes from (``name``, ``brand``, ``host`` …; empty for one that was entered)."""

    text: str
    kind: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A word where it stands: its place in the text, and some of the text around it."""

    word: str
    start: int
    around: str


def folded(text: str) -> str:
    """The text without case and accents, letter for letter, so that places stay places."""
    return "".join(_folded_letter(char) for char in text)


@lru_cache(maxsize=4096)
def _folded_letter(char: str) -> str:
    plain = unicodedata.normalize("NFKD", char)[:1] or char
    lowered = plain.lower()
    return lowered if len(lowered) == 1 else char


def is_usable(text: str) -> bool:
    """Whether it can be a word to look for: neither so short nor so long that it says nothing."""
    letters = sum(char.isalnum() for char in text)
    return letters >= SHORTEST and len(text) <= LONGEST


@lru_cache(maxsize=1024)
def _pattern(text: str, kind: str) -> re.Pattern[str]:
    plain = folded(text.strip())
    if kind in {HOST, ADDRESS}:
        return re.compile(rf"(?<![a-z0-9-]){re.escape(plain)}(?![a-z0-9-]|\.[a-z0-9])")
    parts = [re.escape(part) for part in re.split(r"[\W_]+", plain) if part]
    whole = r"[\W_]{0,3}".join(parts)
    return re.compile(rf"(?<![^\W_]){whole}(?![^\W_])") if parts else re.compile(r"(?!)")


def hits(text: str, words: Iterable[VendorWord]) -> Iterator[Hit]:
    """Every place at which one of the words stands, also written as entities of HTML."""
    for shown in dict.fromkeys((text, unescape(text))):
        plain = folded(shown)
        for word in words:
            for found in _pattern(word.text, word.kind).finditer(plain):
                start = found.start()
                around = shown[max(0, start - _AROUND) : found.end() + _AROUND]
                yield Hit(word.text, start, " ".join(around.split()))
