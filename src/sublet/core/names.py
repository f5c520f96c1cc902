"""How names are folded for sorting and searching: case, accents and punctuation do not count.

Laws (tests/core/test_names.py): folding twice is folding once; a word found by prefix is found without its accents.
"""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i"})
_NOT_WORD = re.compile(r"[^\w]+", re.UNICODE)
SORT_LENGTH = 80
WORD_LENGTH = 40
MOST_WORDS = 24


def fold(text: str) -> str:
    """Lower case without accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS)
    return " ".join(unicodedata.normalize("NFC", kept.casefold()).split())


def sort_name(name: str) -> str:
    """The key by which lists are ordered: folded, without punctuation, at most 80 characters."""
    return " ".join(words(name, most=60))[:SORT_LENGTH]


def words(*texts: str, most: int = MOST_WORDS) -> list[str]:
    """The distinct folded words of `texts`, in order, each at most 40 characters, at most `most` of them."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _NOT_WORD.sub(" ", fold(text)).replace("_", " ").split():
            found.setdefault(word[:WORD_LENGTH])
            if len(found) >= most:
                return list(found)
    return list(found)
