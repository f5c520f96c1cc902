"""What the host product tells of a change: a short text in its own words, and the place in it. Data, never markup.

Pure. Laws (tests/core/test_reports.py): what is taken can be shown in one line and is shown as it was sent; nothing in it
turns the direction of the text around it or reaches into other lines; a place is a path of the product and never leads anywhere else.
"""

from __future__ import annotations

import unicodedata

LONGEST_TEXT = 200
LONGEST_PLACE = 300
#: They turn the direction of what follows, also outside of the text that they stand in, or close what keeps it apart.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Controls, halves of characters, ends of lines and paragraphs, what no font has, and what only one company knows.
_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp", "Cn", "Co"})
#: Letters and signs by category, and yet nothing to be seen: fillers of Hangul, and Braille without a dot.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")

#: Marks on one letter: more than any language puts there. So many as one likes stand across the lines around.
MOST_MARKS = 6


def one_line(text: str) -> bool:
    """Whether every character of `text` can be stored and shown within a line of ours without doing anything to it."""
    return not any(c in _TURNS or unicodedata.category(c) in _CATEGORIES for c in text)


def is_seen(text: str) -> bool:
    """Whether anything of `text` is to be seen."""
    return any(unicodedata.category(c)[0] not in "ZCM" and c not in _BLANK for c in text)


def piles_up(text: str) -> bool:
    """Whether a letter of `text` has more than `MOST_MARKS` marks above, below or around it; what is not to be seen between
    two of them does not part them."""
    run = 0
    for c in text:
        category = unicodedata.category(c)
        if category in {"Mn", "Me"}:
            run += 1
        elif category != "Cf":
            run = 0
        if run > MOST_MARKS:
            return True
    return False


def is_text(text: str) -> bool:
    """Whether that can stand in a history: 1 to 200 characters in one line, not all of them blank or out of sight."""
    return is_seen(text) and len(text) <= LONGEST_TEXT and one_line(text) and not piles_up(text)


def is_place(path: str) -> bool:
    """Whether that is a path inside the product, or empty: ``/design/colors?page=2``. Nothing that a browser takes for a host."""
    if not path:
        return True
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return plain and len(path) <= LONGEST_PLACE and path.isascii() and path.isprintable() and " " not in path
