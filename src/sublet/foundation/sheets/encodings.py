"""Which encoding and which separator a text file has: guessed from its bytes.

UTF-8 and UTF-16 are facts. The eight-bit encodings are not: every file can be read in several, so the one is taken in which
the letters make words – letters beside letters, small after small, and those that our languages use.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from sublet.foundation.sheets.refusals import CannotReadSheet

#: What may be chosen: name shown → codec.
ENCODINGS: Mapping[str, str] = {
    "UTF-8": "utf-8-sig",
    "UTF-16": "utf-16",
    "UTF-16LE": "utf-16-le",
    "UTF-16BE": "utf-16-be",
    "Windows-1252": "cp1252",
    "ISO-8859-15": "iso8859-15",
    "ISO-8859-1": "latin-1",
    "ISO-8859-2": "iso8859-2",
    "Windows-1250": "cp1250",
    "Macintosh": "mac-roman",
    "CP850": "cp850",
}
SEPARATORS = (";", "\t", ",", "|")

_CHUNK = 1 << 16
_ASCII = bytes(range(128))
_HIGH_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_EIGHT_BIT = ("Windows-1252", "ISO-8859-15", "ISO-8859-2", "Windows-1250", "Macintosh", "CP850")
# How usual a letter is in lists of Western and of Central European clients. Others count little.
_USUAL: Mapping[str, float] = (
    dict.fromkeys("éèàëçùòìêôïîâüöäãõíóáúñÉÀÈßœ", 1.0)
    | dict.fromkeys("łąęśżźćńčšžřěůőűđĆŁŚŻŽŠČŐŰŘăâîșțşţ", 0.9)
    | dict.fromkeys("€°–—’‘“”…•™«»§º", 0.4)
)
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\1*', re.IGNORECASE)


def guess_encoding(stream: BinaryIO) -> str:
    """The name (a key of `ENCODINGS`) of the encoding. Reads the whole stream; raises CannotReadSheet for a binary file."""
    head = stream.read(_CHUNK)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    if b"\0" in head:
        return _utf16_without_mark(head)
    decoder = codecs.getincrementaldecoder("utf-8")()
    high: set[int] = set()
    lines: list[bytes] = []
    room, is_utf8, chunk, controls, size = _CHUNK, True, head, 0, 0
    while chunk:
        if b"\0" in chunk:
            raise CannotReadSheet("not-a-sheet")
        size += len(chunk)
        controls += len(chunk.translate(None, _NOT_CONTROL))
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        if not chunk.isascii():
            high.update(chunk.translate(None, _ASCII))
            for line in _HIGH_LINE.findall(chunk) if room > 0 else ():
                lines.append(line)
                room -= len(line)
        chunk = stream.read(_CHUNK)
    if controls * 20 > size:
        raise CannotReadSheet("not-a-sheet")
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    return "UTF-8" if is_utf8 else _guess_eight_bit(bytes(sorted(high)), b"\n".join(lines)[: 2 * _CHUNK])


# Everything but C0 controls other than tab, line feed, carriage return and escape-like separators.
_NOT_CONTROL = bytes(sorted({*range(32, 256), 9, 10, 11, 12, 13, 26}))


def _utf16_without_mark(head: bytes) -> str:
    """UTF-16 of Western text has a zero in every second byte; anything else with zeros is no text."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(len(head) // 2, 1)
    if odd > half * 0.6 and even < half * 0.05:
        return "UTF-16LE"
    if even > half * 0.6 and odd < half * 0.05:
        return "UTF-16BE"
    raise CannotReadSheet("not-a-sheet")


def _guess_eight_bit(high: bytes, sample: bytes) -> str:
    best, most = "Windows-1252", -math.inf
    for name in _EIGHT_BIT:
        try:
            letters = high.decode(ENCODINGS[name])
        except UnicodeDecodeError:
            continue
        if any(unicodedata.category(letter) == "Cc" for letter in letters):
            continue
        # The first that is no worse: Windows-1252 wins where nothing speaks against it.
        score = _sense(sample.decode(ENCODINGS[name], "replace"))
        if score > most + 1e-9:
            best, most = name, score
    return best


def _sense(text: str) -> float:
    """How much a decoded text looks like names and addresses: the mean over its non-ASCII characters."""
    total, count = 0.0, 0
    for at, letter in enumerate(text):
        if letter < "\x80":
            continue
        count += 1
        before = text[at - 1] if at else " "
        after = text[at + 1] if at + 1 < len(text) else " "
        total += _USUAL.get(letter, 0.0)
        beside = before.isalpha() + after.isalpha()
        if letter.isalpha():
            total += 0.5 if beside else -0.5
            if letter.isupper() and before.islower():
                total -= 1.5
        elif before.isalpha() and after.isalpha():
            total -= 2.0 if letter not in "’‘·" else 0.0
        elif beside and letter not in "°’‘“”«»ºª™®…–—":
            total -= 0.7
    return total / count if count else 0.0


def separator_line(first_line: str) -> str | None:
    """The separator that a spreadsheet program has written into the first line (``sep=;``), or None."""
    found = _SEPARATOR_LINE.fullmatch(first_line.strip("\r\n\ufeff"))
    return found[1] if found else None


def guess_separator(sample: str) -> str:
    """The separator under which most lines have the same number of columns. `sample` ends with a whole line."""
    scores = {separator: _regularity(sample, separator) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: scores[separator])
    if scores[best] > 0:
        return best
    return next((separator for separator in (",", ";", "\t", "|") if separator not in sample), ",")


def _regularity(sample: str, separator: str) -> float:
    if separator not in sample:
        return 0.0
    widths = [len(row) for row in _first_rows(csv.reader(io.StringIO(sample, newline=""), delimiter=separator)) if row]
    if not widths:
        return 0.0
    width, lines = max(Counter(widths).items(), key=lambda item: (item[1], item[0]))
    return lines / len(widths) * math.log2(width)


def _first_rows(reader: Iterable[list[str]]) -> Iterable[list[str]]:
    try:
        for at, row in enumerate(reader):
            if at == 200:
                return
            yield row
    except csv.Error:
        return
