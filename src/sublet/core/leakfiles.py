"""The texts that are inside a file: what a picture, a PDF or a spreadsheet says besides what it shows.

Only what is needed to read names: no picture is decoded. A broken file gives what could be read of it. PDFs are read by
`pdftexts`.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from sublet.core.pdftexts import MOST_PARTS, MOST_UNPACKED, Part, pdf_texts, readable


def parts_of(data: bytes) -> list[Part]:
    """The parts of a PNG, JPEG, PDF or ZIP (an XLSX is one) that hold text; of anything else the whole as text."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        found = _png(data)
    elif data.startswith(b"\xff\xd8\xff"):
        found = _jpeg(data)
    elif data.startswith(b"%PDF-"):
        found = pdf_texts(data)
    elif data.startswith(b"PK\x03\x04"):
        found = _zip(data)
    else:
        return [("", data[:MOST_UNPACKED].decode(errors="replace"))]
    made: list[Part] = []
    for part in found:
        made.append(part)
        if len(made) == MOST_PARTS:
            break
    return made


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


def _zip(data: bytes) -> Iterator[Part]:
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist()[:MOST_PARTS]:
                with archive.open(name) as member:
                    body = member.read(left)
                left -= len(body)
                yield name, readable(body)
                if left <= 0:
                    return
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return
