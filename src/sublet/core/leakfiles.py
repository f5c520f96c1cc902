"""The texts that are inside a file: what a picture, a PDF or a spreadsheet says besides what it shows.

Only what is needed to read names: no picture is decoded. A broken file gives what could be read of it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

#: Nothing of a file is unpacked beyond that: a small file must not become a large text.
MOST_UNPACKED = 4 * 1024 * 1024
MOST_PARTS = 200

Part = tuple[str, str]  # in which part of the file, and what is written there


def parts_of(data: bytes) -> list[Part]:
    """The parts of a PNG, JPEG, PDF or ZIP (an XLSX is one) that hold text; of anything else the whole as text."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        found = _png(data)
    elif data.startswith(b"\xff\xd8\xff"):
        found = _jpeg(data)
    elif data.startswith(b"%PDF-"):
        found = _pdf(data)
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


def _readable(data: bytes) -> str:
    """Text in whatever way it was written down: two bytes for each letter, UTF-8, or one byte."""
    if data[:2] in {b"\xfe\xff", b"\xff\xfe"}:
        return data.decode("utf-16", errors="replace")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\x00", "") if "\x00" in text else text


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
            yield f"{kind.decode()} {key.decode('latin-1')[:79]}", _readable(rest)
        elif kind == b"eXIf":
            yield "eXIf", _readable(body)
        elif kind == b"iCCP":
            yield "iCCP", _readable(body.partition(b"\x00")[0])


def _jpeg(data: bytes) -> Iterator[Part]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if kind == 0xDA or size < 2:  # from here on it is the picture
            return
        body = data[at + 4 : at + 2 + size]
        at += 2 + size
        if kind == 0xFE:
            yield "comment", _readable(body)
        elif 0xE1 <= kind <= 0xEF:
            yield f"APP{kind - 0xE0}", _readable(body)


_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_STRING = re.compile(rb"/([A-Za-z]{1,40})\s*(?:\(((?:\\.|[^\\()])*)\)|<([0-9A-Fa-f\s]*)>)", re.DOTALL)


def _pdf(data: bytes) -> Iterator[Part]:
    bodies = [data, *(_inflated(match[1]) for match in list(_STREAM.finditer(data))[:MOST_PARTS])]
    for body in bodies:
        for match in _STRING.finditer(body):
            if match[3] is not None:
                digits = re.sub(rb"\s", b"", match[3])
                raw = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
            else:
                raw = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8) & 255]), match[2])
                raw = re.sub(rb"\\(.)", rb"\1", raw)
            yield f"/{match[1].decode()}", _readable(raw)
    for number, body in enumerate(bodies[1:], 1):
        yield f"stream {number}", _readable(body)
    yield "", _STREAM.sub(b"", data).decode("latin-1")


def _zip(data: bytes) -> Iterator[Part]:
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist()[:MOST_PARTS]:
                with archive.open(name) as member:
                    body = member.read(left)
                left -= len(body)
                yield name, _readable(body)
                if left <= 0:
                    return
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return
