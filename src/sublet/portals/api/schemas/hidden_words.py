"""The words that give the vendor away."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.core.vendorwords import LONGEST
from sublet.portals.api.schemas.common import Input, Out, Text, text


class HiddenWord(Out):
    """A word that must not be seen where the vendor is hidden."""

    ref: Annotated[str, text("Of a word that was entered; empty for one that follows from names and hosts.", "")]
    text: Annotated[str, text("", "Example Apps")]
    kind: Annotated[Literal["name", "host", "address", "own"], Meta(description="`own` was entered.")]
    source: Annotated[
        str, text("`account`, `brand`, `sender`, `software`, `host` or `support`; empty for an entered one.", "account")
    ]


class HiddenWordList(Out):
    """All of them."""

    items: list[HiddenWord]


class HiddenWordIn(Input):
    """One word more."""

    text: Annotated[Text, Field(min_length=1, max_length=LONGEST * 4, examples=["Example Apps"])]
