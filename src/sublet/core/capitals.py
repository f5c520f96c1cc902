"""A word that somebody typed, where it stands alone as a heading or on a button: it begins with a capital.

Pure. Laws (tests/core/test_capitals.py): twice is once, nothing but the first letter changes (in Dutch, *ij* is one letter),
and what is written on purpose, such as *iShop*, stays as it is.
"""

from __future__ import annotations


def capitalized(text: str, language: str = "") -> str:
    """`text` with a capital, as `language` writes it."""
    first = text.partition(" ")[0]
    if any(sign.isupper() for sign in first[1:]):
        return text  # a name of its own
    if language[:2] == "nl" and text[:2] == "ij":
        return "IJ" + text[2:]
    return text[:1].title() + text[1:]
