"""What the API says of the host product's applications."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from sublet.portals.api.schemas.common import Input, Maybe, Out, Text, instant, ref, text

_BACK = "https://{host}/app/callback"
Addresses = list[Annotated[Text, Field(max_length=500, examples=[_BACK])]]


class Application(Out):
    """A program of the host product at which people sign on. Its secret is shown once, when it is made."""

    ref: Annotated[str, ref("app", "Never changes; the client ID of OpenID Connect.")]
    name: Annotated[str, text("", "Planner")]
    redirect_addresses: Annotated[list[str], text("Address templates, matched character by character.")]
    logout_addresses: Annotated[list[str], text("Where people may be sent after logging out.")]
    login_address: Annotated[str, text("Where a sign-on begins when a section is opened; or empty.", _BACK)]
    notice_address: Annotated[str, text("Back-channel log-out; or empty.", "https://{host}/app/logged-out")]
    created_by: Annotated[str, text("", "Vera Voss")]
    created_at: Annotated[datetime, instant("")]
    last_used_at: Maybe


class ApplicationList(Out):
    """The vendor's applications, by name."""

    items: list[Application]


class ApplicationSecret(Out):
    """The secret of an application."""

    ref: Annotated[str, ref("app", "Never changes; the client ID of OpenID Connect.")]
    name: Annotated[str, text("", "Planner")]
    secret: Annotated[str, text("Shown now and never again.", "as_…")]


class ApplicationIn(Input):
    """An application. In addresses ``{host}`` stands for the host at which somebody signs on."""

    name: Annotated[Text, Field(min_length=1, max_length=80, examples=["Planner"], pattern=r"\S")]
    redirect_addresses: Annotated[Addresses, Field(min_length=1, max_length=20, examples=[[_BACK]])]
    logout_addresses: Annotated[Addresses, Field(max_length=20)] = []
    login_address: Annotated[Text, Field(max_length=500)] = ""
    notice_address: Annotated[Text, Field(max_length=500)] = ""
