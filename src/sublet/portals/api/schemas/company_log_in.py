"""The company log-in of an account."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Input, Maybe, Out, Text, Truth, number, text

SecondFactorWord = Literal["never", "said", "always"]


class CompanyLogInOut(Out):
    """How the account’s people log in by its own identity provider. The secret never leaves."""

    issuer: Annotated[str, text("Empty: there is none.", "https://login.bella-napoli.example")]
    client_id: Annotated[str, text("", "agency-portal")]
    has_secret: Annotated[bool, Meta(description="Whether a client secret is kept.")]
    domains: Annotated[list[str], Meta(examples=[["bella-napoli.example"]])]
    second_factor: Annotated[SecondFactorWord, Meta(description="When it counts as a second factor.")]
    on: bool
    only: Annotated[bool, Meta(description="Nothing else opens the account, except for its owner.")]
    found_at: Annotated[Maybe, Meta(description="When the provider last told about itself.")]
    linked: Annotated[int, number("People who have come in by it.", 3)]
    people: Annotated[int, number("People on the team.", 4)]


class CompanyLogInIn(Input):
    """How it is to be."""

    issuer: Annotated[Text, Field(min_length=1, max_length=500, examples=["https://login.bella-napoli.example"])]
    client_id: Annotated[Text, Field(min_length=1, max_length=255, examples=["agency-portal"])]
    client_secret: Annotated[
        Text | None, Field(max_length=1000, description="Left out or null: as it is. Empty: none.", examples=["s3cr3t"])
    ] = None
    domains: Annotated[
        list[Annotated[Text, Field(max_length=253)]], Field(max_length=20, examples=[["bella-napoli.example"]])
    ] = []
    second_factor: SecondFactorWord = "never"
    on: Truth = False
    only: Truth = False
