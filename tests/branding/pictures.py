"""Pictures for tests, good and hostile, made here."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def png(width: int = 80, height: int = 40, color: str = "#3355cc") -> bytes:
    return encoded(Image.new("RGB", (width, height), color))


def photograph_with_gps() -> bytes:
    """A JPEG that says where it was taken, and that it must be turned by a quarter."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home by Rosa"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (41.0, 53.0, 24.0)
    return encoded(Image.new("RGB", (120, 60), "#aa3311"), "JPEG", exif=exif, comment=b"GPS 41.89 12.49")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_head(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """Some kilobytes that claim to be two and a half billion pixels."""
    row = zlib.compress(b"\x00" * 3_000_000, 9)
    return png_head(width, height) + chunk(b"IDAT", row) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A small picture with a text that unpacks to hundreds of megabytes."""
    packed = zlib.compress(b"A" * 80_000_000, 9)
    return (
        png_head(40, 40)
        + chunk(b"zTXt", b"Comment\x00\x00" + packed)
        + chunk(b"IDAT", zlib.compress(b"\x00" * (121 * 40)))
        + chunk(b"IEND", b"")
    )


def animation() -> bytes:
    frames = [Image.new("RGB", (64, 64), color) for color in ("#ff0000", "#00ff00", "#0000ff")]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)


SVG = (
    b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script><text>&x;</text></svg>'
)
#: What is no picture at all, whatever it is called.
NOT_PICTURES = {
    "svg": SVG,
    "svg behind spaces": b"\xef\xbb\xbf  \n" + SVG,
    "html": b"<!doctype html><script>alert(1)</script>",
    "php": b"<?php system($_GET[0]);",
    "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj",
    "zip": b"PK\x03\x04" + b"\x00" * 60,
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n/Times findfont",
    "windows icon": b"\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00",
    "tiff": b"II*\x00\x08\x00\x00\x00" + b"\x00" * 30,
    "bitmap": b"BM" + b"\x00" * 60,
    "only a head": png_head(20, 20),
    "a head of zeros": png_head(0, 0) + chunk(b"IEND", b""),
    "gif head": b"GIF89a\x01\x00\x01\x00\x80\x00\x00",
    "jpeg head": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "webp head": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "zero bytes inside": b"\x00" * 5000,
    "text": "Ünïcödé".encode(),
}
