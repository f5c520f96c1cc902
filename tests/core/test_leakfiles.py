"""What is written inside pictures, PDFs and spreadsheets is read; broken ones break nothing."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from sublet.core.leakfiles import MOST_UNPACKED, parts_of

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
    hidden = zlib.compress(b"<x:creator>Appfold</x:creator>")
    return (
        b"%PDF-1.7\n1 0 obj <</Producer " + producer + b">> endobj\n2 0 obj <<>>\nstream\n" + hidden + b"\nendstream\n"
    )


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


def test_anything_else_is_a_text() -> None:
    assert parts_of(SAID.encode()) == [("", SAID)]


@given(
    st.sampled_from([png(), jpeg(), pdf(b"(x)"), b"PK\x03\x04", b"\x89PNG\r\n\x1a\n"]),
    st.binary(max_size=80),
    st.integers(0, 400),
)
def test_a_broken_file_breaks_nothing(file: bytes, rubbish: bytes, cut: int) -> None:
    for _name, text in parts_of(file[:cut] + rubbish + file[cut + len(rubbish) :]):
        assert isinstance(text, str)
