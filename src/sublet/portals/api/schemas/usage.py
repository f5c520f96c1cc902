"""Usage events as they come, and what they add up to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field, PlainValidator, WithJsonSchema

from sublet.core.usage import LONGEST_ID, LONGEST_SOURCE, LONGEST_VALUE
from sublet.metering.operations.recording import MOST_EVENTS
from sublet.portals.api.schemas.common import (
    Asked,
    Day,
    Input,
    Maybe,
    Next,
    Out,
    PageAsked,
    Previous,
    Reason,
    Text,
    Truth,
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


Meter = Annotated[Text, Field(max_length=60, examples=["text_messages"], description="Key of a meter of the manifest.")]
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
    meter: Meter
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
    time: Annotated[
        When,
        Field(
            description="A moment of the period that it belongs to, however long ago. Whether an invoice follows: `closed` of "
            "the answer."
        ),
    ]
    reason: Annotated[Reason, Field(min_length=1)]


class UsageCorrection(Out):
    """The event that puts it right."""

    id: Annotated[str, text("Its id; its source is `people`.", _ID)]
    closed: Annotated[
        bool,
        Meta(
            description="Whether its period is so far back that no billing run reckons it again: the total changes and no invoice "
            "follows; credit or charge by hand what is owed.",
            examples=[False],
        ),
    ]


StateOfEvent = Literal["counts", "takes-back", "corrected", "overruled"]


class UsageEventsAsked(PageAsked):
    """Which usage events of an account."""

    meter: Meter
    id: Annotated[Text, Field(max_length=LONGEST_ID, description="Only those with this id, of whichever source.")] = ""


class UsageEventCorrected(Out):
    """What a person decided about a usage event."""

    id: Annotated[str, text("Id of the event that counts in its place; its source is `people`.", _ID)]
    by: Annotated[str, text("Who.", "Vera Voss")]
    at: Annotated[datetime, instant("When.")]
    reason: Annotated[str, text("Why.", "Sent twice")]


class UsageEventTold(Out):
    """One usage event as it was told, and what became of it."""

    id: Annotated[str, text("", _ID)]
    source: Annotated[str, text("Which part of the product told it; `people`: a person’s correction.", "bookings")]
    meter: Annotated[str, text("Key of its meter.", "text_messages")]
    time: Annotated[datetime, instant("When it was used.")]
    received_at: Annotated[datetime, instant("When it came.")]
    quantity: Annotated[
        Quantity | None, Meta(description="In units of the meter; null: it only takes another back.", examples=[12])
    ]
    value: Annotated[str, text("What a meter of the kind `unique` counts the different ones of; else empty.", "")]
    state: Annotated[
        StateOfEvent,
        Meta(
            description="`counts`; `takes-back`: it has no value of its own and takes another back; `corrected`: another one "
            "counts in its place, or nothing; `overruled`: the product’s correction of what people had corrected, so theirs counts."
        ),
    ]
    corrects: Annotated[str | None, Meta(description="Id of the event in whose place it counts.", examples=[None])]
    made_by: Annotated[
        UsageEventCorrected | None, Meta(description="Of a person’s correction: who made it.", examples=[None])
    ]
    corrected_by: Annotated[
        UsageEventCorrected | None,
        Meta(description="The person’s correction of it. Null where it is `corrected`: the product did that."),
    ]


class UsageEventPage(Out):
    """Usage events, the newest first."""

    items: list[UsageEventTold]
    next: Next
    previous: Previous


class UsageEventCorrectionIn(Input):
    """What is to count in the place of a usage event."""

    meter: Meter
    source: Annotated[
        Text, Field(min_length=1, max_length=LONGEST_SOURCE, examples=["bookings"], description="Source of the event.")
    ]
    id: Annotated[Text, Field(min_length=1, max_length=LONGEST_ID, examples=[_ID], description="Id of the event.")]
    quantity: Annotated[
        Given | None,
        Field(
            examples=[18],
            description="The value that is right, in units of the meter; null: the event should not have been counted. Of meters of "
            "the kinds `count` and `unique` always null.",
        ),
    ]
    reason: Annotated[Reason, Field(min_length=1)]
    dry_run: Annotated[Truth, Field(description="Only say what would happen.")] = False


class UsageInvoice(Out):
    """An issued invoice that has charged what was used in a period. It stays as it is."""

    ref: Annotated[str, ref("inv", "")]
    number: Annotated[str, text("", "2026-0042")]


class UsageCorrectionPreview(Out):
    """What a correction would come to. Nothing was done."""

    dry_run: Literal[True]
    event: UsageEventTold
    quantity: Annotated[
        Quantity | None, Meta(description="What would count in its place, in units; null: nothing.", examples=[18])
    ]
    period: Annotated[str, text("Name of the period in which it lies.", "2026-03")]
    start: Annotated[Maybe, Meta(description="Where the period begins; null where it has no beginning.")]
    end: Annotated[Maybe, Meta(description="The instant after it; null where it has no end.")]
    before: Annotated[Quantity, Meta(description="The total of the period now, in units of the meter.", examples=[34])]
    after: Annotated[Quantity, Meta(description="The total with the correction.", examples=[22])]
    charged: Annotated[bool, Meta(description="What was used in the period has been charged.")]
    closed: Annotated[
        bool,
        Meta(
            description="It lies so far back that no billing run reckons it again: what is owed for the difference is credited, or "
            "charged, by hand. Else the difference is a line of its own on the next invoice.",
        ),
    ]
    invoices: Annotated[
        list[UsageInvoice], Meta(description="Issued invoices that have charged it; none told without `billing:view`.")
    ]
