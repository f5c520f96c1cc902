"""`POST /api/v1/usage-events`, in group commits."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated

import msgspec

from sublet.core.usage import LONGEST_ID, LONGEST_SOURCE, LONGEST_VALUE
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.metering.operations import Recorded, Usage
from sublet.metering.operations.recording import MOST_EVENTS, RIGHT
from sublet.portals.api.limits import costs_of
from sublet.portals.api.schemas.usage import UsageRecorded
from sublet.portals.hot.asked import Asked
from sublet.portals.hot.desk import Desk, Told, admit

_Name = Annotated[str, msgspec.Meta(max_length=60)]


class HotEvent(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """As `UsageEventIn`. What it refuses, the ordinary API refuses in words."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_SOURCE)]
    account: Annotated[str, msgspec.Meta(max_length=40)]
    meter: _Name
    time: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    quantity: int | float | None = None
    properties: (
        Annotated[dict[_Name, Annotated[str, msgspec.Meta(max_length=LONGEST_VALUE)]], msgspec.Meta(max_length=20)]
        | None
    ) = None
    corrects: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)] | None = None
    collaborator: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class HotEvents(msgspec.Struct, forbid_unknown_fields=True):
    """As `UsageEventsIn`."""

    events: Annotated[list[HotEvent], msgspec.Meta(min_length=1, max_length=MOST_EVENTS)]


_decode = msgspec.json.Decoder(HotEvents).decode
_encode = msgspec.json.Encoder().encode


def read(body: bytes) -> list[Usage] | None:
    """The events, or None where the ordinary API has to look at it."""
    if b"\\u0000" in body:  # which no database keeps
        return None
    try:
        told = _decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    at = now()
    return [
        Usage(
            each.source,
            each.id,
            each.time or at,
            each.account,
            each.meter,
            each.quantity,
            each.properties,
            each.corrects or "",
            each.collaborator or "",
        )
        for each in told.events
    ]


async def report_usage(asked: Asked, actor: Actor, desk: Desk) -> Told | None:
    """What is told, or None where the ordinary API has to answer."""
    if not actor.may(RIGHT):
        return None
    events = read(asked.body)
    if events is None:
        return None
    admit(actor, costs_of(Counter(each.account for each in events)))
    said = await desk.group.record(events, actor)
    if not isinstance(said, Recorded):
        return None
    return 202, (), _encode(UsageRecorded(accepted=said.accepted, duplicates=said.duplicates))
