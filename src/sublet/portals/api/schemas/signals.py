"""Signals: what the host product reports about clients, and what is known of each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta
from pydantic import Field

from sublet.core.signals import LONGEST_ID, LONGEST_TEXT, SignalValue
from sublet.portals.api.schemas.common import (
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    RefIn,
    Text,
    When,
    instant,
    number,
    text,
)

Value = Annotated[
    bool | int | float | str | None,
    Meta(description="By the kind of the signal: an instant, a number, a text, true or false; null: never told."),
]


def plain_value(value: SignalValue) -> bool | int | float | str | None:
    """The value of a fact as JSON has it."""
    if value.moment is not None:
        return value.moment.isoformat().replace("+00:00", "Z")
    if value.number is not None:
        return int(value.number) if value.number == value.number.to_integral_value() else float(value.number)
    return value.switch if value.switch is not None else value.text


class SignalIn(Input):
    """One fact."""

    account: Annotated[RefIn, Field(examples=["acc_7HqWm2Zr9KtXbd"], description="A client or a direct account.")]
    key: Annotated[Text, Field(min_length=1, max_length=50, examples=["last_push_sent"])]
    at: Annotated[When, Field(description="When it was so. At most a day ahead.")]
    value: Annotated[
        bool | int | float | Annotated[Text, Field(max_length=LONGEST_TEXT)] | None,
        Field(
            examples=[12],
            description="By the kind of the signal: an instant as text, a number, a text, true or false. A `moment` without "
            "a value is `at` itself.",
        ),
    ] = None
    id: Annotated[
        Text,
        Field(
            max_length=LONGEST_ID,
            examples=["push-2026-118"],
            description="Your own. The same again is not kept twice; without it a fact is known by what it says.",
        ),
    ] = ""


class SignalsIn(Input):
    """Facts about clients: all are kept, or none."""

    signals: Annotated[list[SignalIn], Field(min_length=1, max_length=1000)]


class SignalsRecorded(Out):
    """What became of them."""

    accepted: Annotated[int, number("Facts that were new.", 12)]
    duplicates: Annotated[int, number("Facts that were there already.", 0)]


class SignalState(Out):
    """A signal with the newest fact about an account."""

    key: Annotated[str, text("", "last_push_sent")]
    kind: Annotated[str, text("`moment`, `number`, `text` or `switch`.", "moment")]
    name: Annotated[str, text("", "Last push notification")]
    at: Maybe
    value: Value
    standing: Annotated[
        str,
        text(
            "`fine`, `near` (a deadline), `over` (past it, silent, too old) or `unknown`, as the manifest watches it.",
            "fine",
        ),
    ]


class SignalStates(Out):
    """Every signal of the manifest, in its order."""

    items: list[SignalState]


class SignalFactsAsked(PageAsked):
    """Which facts."""

    key: Annotated[Text, Field(max_length=50, description="Of this signal only.")] = ""


class SignalFact(Out):
    """One fact."""

    key: Annotated[str, text("", "last_push_sent")]
    at: Annotated[datetime, instant("When it was so.")]
    value: Value
    received_at: Annotated[datetime, instant("")]
    told_by: Annotated[str, text("Who told it: the name of a key or a person.", "Production")]


class SignalFactPage(Out):
    """A page of facts, newest first."""

    items: list[SignalFact]
    next: Next
