"""What the host product tells the API of changes made in it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from sublet.core.reports import LONGEST_PLACE, LONGEST_TEXT
from sublet.portals.api.schemas.common import Input, Out, Text, instant, text

_TOLD = "Theme color: #8a1538 → #1f5c7a"
_PLACE = "/design/colors"


class ProductChangeIn(Input):
    """Something that somebody has just changed in the product."""

    section: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=60,
            examples=["design"],
            description="Key of a section of the product. Whoever is signed on must have `manage` there.",
        ),
    ]
    text: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=LONGEST_TEXT,
            examples=[_TOLD],
            description="What was changed, in one line of plain text, in the language of the account. Shown as your words.",
        ),
    ]
    place: Annotated[
        Text,
        Field(
            max_length=LONGEST_PLACE,
            examples=[_PLACE],
            description="Path inside the product, such as `/design/colors`; shown as text.",
        ),
    ] = ""


class ProductChange(Out):
    """What stands in the journal now."""

    entry: Annotated[str, text("Id of the journal entry.", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b")]
    at: Annotated[datetime, instant("")]
    section: Annotated[str, text("Key of the section.", "design")]
    text: Annotated[str, text("", _TOLD)]
    place: Annotated[str, text("Or empty.", _PLACE)]
