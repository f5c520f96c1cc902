"""What is written inside pictures, PDFs and spreadsheets is read; broken ones break nothing."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from sublet.core.leakfiles import parts_of, parts_read
from sublet.core.pdftexts import MOST_UNPACKED

SAID = "Made with Appfold Société"


def png(*, packed: bool = False, international: bool = False) -> bytes:
    info = PngImagePlugin.PngInfo()
    (info.add_itxt if international else info.add_text)("Software", SAID, zip=packed)
    into = io.BytesIO()
    Image.new("RGB", (4, 4)).save(into, "PNG", pnginfo=info)
    return into.getvalue()


def jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0131] = "Made with Appfold"
    into = io.BytesIO()
    Image.new("RGB", (4, 4)).save(into, "JPEG", exif=exif, comment=SAID.encode())
    return into.getvalue()


def pdf(producer: bytes) -> bytes:
    """What no reader of PDFs would open: without pages, without a table of its objects."""
    hidden = zlib.compress(b"<x:creator>Appfold</x:creator>")
    return (
        b"%PDF-1.7\n1 0 obj <</Producer " + producer + b">> endobj\n2 0 obj <<>>\nstream\n" + hidden + b"\nendstream\n"
    )


def whole_pdf(*, password: str | None = None) -> bytes:
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    font = DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
                             NameObject("/BaseFont"): NameObject("/Helvetica")})  # fmt: skip
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    written = DecodedStreamObject()
    # The word in pieces, as programs that set type write it.
    written.set_data(b"BT /F1 12 Tf 20 100 Td [(Made by App) 12 (fold)] TJ ET")
    page[NameObject("/Contents")] = writer._add_object(written.flate_encode())
    writer.add_metadata({"/Producer": "Appfold Writer", "/Title": "Figures"})
    writer.add_attachment("appfold.txt", b"attached by Appfold")
    xmp = DecodedStreamObject()
    xmp.set_data(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>by Appfold</x:xmpmeta>")
    writer.root_object[NameObject("/Metadata")] = writer._add_object(xmp)
    if password is not None:
        writer.encrypt(password, "owner", algorithm="AES-256")
    into = io.BytesIO()
    writer.write(into)
    return into.getvalue()


@pytest.mark.parametrize("password", [None, ""])
def test_the_texts_of_a_pdf(password: str | None) -> None:
    parts = parts_of(whole_pdf(password=password))
    assert parts[:6] == [
        ("/Producer", "Appfold Writer"),
        ("/Title", "Figures"),
        ("XMP", "<x:xmpmeta xmlns:x='adobe:ns:meta/'>by Appfold</x:xmpmeta>"),
        ("attachment", "appfold.txt"),
        ("attachment appfold.txt", "attached by Appfold"),
        ("page 1", "Made by Appfold"),
    ]


def test_a_pdf_that_needs_a_password_keeps_its_secrets_and_its_reader_alive() -> None:
    assert "Appfold" not in str(parts_of(whole_pdf(password="secret")))


def test_a_small_pdf_does_not_become_a_large_text() -> None:
    bomb = b"1 0 obj <</Filter /FlateDecode>>\nstream\n" + zlib.compress(b"\n" * (4 * MOST_UNPACKED)) + b"\nendstream\n"
    assert sum(len(text) for _name, text in parts_of(b"%PDF-1.7\n" + bomb * 3)) <= MOST_UNPACKED


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("international", [False, True])
def test_the_texts_of_a_png(packed: bool, international: bool) -> None:
    parts = dict(parts_of(png(packed=packed, international=international)))
    assert list(parts.values()) == [SAID]
    assert next(iter(parts)).endswith(" Software")


def test_the_texts_of_a_jpeg() -> None:
    parts = dict(parts_of(jpeg()))
    assert parts["comment"] == SAID
    assert "Made with Appfold" in parts["APP1"]


@pytest.mark.parametrize(
    "written", [b"(Appfold \\(1\\))", b"<" + "\ufeffAppfold".encode("utf-16-be").hex().encode() + b">"]
)
def test_the_metadata_of_a_pdf(written: bytes) -> None:
    parts = parts_of(pdf(written))
    assert parts[0][0] == "/Producer"
    assert parts[0][1].lstrip("\ufeff").startswith("Appfold")
    assert ("stream 1", "<x:creator>Appfold</x:creator>") in parts


def test_the_parts_of_a_spreadsheet_up_to_a_bound() -> None:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/app.xml", f"<Application>{SAID}</Application>")
        archive.writestr("bomb.xml", b" " * (3 * MOST_UNPACKED))
        archive.writestr("never.xml", "beyond")
    parts = dict(parts_of(into.getvalue()))
    assert parts["docProps/app.xml"] == f"<Application>{SAID}</Application>"
    assert sum(map(len, parts.values())) <= MOST_UNPACKED + 100
    assert "never.xml" not in parts


def test_an_archive_that_is_broken_locked_or_cut_is_not_whole() -> None:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("one.xml", SAID)
    good = into.getvalue()
    assert parts_read(good) == ([("one.xml", SAID)], True)
    assert parts_read(good[:-30]) == ([], False)
    locked = good.replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01").replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    )
    assert locked != good
    assert parts_read(locked) == ([], False)
    large = io.BytesIO()
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.xml", b" " * (MOST_UNPACKED + 1))
    assert parts_read(large.getvalue())[1] is False


@pytest.mark.parametrize("kind", ["WEBP", "GIF"])
def test_the_texts_of_pictures_for_the_web(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0131] = "Made with Appfold"
    told = {"exif": exif, "xmp": b"<x:xmpmeta>Appfold</x:xmpmeta>"} if kind == "WEBP" else {"comment": b"Appfold"}
    into = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(into, kind, **told)
    parts = dict(parts_of(into.getvalue()))
    assert set(parts) == ({"EXIF", "XMP"} if kind == "WEBP" else {"comment"})
    assert all("Appfold" in text for text in parts.values())


def test_anything_else_is_a_text() -> None:
    assert parts_of(SAID.encode()) == [("", SAID)]


def packed(how: int) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", how) as archive:
        archive.writestr("one.xml", SAID * 20)
    return into.getvalue()


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_no_damage_to_an_archive_ends_its_reader(how: int) -> None:
    """However it is packed: one byte changed at each place. A scan must not break off at a file that somebody has put there."""
    good = packed(how)
    assert parts_read(good) == ([("one.xml", SAID * 20)], True)
    outcomes = {parts_read(good[:at] + bytes([good[at] ^ 255]) + good[at + 1 :])[1] for at in range(4, len(good))}
    assert False in outcomes


WHOLE = whole_pdf()


@given(
    st.sampled_from(
        [png(), jpeg(), pdf(b"(x)"), WHOLE, b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(9), b"RIFF    WEBP"]
    ),
    st.binary(max_size=80),
    st.integers(0, 1500),
)
def test_a_broken_file_breaks_nothing(file: bytes, rubbish: bytes, cut: int) -> None:
    for _name, text in parts_of(file[:cut] + rubbish + file[cut + len(rubbish) :]):
        assert isinstance(text, str)
