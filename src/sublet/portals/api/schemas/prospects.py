"""What comes in about an account that is shown to a prospect."""

from __future__ import annotations

import base64
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from sublet.portals.api.schemas.accounts_in import Name
from sublet.portals.api.schemas.common import Day, Email, Input, RefIn, Text, fault


def _decoded(value: object) -> bytes:
    if not isinstance(value, str):
        raise fault("string_type")
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise fault("string_pattern_mismatch") from None


#: A file within a body of JSON.
FileIn = Annotated[bytes, BeforeValidator(_decoded), WithJsonSchema({"type": "string", "contentEncoding": "base64"})]


class ProspectIn(Input):
    """An account to show to somebody who is no client yet."""

    name: Name
    until: Annotated[
        Day | None,
        Field(description="The last day, on your own clock: at most a year from now. Left out: in two weeks."),
    ] = None
    email: Annotated[
        Email,
        Field(description="Nobody is written to. The free trial is remembered by it where the plan says so."),
    ] = ""
    template: Annotated[
        RefIn, Field(description="Reference of a settings template that it begins by and follows.", examples=[""])
    ] = ""
    color: Annotated[
        Text,
        Field(
            max_length=20,
            examples=["#0f766e"],
            description="Takes `brand:manage`. Left out: one of the logo that reads well.",
        ),
    ] = ""
    logo: Annotated[
        FileIn | None,
        Field(
            description="A picture of at most 5 MB (PNG, JPEG, WebP or GIF), in base64. Takes `brand:manage`.",
            examples=[None],
        ),
    ] = None
