"""Whether a zipped workbook may be opened: everything in it is unpacked once, counted, and thrown away.

The sizes in a zip directory are claims. They are not read here; what comes out is counted, and two parts that share bytes
(how ten kilobytes become petabytes) are refused.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import BinaryIO

from sublet.foundation.sheets.refusals import CannotReadSheet, Limits

ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# The first record of a workbook of the old format (20 bytes long), and those that may come second.
_BIFF8_START = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_PROTECTED, _RESERVED = b"\x2f\x00", b"\x86\x00"
_CHUNK = 1 << 16
_LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".bmp", ".tif", ".tiff", ".bin", ".ttf", ".odttf", ".pdf")
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype", b"<!entity")
_LONGEST = max(map(len, _FORBIDDEN)) - 1


def zip_kind(stream: BinaryIO, limits: Limits) -> str:
    """``xlsx`` or ``ods``, after unpacking every part under the limits. Raises CannotReadSheet for anything else."""
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, EOFError, OSError):
        raise CannotReadSheet("broken") from None
    if len(parts) > limits.parts:
        raise CannotReadSheet("zip-bomb")
    names = {part.filename for part in parts}
    if any(name.endswith(".iwa") or name == "Index.zip" for name in names):
        raise CannotReadSheet("apple-numbers")
    if any(part.flag_bits & 1 for part in parts):
        raise CannotReadSheet("encrypted")
    size = stream.seek(0, 2)
    room, end = limits.unpacked_bytes, 0
    small: dict[str, bytes] = {}
    for part in sorted(parts, key=lambda part: part.header_offset):
        if part.header_offset < end:
            raise CannotReadSheet("zip-bomb")
        unpacked, end = _unpack(stream, part, size=size, room=room, keep=small)
        room -= unpacked
    if "[Content_Types].xml" in names and any(name.startswith("xl/workbook") for name in names):
        return "xlsx"
    if (
        small.get("mimetype", b"").startswith(b"application/vnd.oasis.opendocument.spreadsheet")
        and "content.xml" in names
    ):
        if b"encryption-data" in small.get("META-INF/manifest.xml", b""):
            raise CannotReadSheet("encrypted")
        return "ods"
    raise CannotReadSheet("not-a-sheet")


def _unpack(
    stream: BinaryIO, part: zipfile.ZipInfo, *, size: int, room: int, keep: dict[str, bytes]
) -> tuple[int, int]:
    """Unpack one part; returns how many bytes came out and where its packed bytes end."""
    stream.seek(part.header_offset)
    header = stream.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or header[:4] != ZIP_MARK:
        raise CannotReadSheet("broken")
    *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    start = part.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    end = start + part.compress_size
    if end > size or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise CannotReadSheet("broken")
    stream.seek(start)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if part.compress_type == zipfile.ZIP_DEFLATED else None
    is_text = not part.filename.lower().endswith(_PICTURES)
    kept = keep.setdefault(part.filename, b"") if part.filename in ("mimetype", "META-INF/manifest.xml") else None
    left, out, tail = part.compress_size, 0, b""
    while left or (inflate is not None and inflate.unconsumed_tail):
        packed = inflate.unconsumed_tail if inflate is not None else b""
        if not packed:
            packed = stream.read(min(_CHUNK, left))
            left -= len(packed)
            if not packed:
                raise CannotReadSheet("broken")
        try:
            piece = packed if inflate is None else inflate.decompress(packed, 4 * _CHUNK)
        except zlib.error:
            raise CannotReadSheet("broken") from None
        out += len(piece)
        if out > room:
            raise CannotReadSheet("zip-bomb")
        if is_text:
            tail += piece
            if any(word in tail for word in _FORBIDDEN):
                raise CannotReadSheet("unsafe-xml")
            tail = tail[-_LONGEST:]
        if kept is not None and len(kept) < _CHUNK:
            kept = keep[part.filename] = kept + piece[:_CHUNK]
        if inflate is not None and inflate.eof:
            break
    return out, end


def ole_kind(content: bytes) -> str:
    """``xls`` for a workbook of the old format. Raises CannotReadSheet for an encrypted one and for other documents."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise CannotReadSheet("encrypted")
    start = content.find(_BIFF8_START)
    # A file that is only reserved for writing says so in one empty record before.
    second = start + (24 if content[start + 20 : start + 22] == _RESERVED else 20)
    if start >= 0 and content[second : second + 2] == _PROTECTED:
        raise CannotReadSheet("encrypted")
    if "Workbook".encode("utf-16-le") in content or "Book\0".encode("utf-16-le") in content:
        return "xls"
    raise CannotReadSheet("not-a-sheet")
