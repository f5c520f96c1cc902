"""What was used in spans that begin or end within a period, or within a day: whole days by their totals, the rest by events.

And what a meter without periods stood at in an instant: what all that was told of it before comes to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q

from sublet.catalog.queries import offer
from sublet.core.usage import ADDITIVE, LATEST, MAX, SUM, UNIQUE, contribution
from sublet.metering.models import DAY, FOREVER, PERIOD, UsageEvent, UsageTotal, UsageValue
from sublet.metering.queries.lines import Line

#: So many spans are asked for at once: databases bound how deep a condition may be.
_AT_ONCE: Final = 400
#: Whoever reports a level does so more often than that, as a rule; of who does not, all of the past is looked through.
_LATELY: Final = timedelta(days=62)
#: After all that can be told of.
_EVER: Final = datetime(9000, 1, 1, tzinfo=UTC)

#: From an instant up to and not including another one.
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Part:
    """A meter (the number of its `OfferItem`) of an account in those spans, which do not overlap."""

    account_id: int
    meter: int
    spans: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Stand:
    """A meter that stands (the number of its `OfferItem`) of an account, just before the instant `at`."""

    account_id: int
    meter: int
    at: datetime


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a day, or an event, adds: when, how much (of a meter that counts different values: which)."""

    at: tuple[datetime, str]
    quantity: int
    value: str = ""


def used_in_parts(parts: Collection[Part], lines: Mapping[int, Line]) -> dict[Part, int]:
    """What each stands at, in steps. Three statements for each 400 spans, none without any. Within the scope in force.

    The accounts are the caller's to know; `lines` has the anchors of all.
    """
    found, meters = _pieces(parts, lines), offer().meter_by_id
    return {part: _total(meters[part.meter].meter.aggregation, found.get(part, ())) for part in parts}


def stood_at(stands: Collection[Stand], lines: Mapping[int, Line]) -> dict[Stand, int]:
    """What each stood at, in steps. Seven statements for each 400, none without any. Within the scope in force.

    What adds up is what it stands at now without what was told of the time since; of a level the last that was told of the time
    before counts, however long ago.
    """
    meters = offer().meter_by_id
    adds = {each: meters[each.meter].meter.aggregation in ADDITIVE for each in stands}
    lately = {
        Part(each.account_id, each.meter, ((each.at, _EVER) if adds[each] else (each.at - _LATELY, each.at),)): each
        for each in stands
        if adds[each] or meters[each.meter].meter.aggregation == LATEST
    }
    found = _standing_now([each for each in stands if adds[each]])
    for part, pieces in _pieces(lately, lines).items():
        stand = lately[part]
        if stand in found:
            found[stand] -= _total(SUM, pieces)
        elif pieces:
            found[stand] = _total(LATEST, pieces)
    left = {Part(each.account_id, each.meter, ((FOREVER, each.at),)): each for each in stands if each not in found}
    return found | {left[part]: steps for part, steps in used_in_parts(left, lines).items()}


def _standing_now(stands: Collection[Stand]) -> dict[Stand, int]:
    """What they stand at by all that was told until now."""
    if not stands:
        return {}
    rows = UsageTotal.objects.filter(
        account_id__in={each.account_id for each in stands},
        meter__in={each.meter for each in stands},
        span=PERIOD,
        start=FOREVER,
    )
    totals = {
        (account_id, meter): steps for account_id, meter, steps in rows.values_list("account_id", "meter", "quantity")
    }
    return {each: totals.get((each.account_id, each.meter), 0) for each in stands}


def _pieces(parts: Collection[Part], lines: Mapping[int, Line]) -> Mapping[Part, list[_Piece]]:
    days: dict[Part, list[Stretch]] = {}
    edges: dict[Part, list[Stretch]] = {}
    for part in parts:
        line = lines[part.account_id]
        cut = [_cut(line, span) for span in part.spans]
        days[part] = [whole for whole, _rest in cut if whole is not None]
        edges[part] = [each for _whole, rest in cut for each in rest]
    found: dict[Part, list[_Piece]] = defaultdict(list)
    _add_days(found, days)
    _add_events(found, edges)
    return found


