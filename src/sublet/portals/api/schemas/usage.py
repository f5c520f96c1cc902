"""Usage events as they come, and what they add up to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta
from pydantic import Field, PlainValidator, WithJsonSchema

from sublet.core.usage import LONGEST_ID, LONGEST_SOURCE, LONGEST_VALUE
from sublet.metering.operations.recording import MOST_EVENTS
from sublet.portals.api.schemas.common import (
    Asked,
    Day,
    Input,
    Maybe,
    Out,
    Reason,
    Text,
    When,
    fault,
    instant,
    number,
    ref,
    text,
)

Quantity = int | float


def _number(value: object) -> object:
    if type(value) not in (int, float):
        raise fault("usage-not-a-number")
    return value


Given = Annotated[int | float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
_ID = "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"


class UsageEventIn(Input):
    """Something that was used."""

    id: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=LONGEST_ID,
            examples=[_ID],
            description="Your name for this event, never used again; a UUID of version 7 is stored fastest.",
        ),
    ]
    source: Annotated[
        Text,
        Field(
            min_length=1, max_length=LONGEST_SOURCE, examples=["bookings"], description="Which part of you tells it."
        ),
    ]
    time: Annotated[
        When | None,
        Field(description="When it was used: up to 35 days ago, up to 5 minutes ahead. Without it: now."),
    ] = None
    account: Annotated[Text, Field(max_length=40, examples=["acc_7HqWm2Zr9KtXbd"], description="Who used it.")]
    meter: Annotated[
        Text, Field(max_length=60, examples=["text_messages"], description="Key of a meter of the manifest.")
    ]
    quantity: Annotated[
        Given | None,
        Field(examples=[12], description="In whole units, with at most the meter's decimals. Without it: 1."),
    ] = None
    properties: Annotated[
        dict[Annotated[Text, Field(max_length=60)], Annotated[Text, Field(max_length=LONGEST_VALUE)]] | None,
        Field(max_length=20, examples=[None], description="Needed where a meter counts the different values of one."),
    ] = None
    corrects: Annotated[
        Text | None,
        Field(
            min_length=1,
            max_length=LONGEST_ID,
            examples=[None],
            description="Id of an event of the same source and account that no longer counts. Without `quantity` this one counts "
            "nothing either.",
        ),
    ] = None
    collaborator: Annotated[
        Text | None,
        Field(
            max_length=40,
            examples=[None],
            description="Who of the account used it, as in `consume`: it counts as that person's use as well. Also who has left "
            "the team since.",
        ),
    ] = None


class UsageEventsIn(Input):
    """Usage events: all of them are counted, or none."""

    events: Annotated[list[UsageEventIn], Field(min_length=1, max_length=MOST_EVENTS)]


class UsageRecorded(Out):
    """What became of the events. They are durable now."""

    accepted: Annotated[int, number("How many were new.", 1)]
    duplicates: Annotated[int, number("How many had come before; they count once.", 0)]


class UsageAsked(Asked):
    """Which days are told."""

    since: Annotated[Day | None, Field(description="The first day; without it the first of the month of `until`.")] = (
        None
    )
    until: Annotated[Day | None, Field(description="The last day, at most 399 later; without it today.")] = None


class UsagePeriod(Out):
    """What was used in a period."""

    key: Annotated[str, text("Its name.", "2026-03")]
    start: Annotated[Maybe, Meta(description="Null where it has no beginning.")]
    end: Annotated[Maybe, Meta(description="The instant after it; null where it has no end.")]
    used: Annotated[Quantity, Meta(description="In units of the meter.", examples=[49])]
    reserved: Annotated[Quantity, Meta(description="Held back for work that goes on.", examples=[0])]


class UsageDay(Out):
    """What was used on a day of the account."""

    day: Annotated[date, Meta(description="In the zone of the account.", examples=["2026-03-02"])]
    used: Annotated[Quantity, Meta(description="In units of the meter.", examples=[7])]


class MeterUsage(Out):
    """One meter of an account."""

    meter: Annotated[str, text("Its key.", "text_messages")]
    aggregation: Annotated[str, text("How it adds up: `sum`, `count`, `unique`, `max` or `latest`.", "sum")]
    kind: Annotated[str, text("Its period: `month`, `subscription`, `day` or `standing`.", "subscription")]
    period: Annotated[UsagePeriod, Meta(description="The period that runs.")]
    before: Annotated[list[UsagePeriod], Meta(description="Up to twelve periods before it, the newest first.")]
    days: Annotated[list[UsageDay], Meta(description="Days on which anything came, the oldest first.")]


class AccountUsage(Out):
    """What an account uses of the product."""

    account: Annotated[str, ref("acc", "The account.")]
    at: Annotated[datetime, instant("When this was so.")]
    since: Annotated[date, Meta(description="The first day told.", examples=["2026-03-01"])]
    until: Annotated[date, Meta(description="The last day told.", examples=["2026-03-02"])]
    meters: list[MeterUsage]


class UsageCorrectionIn(Input):
    """What is put right."""

    meter: Annotated[
        Text, Field(max_length=60, examples=["text_messages"], description="Key of a meter that adds quantities up.")
    ]
    quantity: Annotated[
        Given, Field(examples=[-12], description="The difference, in units of the meter; below 0 to take from it.")
    ]
    time: Annotated[When, Field(description="A moment of the period that it belongs to, however long ago.")]
    reason: Annotated[Reason, Field(min_length=1)]


class UsageCorrection(Out):
    """The event that puts it right."""

    id: Annotated[str, text("Its id; its source is `people`.", _ID)]
