"""An electronic invoice inside a PDF, as Factur-X wants it.

Loading it takes long, since it loads the libraries of PDF and of Factur-X: only where such a file is made.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast

import facturx as library  # type: ignore[import-untyped]  # has no types
from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)

from sublet.billing.documents.electronic import NotElectronic

#: What Factur-X calls the file inside.
FILE_NAME: Final = "factur-x.xml"


def embedded(pdf: bytes, cii: bytes, *, title: str, author: str, at: datetime) -> bytes:
    """A PDF/A-3 with that CII inside, as Factur-X wants it. `pdf` must be PDF/A-3 already: nothing here makes it one.

    Appended as an incremental update: what was there stays, byte for byte. Not by the library, which reads and writes the whole
    file, its own name and the instant of writing with it. Raises NotElectronic (``type``).
    """
    if b"pdfaid:part" not in pdf:
        raise NotElectronic("type")  # something in it has no type: no standard, and nothing that claims to keep one
    reader = PdfReader(io.BytesIO(pdf))
    trailer = reader.trailer
    root = DictionaryObject(cast(DictionaryObject, trailer["/Root"]))
    stamp = TextStringObject(at.strftime("D:%Y%m%d%H%M%S+00'00'"))
    size = int(cast(NumberObject, trailer["/Size"]))
    file = DecodedStreamObject()
    file.set_data(cii)
    packed = file.flate_encode()
    packed[NameObject("/Type")] = NameObject("/EmbeddedFile")
    packed[NameObject("/Subtype")] = NameObject("/text/xml")
    packed[NameObject("/Params")] = _dictionary(
        CheckSum=ByteStringObject(hashlib.md5(cii, usedforsecurity=False).digest()),
        ModDate=stamp,
        Size=NumberObject(len(cii)),
    )
    name, inside, listed = (
        TextStringObject(FILE_NAME),
        IndirectObject(size, 0, reader),
        IndirectObject(size + 1, 0, reader),
    )
    names = DictionaryObject(cast(DictionaryObject, root.get("/Names", DictionaryObject())))
    names[NameObject("/EmbeddedFiles")] = _dictionary(Names=ArrayObject([name, listed]))
    root[NameObject("/Names")] = names
    root[NameObject("/AF")] = ArrayObject([listed])
    said = DecodedStreamObject()
    said.set_data(_metadata(title, author, at))
    said[NameObject("/Type")], said[NameObject("/Subtype")] = NameObject("/Metadata"), NameObject("/XML")
    changed: dict[int, PdfObject] = {
        size: packed,
        size + 1: _dictionary(
            Type=NameObject("/Filespec"), AFRelationship=NameObject("/Alternative"), Desc=TextStringObject("Factur-X"), F=name,
            UF=name, EF=_dictionary(F=inside, UF=inside),
        ),
        root.raw_get("/Metadata").idnum: said,
        trailer.raw_get("/Info").idnum: _dictionary(
            Title=TextStringObject(title), Author=TextStringObject(author), CreationDate=stamp, ModDate=stamp
        ),
        trailer.raw_get("/Root").idnum: root,
    }  # fmt: skip
    return _appended(pdf, reader, changed, mark=hashlib.md5(pdf + cii, usedforsecurity=False).digest())


def _dictionary(**entries: PdfObject) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})


def _appended(pdf: bytes, reader: PdfReader, changed: Mapping[int, PdfObject], *, mark: bytes) -> bytes:
    """The file with these objects in place of those of the same number, or besides (ISO 32000, 7.5.6)."""
    out, places = io.BytesIO(), {}
    out.write(pdf + b"\n")
    for number, thing in sorted(changed.items()):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n" % number)
        thing.write_to_stream(out)
        out.write(b"\nendobj\n")
    table = out.tell()
    out.write(b"xref\n" + b"".join(b"%d 1\n%010d 00000 n\r\n" % pair for pair in places.items()))
    before = int(pdf.rpartition(b"startxref")[2].split()[0])
    known = cast(ArrayObject, reader.trailer["/ID"])
    trailer = _dictionary(
        Size=NumberObject(max(changed) + 1),  # the file inside has the last number
        Root=reader.trailer.raw_get("/Root"),
        Info=reader.trailer.raw_get("/Info"),
        Prev=NumberObject(before),
        ID=ArrayObject([known[0], ByteStringObject(mark)]),
    )
    out.write(b"trailer\n")
    trailer.write_to_stream(out)
    out.write(b"\nstartxref\n%d\n%%%%EOF\n" % table)
    return out.getvalue()


def _metadata(title: str, author: str, at: datetime) -> bytes:
    """The description of the file: what the library writes, but for its names and the time of day."""
    told: bytes = library.generate_xmp_bytes(
        "factur-x", "en16931", None, {"title": title, "author": author, "subject": title}
    )
    for tag, value in (
        (b"pdf:Producer", b"PDF"),
        (b"xmp:CreatorTool", b"PDF"),
        (b"xmp:CreateDate", at.strftime("%Y-%m-%dT%H:%M:%S+00:00").encode()),
        (b"xmp:ModifyDate", at.strftime("%Y-%m-%dT%H:%M:%S+00:00").encode()),
        (b"pdfaid:conformance", b"A"),
    ):
        told = re.sub(b"(<" + tag + b">)[^<]*(?=</)", rb"\g<1>" + value, told)
    return told
