"""What one cell of a spreadsheet is, as text, and how text is made safe to put into one.

Pure. Laws (tests/core/test_columns_cells.py):

* `clean_text` twice is `clean_text` once, and what it returns holds no control or direction-changing character;
* `unguard(guard(text)) == text` for every text, and `guard` leaves nothing that a spreadsheet program would compute;
* `fold` does not see case, accents, spacing or punctuation.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from typing import TypeAlias

#: What a reader hands out. Text stays text; only workbooks know numbers, dates and truth values. Empty is None.
Cell: TypeAlias = str | int | float | bool | date | datetime | time | None

#: A spreadsheet computes, or sends away, what begins with one of these (OWASP, with the full-width forms).
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_COMPUTED = re.compile(rf"'*\s*[{re.escape(FORMULA_STARTS)}]")
_GUARDED = re.compile(rf"'+\s*[{re.escape(FORMULA_STARTS)}]")
#: Panels write ="00123" so that a spreadsheet keeps the leading zeros.
_FORCED_TEXT = re.compile(r'="([^"]*)"')

#: Characters that XML 1.0 cannot hold: workbooks with them cannot be opened.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Direction overrides and marks: they make a name read as another. Joiners (U+200C, U+200D) stay: emoji need them.
_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Nothing to see: soft hyphen, zero-width space, word joiner and invisible operators, byte order mark.
_INVISIBLE = re.compile(r"[\u00ad\u180e\u200b\u2060-\u2064\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LINE_BREAK = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_NOTHING: frozenset[str] = frozenset()
_SPACES_AND_BREAKS = re.compile(r"\s+")

# Letters that no decomposition reaches.
_PLAIN_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)


def cell_text(cell: Cell) -> str:
    """The cell as a person would read it: whole numbers without ``.0``, dates in ISO form, truth as yes / no."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)


def clean_text(text: str, *, lines: bool = False) -> tuple[str, frozenset[str]]:
    """The text in NFC with single spaces and no harmful characters, and what was taken out.

    With `lines` line breaks stay (as ``\\n``, at most two in a row), else they become spaces. The set holds
    ``control-characters`` and ``direction-marks``; invisible characters go without a word.
    """
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        # Nearly every cell. `isprintable` is False for every space but the plain one, control and format character.
        return (" ".join(text.split()) if "  " in text else text.strip(" ")), _NOTHING
    removed = set()
    clean = _CONTROL.sub("", text)
    if clean != text:
        removed.add("control-characters")
    text = _BIDI.sub("", clean)
    if clean != text:
        removed.add("direction-marks")
    # Removing may bring a letter and its accent together, hence the normal form comes after.
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    if not lines:
        return _SPACES_AND_BREAKS.sub(" ", text).strip(), frozenset(removed)
    text = _SPACES.sub(" ", _LINE_BREAK.sub("\n", text))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", text)).strip(), frozenset(removed)


def fold(text: str) -> str:
    """The text for comparing: letters and digits only, without case and accents. Empty when there are none."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_PLAIN_LETTERS)
    return "".join(filter(str.isalnum, text))


def guard(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet program would compute it (also after leading spaces).

    Text that already looks guarded gets one apostrophe more, so that `unguard` is exact.
    """
    return f"'{text}" if _COMPUTED.match(text) else text


def unguard(text: str) -> str:
    """What the cell of a delimited file says: `guard` undone, and ``="00123"`` as ``00123``."""
    if text.startswith("'"):
        return text[1:] if _GUARDED.match(text) else text
    forced = _FORCED_TEXT.fullmatch(text)
    return forced[1] if forced else text


def for_xml(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("", text)
