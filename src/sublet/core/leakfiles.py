"""The texts that are inside a file: what a picture, a PDF or a spreadsheet says besides what it shows.

Only what is needed to read names: no picture is decoded. A broken file gives what could be read of it. PDFs are read by
`pdftexts`.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice

from sublet.core.pdftexts import MOST_PARTS, MOST_UNPACKED, Part, pdf_texts, readable


def parts_of(data: bytes) -> list[Part]:
    """The parts of a PNG, JPEG, GIF, WebP, PDF or ZIP (an XLSX is one) that hold text; of anything else the whole as text."""
    return parts_read(data)[0]


def parts_read(data: bytes) -> tuple[list[Part], bool]:
    """The same, and whether that is all of it: it is not of an archive that is broken, locked or too large."""
    if data.startswith(b"PK\x03\x04"):
        return _zip(data)
    return list(islice(_parts_of(data), MOST_PARTS)), True


def _parts_of(data: bytes) -> Iterator[Part]:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(b"GIF8"):
        return _gif(data)
    if data.startswith(b"RIFF"):
        return _webp(data) if data[8:12] == b"WEBP" else iter(())  # sound, or a film
    if data.startswith(b"%PDF-"):
        return pdf_texts(data)
    return iter([("", data[:MOST_UNPACKED].decode(errors="replace"))])


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MOST_UNPACKED)
    except zlib.error:
        return b""


def _png(data: bytes) -> Iterator[Part]:
    at = 8
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + size]
        at += 12 + size
        if kind in {b"tEXt", b"zTXt", b"iTXt"}:
            key, _, rest = body.partition(b"\x00")
            if kind == b"zTXt":
                rest = _inflated(rest[1:])
            elif kind == b"iTXt":
                packed = rest[:1] == b"\x01"
                _language, _, behind = rest[2:].partition(b"\x00")
                _translated, _, text = behind.partition(b"\x00")
                rest = _inflated(text) if packed else text
            yield f"{kind.decode()} {key.decode('latin-1')[:79]}", readable(rest)
        elif kind == b"eXIf":
            yield "eXIf", readable(body)
        elif kind == b"iCCP":
            yield "iCCP", readable(body.partition(b"\x00")[0])


def _jpeg(data: bytes) -> Iterator[Part]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if kind == 0xDA or size < 2:  # from here on it is the picture
            return
        body = data[at + 4 : at + 2 + size]
        at += 2 + size
        if kind == 0xFE:
            yield "comment", readable(body)
        elif 0xE1 <= kind <= 0xEF:
            yield f"APP{kind - 0xE0}", readable(body)


def _webp(data: bytes) -> Iterator[Part]:
    at = 12
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind in {b"EXIF", b"XMP "}:
            yield kind.decode().strip(), readable(data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2


def _gif(data: bytes) -> Iterator[Part]:
    at = 13 + _colors(data[10:11])
    while at + 2 <= len(data):
        kind, label = data[at], data[at + 1]
        if kind == 0x2C:  # a picture: its place and size, its colors, then its data
            at += 10 + _colors(data[at + 9 : at + 10]) + 1
        elif kind == 0x21:
            at += 2
        else:
            return
        begin = at
        while at < len(data) and data[at]:
            at += 1 + data[at]
        if kind == 0x21 and label in {0xFE, 0xFF}:
            # With the lengths between its pieces, of which some stand within a text that takes no notice of them.
            yield ("comment" if label == 0xFE else "application"), readable(data[begin + 1 : at])
        at += 1


def _colors(flags: bytes) -> int:
    """How many bytes a table of colors has."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _zip(data: bytes) -> tuple[list[Part], bool]:
    left, made = MOST_UNPACKED, list[Part]()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            for name in names[:MOST_PARTS]:
                with archive.open(name) as member:
                    body = member.read(left + 1)
                made.append((name, readable(body[:left])))
                left -= len(body)
                if left < 0:
                    return made, False
            return made, len(names) <= MOST_PARTS
    except Exception:  # a library that unpacks what strangers have made fails in any way there is
        return made, False
