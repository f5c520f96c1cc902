"""What was used."""

from __future__ import annotations

from sublet.metering.models import FOREVER, PERIOD
from sublet.metering.queries.events import (
    Effect,
    EventPage,
    EventRow,
    Told,
    usage_event_of,
    usage_events_of,
)
from sublet.metering.queries.lines import Line, Place, line_of, lines_of_ids, places_by_ref
from sublet.metering.queries.many import usage_of_many, users_of_meter
from sublet.metering.queries.parts import Part, Stand, stood_at, used_in_parts
from sublet.metering.queries.persons import persons_named, used_by_people
from sublet.metering.queries.usage import (
    AccountUsage,
    DayUsed,
    MeterUsage,
    Pace,
    Used,
    days_of,
    pace_of,
    usage_of,
    usage_of_account,
)

__all__ = [
    "FOREVER",
    "PERIOD",
    "AccountUsage",
    "DayUsed",
    "Effect",
    "EventPage",
    "EventRow",
    "Line",
    "MeterUsage",
    "Pace",
    "Part",
    "Place",
    "Stand",
    "Told",
    "Used",
    "days_of",
    "line_of",
    "lines_of_ids",
    "pace_of",
    "persons_named",
    "places_by_ref",
    "stood_at",
    "usage_event_of",
    "usage_events_of",
    "usage_of",
    "usage_of_account",
    "usage_of_many",
    "used_by_people",
    "used_in_parts",
    "users_of_meter",
]