def _cut(line: Line, span: Stretch) -> tuple[Stretch | None, list[Stretch]]:
    """The whole days of a span, and what is left before and after them."""
    starts, ends = span
    day = line.day(starts)
    first = starts if day.start == starts else day.end
    last = line.day_start(ends)
    if first is None or first >= last:
        return None, [span] if starts < ends else []
    return (first, last), [each for each in ((starts, first), (last, ends)) if each[0] < each[1]]


def _asked(spans: Mapping[Part, Iterable[Stretch]], field: str) -> Iterable[tuple[Q, list[tuple[Part, Stretch]]]]:
    """Conditions for so many spans at once, and the spans that each is for."""
    every = [(part, span) for part, of_part in spans.items() for span in of_part]
    for start in range(0, len(every), _AT_ONCE):
        some = every[start : start + _AT_ONCE]
        conditions = (
            Q(account_id=part.account_id, meter=part.meter, **{f"{field}__gte": begin, f"{field}__lt": end})
            for part, (begin, end) in some
        )
        yield reduce(or_, conditions), some


def _places(some: Iterable[tuple[Part, Stretch]]) -> dict[tuple[int, int], list[tuple[Part, Stretch]]]:
    found: dict[tuple[int, int], list[tuple[Part, Stretch]]] = defaultdict(list)
    for part, span in some:
        found[part.account_id, part.meter].append((part, span))
    return found


def _add_days(found: dict[Part, list[_Piece]], days: Mapping[Part, list[Stretch]]) -> None:
    meters = offer().meter_by_id
    different = {part: of for part, of in days.items() if meters[part.meter].meter.aggregation == UNIQUE}
    others = {part: of for part, of in days.items() if part not in different}
    for condition, some in _asked(others, "start"):
        places = _places(some)
        rows = UsageTotal.objects.filter(condition, span=DAY, events__gt=0)
        for account_id, meter, start, quantity in rows.values_list("account_id", "meter", "start", "quantity"):
            for part, (begin, end) in places[account_id, meter]:
                if begin <= start < end:
                    found[part].append(_Piece((start, ""), quantity))
    for condition, some in _asked(different, "start"):
        places = _places(some)
        values = UsageValue.objects.filter(condition, span=DAY, events__gt=0)
        for account_id, meter, start, value in values.values_list("account_id", "meter", "start", "value"):
            for part, (begin, end) in places[account_id, meter]:
                if begin <= start < end:
                    found[part].append(_Piece((start, ""), 0, value))


def _add_events(found: dict[Part, list[_Piece]], edges: Mapping[Part, list[Stretch]]) -> None:
    meters = offer().meter_by_id
    columns = ("account_id", "meter", "at", "source", "event_id", "quantity", "value")
    for condition, some in _asked(edges, "at"):
        places = _places(some)
        rows = UsageEvent.objects.filter(condition, counts=True, quantity__isnull=False)
        for account_id, meter, at, source, event_id, quantity, value in rows.values_list(*columns).iterator(2000):
            aggregation = meters[meter].meter.aggregation
            steps = quantity if aggregation in (MAX, LATEST, UNIQUE) else contribution(aggregation, quantity)
            for part, (begin, end) in places[account_id, meter]:
                if begin <= at < end:
                    found[part].append(_Piece((at, f"{source}\n{event_id}"), steps, value))


def _total(aggregation: str, pieces: Iterable[_Piece]) -> int:
    """What the pieces add up to: as `core.usage.total_of` has it for the events behind them."""
    there = list(pieces)
    if not there:
        return 0
    if aggregation == UNIQUE:
        return len({piece.value for piece in there})
    if aggregation == MAX:
        return max(piece.quantity for piece in there)
    if aggregation == LATEST:
        return max(there, key=lambda piece: piece.at).quantity
    return sum(piece.quantity for piece in there)


__all__ = ["Part", "Stand", "stood_at", "used_in_parts"]
