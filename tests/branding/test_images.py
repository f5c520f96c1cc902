"""Uploads: whatever comes in, only a small PNG of ours comes out, or a refusal with a reason."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import tempfile

import pytest
from PIL import Image

from sublet.branding.images import (
    MOST_BYTES,
    SIZES,
    MadeImage,
    NotAnImage,
    as_ico,
    icon_at,
    letter_icon,
    make_image,
)
from tests.branding import pictures

SLOTS = sorted(SIZES)
FORMAT = {"image/png": "PNG", "image/jpeg": "JPEG"}
#: How each begins: as we write it, and not as it came.
BEGINS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF"}


def opened(made: MadeImage) -> Image.Image:
    return Image.open(io.BytesIO(made.data), formats=(FORMAT[made.media_type],))


def refusal(data: bytes, slot: str = "logo") -> str:
    with pytest.raises(NotAnImage) as fault:
        make_image(data, slot=slot)
    return fault.value.code


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_comes_out_as_ours_within_its_slot(form: str, slot: str) -> None:
    made = make_image(pictures.encoded(Image.new("RGB", (2000, 1500), "#3355cc"), form), slot=slot)
    picture = opened(made)
    assert picture.format == ("JPEG" if slot == "login_picture" else "PNG")
    assert picture.size == (made.width, made.height)
    assert picture.width <= SIZES[slot][0]
    assert picture.height <= SIZES[slot][1]
    assert slot != "icon" or picture.width == picture.height


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_pixel_can_be_read(mode: str) -> None:
    form = {"CMYK": "JPEG", "PA": "GIF"}.get(mode, "PNG")
    source = Image.new("P" if mode == "PA" else mode, (90, 45))
    made = make_image(pictures.encoded(source, form), slot="logo")
    assert opened(made).size == (90, 45)


def test_a_gray_picture_of_sixteen_bits_keeps_its_light() -> None:
    made = make_image(pictures.encoded(Image.new("I;16", (50, 50), 32_896)), slot="logo")
    assert opened(made).convert("RGB").getpixel((20, 20)) == (128, 128, 128)


def test_the_same_picture_gives_the_same_digest() -> None:
    assert make_image(pictures.png(), slot="logo") == make_image(pictures.png(), slot="logo")


def test_a_transparent_ground_stays_transparent() -> None:
    source = Image.new("RGBA", (100, 50), (0, 0, 0, 0))
    assert opened(make_image(pictures.encoded(source), slot="icon")).convert("RGBA").getpixel((50, 50)) == (0, 0, 0, 0)


@pytest.mark.parametrize("slot", ["logo", "login_picture"])
def test_the_place_where_a_photograph_was_taken_is_gone_and_it_stands_upright(slot: str) -> None:
    source = pictures.photograph_with_gps()
    assert b"taken at home" in source
    made = make_image(source, slot=slot)
    assert (made.width, made.height) == (60, 120)
    for word in (b"GPS", b"Exif", b"eXIf", b"taken", b"Rosa", b"tEXt", b"iTXt", b"zTXt", b"iCCP"):
        assert word not in made.data
    assert opened(made).info.get("exif") is None


def test_only_the_first_picture_of_an_animation_is_kept() -> None:
    picture = opened(make_image(pictures.animation(), slot="icon"))
    assert getattr(picture, "n_frames", 1) == 1
    assert picture.convert("RGB").getpixel((30, 30)) == (255, 0, 0)


@pytest.mark.parametrize("name", sorted(pictures.NOT_PICTURES))
def test_what_is_no_picture_is_refused(name: str) -> None:
    assert refusal(pictures.NOT_PICTURES[name]) in {"not-an-image", "too-many-pixels"}


def test_files_of_no_size_or_too_much_are_refused() -> None:
    assert refusal(b"") == "empty"
    assert refusal(pictures.png() + b"\x00" * MOST_BYTES) == "too-large"
    assert refusal(pictures.png(20, 20), "icon") == "too-small"


def test_bombs_are_refused_before_they_go_off() -> None:
    assert refusal(pictures.bomb()) == "too-many-pixels"
    assert refusal(pictures.bomb(24_000_001, 1)) == "too-many-pixels"
    assert refusal(pictures.text_bomb()) == "not-an-image"


def test_a_picture_with_a_program_behind_it_comes_out_without_the_program() -> None:
    for tail in (b"<script>alert(1)</script>", b"<?php system(1);", b"PK\x03\x04evil", pictures.SVG):
        made = make_image(pictures.png() + tail, slot="logo")
        assert tail not in made.data
        assert b"script" not in made.data
    hidden = pictures.encoded(Image.new("RGB", (50, 50)), "JPEG", comment=b"*/=1;alert(1)/*")
    assert b"alert" not in make_image(hidden, slot="logo").data


def test_two_thousand_damaged_files_are_refused_or_encoded_anew() -> None:
    """Bytes turned, cut out, doubled and mixed: never anything but a picture of ours or our refusal."""
    luck = random.Random(20260302)
    noise = Image.frombytes("RGB", (48, 32), luck.randbytes(48 * 32 * 3))
    seeds = [pictures.encoded(noise, form) for form in ("PNG", "JPEG", "WEBP", "GIF")]
    seeds += [pictures.encoded(noise.convert(mode)) for mode in ("P", "LA", "1")] + [pictures.animation()]
    outcomes = {"made": 0, "refused": 0}
    for number in range(2000):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(luck.randint(1, 12)):
            at = luck.randrange(len(data))
            match luck.randrange(5):
                case 0:
                    data[at] ^= 1 << luck.randrange(8)
                case 1:
                    data[at] = luck.choice((0, 1, 127, 128, 255))
                case 2:
                    del data[at : at + luck.randint(1, 40)]
                case 3:
                    data[at:at] = data[at : at + luck.randint(1, 40)]
                case _:
                    data[at : at + 4] = luck.randbytes(4)
            if not data:
                break
        if luck.randrange(4) == 0:
            del data[luck.randrange(len(data) + 1) :]
        try:
            made = make_image(bytes(data), slot=SLOTS[number % len(SLOTS)])
        except NotAnImage:
            outcomes["refused"] += 1
        else:
            outcomes["made"] += 1
            assert made.data.startswith(BEGINS[made.media_type])
            opened(made).verify()
    assert sum(outcomes.values()) == 2000
    assert min(outcomes.values()) > 50  # otherwise one of the two was not tested


def test_the_largest_picture_that_is_taken_needs_little_memory() -> None:
    """24 megapixels with an alpha channel, in a process of its own: its greatest size is measured, not guessed."""
    program = (
        "import re, sys\n"
        "from sublet.branding.images import make_image\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "made = make_image(data, slot='logo')\n"
        # Not getrusage: that remembers the process of the tests, from which this one was forked.
        "most = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]\n"
        "print(made.width, made.height, int(most) // 1024)\n"
    )
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(pictures.encoded(Image.new("RGBA", (6000, 4000), (10, 20, 30, 255))))
        file.flush()
        told = subprocess.run([sys.executable, "-c", program, file.name], capture_output=True, text=True, check=True)
    width, height, megabytes = map(int, told.stdout.split())
    assert (width, height) == (300, 200)
    assert megabytes <= 256


def test_an_icon_is_made_for_each_size_and_as_a_windows_icon() -> None:
    made = make_image(pictures.png(100, 60), slot="icon")
    small = icon_at(made.data, size=48)
    assert Image.open(io.BytesIO(small)).size == (48, 48)
    assert Image.open(io.BytesIO(as_ico(small)), formats=("ICO",)).size == (48, 48)


@pytest.mark.parametrize("name", ["Rosa Web Studio", "", "日本", "!!!", "ß", "élan", "🍕 Pizza", "\u202eevil"])
def test_a_brand_without_an_icon_gets_its_letter(name: str) -> None:
    picture = Image.open(io.BytesIO(letter_icon(name, color="#3355cc", size=64)))
    assert picture.size == (64, 64)
    assert picture.convert("RGB").getpixel((32, 4)) == (0x33, 0x55, 0xCC)


def test_a_letter_that_the_type_does_not_have_is_drawn_without_its_mark_or_not_at_all() -> None:
    def drawn(name: str) -> bytes:
        return letter_icon(name, color="#3355cc", size=32)

    assert drawn("Élan") == drawn("Elan")
    assert drawn("Жар") == drawn("日本") == drawn("")
