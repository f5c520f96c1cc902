"""The brand's look on a mail: font, corners, ground; nothing that anybody typed becomes a style."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sublet.core.brandfields import CORNERS, FONTS, MAIL_LOOKS
from sublet.messaging import looks
from sublet.messaging.rendering import render_mail
from tests.messaging.test_rendering import BRAND

LAYOUT = Path(looks.__file__).parent / "templates/messaging/layout.mjml"


def html(**fields: str) -> str:
    mail = render_mail(
        template="test-welcome",
        brand=replace(BRAND, **fields),  # type: ignore[arg-type]  # texts all
        language="en",
        context={
            "name": f"border-radius:6px {looks.GROUND}",
            "note": "hello",
            "url": "https://rosa.example/",
            "hours": 3,
        },
        origin="https://rosa.example",
    )
    return mail.html


def test_the_frame_states_what_a_look_changes() -> None:
    frame = LAYOUT.read_text()
    for stated in (
        looks.STACK,
        looks.GROUND,
        f'border-radius="{looks.BUTTON_RADIUS}"',
        f'border-radius="{looks.SHEET_RADIUS}"',
    ):
        assert stated in frame


def test_a_brand_that_says_nothing_changes_nothing() -> None:
    assert html() == html(mail_look="card") == html(mail_look="{{7*7}}", font="url(x)", corners="}")


@pytest.mark.parametrize("corners", CORNERS)
def test_corners_and_font_are_the_brands_and_texts_stay(corners: str) -> None:
    _small, usual, large = CORNERS[corners]
    for font, stack in FONTS.items():
        made = html(corners=corners, font=font)
        assert f"border-radius:{large}px" in made
        assert f"border-radius:{usual}px" in made
        assert stack.replace('"', "'").split(",")[0] in made
        assert f"border-radius:6px {looks.GROUND}" in made  # the name of a person


def test_each_look_has_a_ground_of_its_own() -> None:
    assert set(MAIL_LOOKS) == {"card", "band", "plain"}
    card, band, plain = html(mail_look="card"), html(mail_look="band"), html(mail_look="plain")
    assert len({card, band, plain}) == 3
    assert "background-color:#aa3311" in band.partition("<body")[2][:600]
    assert looks.GROUND not in plain.replace(f"border-radius:6px {looks.GROUND}", "")
