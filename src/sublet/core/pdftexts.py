"""The texts of a PDF: of its pages, what it says about itself, what is attached to it, and what it once said.

pypdf reads what a reader of the file would show; afterwards the bytes are gone through once more, because an older state of
the file, a script or the address of a link stand in no page. Bounds hold for size and for pages, not for time: a file made
to be slow is slow. So whoever reads files of others does it where it can be ended (`proof.files`).
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

Part = tuple[str, str]  # in which part of the file, and what is written there

MOST_PAGES = 200
MOST_PARTS = 200
#: Nothing of a file is unpacked beyond that: a small file must not become a large text.
MOST_UNPACKED = 4 * 1024 * 1024
_MOST_STREAMS = 200

_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_STRING = re.compile(rb"/([A-Za-z]{1,40})\s*(?:\(((?:\\.|[^\\()])*)\)|<([0-9A-Fa-f\s]*)>)", re.DOTALL)


def pdf_texts(data: bytes) -> Iterator[Part]:
    """Each part once, what a person can see or ask for first. A broken file gives what could be read of it."""
    left = MOST_UNPACKED
    seen: set[str] = set()
    count = 0
    for name, text in chain(_guarded(partial(_shown, data)), _guarded(partial(_raw, data))):
        kept = text[:left]
        if not kept.strip() or kept in seen:
            continue
        seen.add(kept)
        yield name, kept
        left -= len(kept)
        count += 1
        if left <= 0 or count == MOST_PARTS:
            return


def _guarded(read: Callable[[], Iterator[Part]]) -> Iterator[Part]:
    """What could be read until a fault. A library that reads what strangers have made fails in any way there is."""
    from pypdf import apply_configuration  # takes long to load, and only a scan reads files

    try:
        with apply_configuration(
            maximum_declared_stream_length=MOST_UNPACKED,
            array_based_stream_maximum_output_length=MOST_UNPACKED,
            zlib_maximum_output_length=MOST_UNPACKED,
            zlib_maximum_recovery_input_length=100_000,
            lzw_maximum_output_length=MOST_UNPACKED,
            run_length_maximum_output_length=MOST_UNPACKED,
            stream_decoding_work_maximum_length=4 * MOST_UNPACKED,
            stream_parsing_work_maximum_count=200_000,
            xmp_maximum_input_length=1_000_000,
            xform_maximum_invocations_per_extraction=200,
            page_tree_maximum_entries=10_000,
            jbig2dec_binary=None,  # no program is started for a picture
        ):
            yield from read()
    except Exception:  # as the sentence above says
        return


def _shown(data: bytes) -> Iterator[Part]:
    from pypdf import PdfReader  # as above

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        reader.decrypt("")  # what opens without a password can be read by anybody
    for read in (_metadata, _xmp, _attachments, _pages):
        yield from _guarded(partial(read, reader))


def _metadata(reader: PdfReader) -> Iterator[Part]:
    for key, value in (reader.metadata or {}).items():
        yield str(key)[:80], str(value)


def _xmp(reader: PdfReader) -> Iterator[Part]:
    found = reader.root_object.get("/Metadata")
    if found is not None:
        yield "XMP", readable(found.get_object().get_data())


def _attachments(reader: PdfReader) -> Iterator[Part]:
    for each in reader.attachment_list:
        yield "attachment", str(each.name)
        yield f"attachment {each.name}"[:110], readable(each.content[:MOST_UNPACKED])


def _pages(reader: PdfReader) -> Iterator[Part]:
    for number, page in enumerate(reader.pages, 1):
        if number > MOST_PAGES:
            return
        yield from _guarded(partial(_page, number, page))


def _page(number: int, page: PageObject) -> Iterator[Part]:
    yield f"page {number}", page.extract_text()


def _raw(data: bytes) -> Iterator[Part]:
    """Strings with a name, and what is left of the file and of its streams without them."""
    for number, body in enumerate(_bodies(data)):
        for match in _STRING.finditer(body):
            if match[3] is not None:
                digits = re.sub(rb"\s", b"", match[3])
                raw = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
            else:
                raw = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8) & 255]), match[2])
                raw = re.sub(rb"\\(.)", rb"\1", raw)
            yield f"/{match[1].decode()}", readable(raw)
        rest = _STRING.sub(b" ", body)
        yield (f"stream {number}", readable(rest)) if number else ("", rest.decode("latin-1"))


def _bodies(data: bytes) -> Iterator[bytes]:
    yield _STREAM.sub(b"", data)
    for number, match in enumerate(_STREAM.finditer(data)):
        if number == _MOST_STREAMS:
            return
        body = _inflated(match[1])
        # Fonts and pictures are no texts: what comes out of them are letters by accident.
        yield body if body and b"\x00\x00\x00" not in body[:4096] else b""


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MOST_UNPACKED)
    except zlib.error:
        return b""


def readable(data: bytes) -> str:
    """Text in whatever way it was written down: two bytes for each letter, UTF-8, or one byte."""
    if data[:2] in {b"\xfe\xff", b"\xff\xfe"}:
        return data.decode("utf-16", errors="replace")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\x00", "") if "\x00" in text else text
