"""Webhooks and what was sent to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import (
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    Previous,
    Text,
    Truth,
    When,
    instant,
    number,
    ref,
    text,
)


class Webhook(Out):
    """An address that hears of what happens. Its secret is shown once, when it is made."""

    ref: Annotated[str, ref("hook", "Never changes.")]
    name: Annotated[str, text("", "Accounting")]
    url: Annotated[str, text("", "https://accounting.example/events")]
    groups: Annotated[list[str], Meta(description="Groups of events; empty: everything.", examples=[["accounts"]])]
    state: Literal["on", "failing", "off"]
    off_reason: Annotated[Literal["", "person", "failing", "gone"], Meta(description="Why it is off.")]
    off_at: Maybe
    failing_since: Maybe
    last_success_at: Maybe
    old_secret_until: Maybe
    created_at: Annotated[datetime, instant("")]
    created_by: Annotated[str, text("", "Rosa Ricci")]
    reaches_all: bool
    reach_count: Annotated[int, number("Otherwise: of how many clients it hears.", 0)]


class WebhookList(Out):
    """The webhooks of the account, newest first; there are at most twenty."""

    items: list[Webhook]


class NewWebhook(Out):
    """A webhook that was made, or given a new secret."""

    ref: Annotated[str, ref("hook", "Never changes.")]
    name: Annotated[str, text("", "Accounting")]
    secret: Annotated[str, text("Shown now and never again.", "whsec_…")]


class Delivery(Out):
    """What became of one event."""

    id: Annotated[str, text("", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b")]
    webhook_id: Annotated[
        str, text("The header `webhook-id`: the event's own.", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5c")
    ]
    event: Annotated[str, text("", "client.created")]
    state: Literal["waiting", "done", "failed"]
    created_at: Annotated[datetime, instant("")]
    next_at: Maybe
    attempts: Annotated[int, number("", 1)]
    last_at: Maybe
    code: Annotated[int, Meta(description="Status of the last answer.", examples=[200])] | None
    duration_ms: Annotated[int, Meta(description="How long the last attempt took.", examples=[84])] | None
    answer: Annotated[str, text("The first kilobyte of the last answer.", "ok")]
    error: Annotated[str, text("Why there was no answer: slow, unreachable, tls, refused-address …", "")]
    body: Annotated[str, text("What is sent.", '{"type":"client.created"}')]


class DeliveryPage(Out):
    """A page of what was sent, newest first."""

    items: list[Delivery]
    next: Next
    previous: Previous


class Replayed(Out):
    """How many events are sent once more."""

    count: Annotated[int, number("", 3)]


class DeliveriesAsked(PageAsked):
    """Which of them."""

    state: Annotated[Literal["", "waiting", "done", "failed"], Field(description="Only those in this state.")] = ""


GroupsIn = Annotated[
    list[Annotated[Text, Field(max_length=40)]],
    Field(max_length=20, examples=[["accounts", "people"]], description="Groups of events; empty: everything."),
]


class WebhookIn(Input):
    """Who is to hear of what."""

    name: Annotated[Text, Field(min_length=1, max_length=80, examples=["Accounting"], pattern=r"\S")]
    url: Annotated[Text, Field(max_length=500, examples=["https://accounting.example/events"])]
    groups: GroupsIn = []


class WebhookChange(Input):
    """What is to be different; what is left out stays."""

    name: Annotated[Text, Field(min_length=1, max_length=80, examples=["Accounting"], pattern=r"\S")] | None = None
    url: Annotated[Text, Field(max_length=500, examples=["https://accounting.example/events"])] | None = None
    groups: GroupsIn | None = None
    on: Annotated[Truth, Field(description="Switches it on or off.")] | None = None


class SecretRotation(Input):
    """How long the secret before signs beside the new one."""

    overlap_hours: Annotated[int, Field(ge=0, le=168, description="0 ends it at once.", examples=[24])] = 24


class ReplayIn(Input):
    """From when on what failed is sent once more."""

    since: When
