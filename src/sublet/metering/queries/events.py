"""Usage events one by one: a page of those of an account and meter, what people have corrected, and what a correction comes to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from django.db.models import Q, QuerySet

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.offer import MeterItem
from sublet.core.periods import Period
from sublet.core.usage import ADDITIVE, BY_PEOPLE, MAX, UNIQUE, Counted, contribution, correction_id, total_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.journal.queries import EntryRow, history
from sublet.foundation.refs import looks_like_ref
from sublet.metering.models import FOREVER, PERIOD, UsageEvent, UsageTotal, UsageValue
from sublet.metering.queries.lines import Line
from sublet.metering.queries.settled import settled_by_people

PAGE: Final = 50
_NEWER: Final = "newer-"
#: So many corrections (in hundreds twice) between the oldest and the newest of a page are read through for who made them.
_MOST_PAGES: Final = 10


@dataclass(frozen=True, slots=True)
class Told:
    """Who corrected something, when and why, as the history has it."""

    by: str
    at: datetime
    reason: str
    event_id: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One usage event. `quantity` in steps; None: it counts nothing. `counts`: no other one counts in its place.

    `told`: of a person’s correction, who made it. `corrected`: of an event that a person corrected, who did. `overruled`: of a
    product's correction, that people had decided about what it names.
    """

    source: str
    event_id: str
    at: datetime
    received_at: datetime
    quantity: int | None
    value: str
    counts: bool
    corrects: str
    told: Told | None = None
    corrected: Told | None = None
    overruled: bool = False

    @property
    def by_people(self) -> bool:
        """Whether a person's correction made it."""
        return self.source == BY_PEOPLE

    @property
    def state(self) -> Literal["counts", "takes-back", "corrected", "overruled"]:
        """What became of it: it counts, it only takes another back, something else counts in its place, or people's word does."""
        if self.overruled:
            return "overruled"
        if not self.counts:
            return "corrected"
        return "takes-back" if self.quantity is None else "counts"

    @property
    def can_be_corrected(self) -> bool:
        """Whether another value can count in its place."""
        return self.counts and self.quantity is not None


@dataclass(frozen=True, slots=True)
class EventPage:
    """The usage events of an account and meter, the newest first, between two cursors (empty: there is no such page)."""

    account_id: int
    account_name: str
    account_kind: str
    zone: str
    item: MeterItem
    rows: Sequence[EventRow]
    next_cursor: str = ""
    previous_cursor: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a correction does to the total of the period in which the event lies, in steps. `value`: what counts then; None: nothing."""

    period: Period
    value: int | None
    before: int
    after: int


def usage_events_of(
    actor: Actor, ref: str, meter: str, *, cursor: str = "", event_id: str = "", size: int = PAGE
) -> EventPage:
    """A page of them of the actor's account or one below it; `event_id` leaves those with that id, of whichever source.

    ``usage:view``, which the caller has checked. Five statements; one more for each 200 corrections of other events between those
    of the page, and two for each step from correction to correction where a product's count no more. An unknown cursor is read as the
    first page. Raises NotFound.
    """
    account, item = _place(actor, ref, meter)
    mine = _rows(account.id, item)
    if event_id:
        mine = mine.filter(event_id=event_id)
    found, newer, older = _page(mine, cursor, size)
    rows = _with_words(actor, account.id, found)
    return EventPage(account.id, account.name, account.kind, account.timezone, item, rows, older, newer)


def usage_event_of(actor: Actor, ref: str, meter: str, *, source: str, event_id: str) -> EventPage:
    """One of them, as a page of one. ``usage:view``, which the caller has checked. Raises NotFound."""
    account, item = _place(actor, ref, meter)
    event = _rows(account.id, item).filter(source=source, event_id=event_id).first()
    if event is None:
        raise NotFound
    rows = _with_words(actor, account.id, [event])
    return EventPage(account.id, account.name, account.kind, account.timezone, item, rows)


def _place(actor: Actor, ref: str, meter: str) -> tuple[Account, MeterItem]:
    account = Account.objects.filter(ref=ref).first() if looks_like_ref(ref, "acc") else None
    item = offer().meters.get(meter)
    if account is None or item is None or not actor.reaches(account.id):
        raise NotFound
    return account, item


def _rows(account_id: int, item: MeterItem) -> QuerySet[UsageEvent]:
    # Places of events that have not come yet have no meter, and so stay out.
    return UsageEvent.objects.filter(account_id=account_id, meter=item.id)


_NEWEST: Final = ("-at", "-source", "-event_id")
_OLDEST: Final = ("at", "source", "event_id")


def _page(rows: QuerySet[UsageEvent], cursor: str, size: int) -> tuple[list[UsageEvent], str, str]:
    """The page at a cursor, and the cursors of the newer and the older one."""
    back, place = cursor.startswith(_NEWER), _read(cursor.removeprefix(_NEWER))
    if place is None:
        found = list(rows.order_by(*_NEWEST)[: size + 1])
        return found[:size], "", _cursor(found[size - 1]) if len(found) > size else ""
    side = "gt" if back else "lt"
    at, source, event_id = place
    beyond = (
        Q(**{f"at__{side}": at})
        | Q(at=at, **{f"source__{side}": source})
        | Q(at=at, source=source, **{f"event_id__{side}": event_id})
    )
    # The bound alone is what the index knows.
    rows = rows.filter(**{f"at__{side}e": at}).filter(beyond)
    found = list(rows.order_by(*(_OLDEST if back else _NEWEST))[: size + 1])
    more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    if not found:
        return [], "", ""
    return (
        found,
        _NEWER + _cursor(found[0]) if more or not back else "",
        _cursor(found[-1]) if more or back else "",
    )


def _cursor(row: UsageEvent) -> str:
    return json.dumps([row.at.isoformat(), row.source, row.event_id], ensure_ascii=False)


def _read(cursor: str) -> tuple[datetime, str, str] | None:
    try:
        at, source, event_id = json.loads(cursor)
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            return None
        moment = moment.astimezone(UTC)
        # What no database takes: it would fail, and for whoever changed an address that is no error of ours.
        if "\x00" in source + event_id or not (source + event_id).encode():
            return None
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    return moment, source, event_id


# What people corrected ------------------------------------------------------------------------------------------------


def _with_words(actor: Actor, account_id: int, events: Sequence[UsageEvent]) -> tuple[EventRow, ...]:
    """The events, each with who corrected it. Two statements, none where nobody has; two more for each step from one of a product's
    corrections that counts no more to what it corrects."""
    wanted = {correction_id(row.source, row.event_id) for row in events if not row.counts}
    made = {row.event_id: row.received_at for row in events if row.source == BY_PEOPLE}
    missing = sorted(wanted - made.keys())
    if missing:
        there = UsageEvent.objects.filter(account_id=account_id, source=BY_PEOPLE, event_id__in=missing)
        made |= dict(there.values_list("event_id", "received_at"))
    told = _told(actor, account_id, list(made.values())) if made else {}
    settled = settled_by_people(
        {
            (account_id, row.source, row.event_id): (account_id, row.source, row.corrects)
            for row in events
            if row.corrects and not row.counts
        }
    )
    return tuple(
        EventRow(
            row.source, row.event_id, row.at, row.received_at, row.quantity, row.value, row.counts, row.corrects,
            told=told.get(row.event_id) if row.source == BY_PEOPLE else None,
            corrected=None if row.counts else told.get(correction_id(row.source, row.event_id)),
            overruled=(account_id, row.source, row.event_id) in settled,
        )
        for row in events
    )  # fmt: skip


def _told(actor: Actor, account_id: int, moments: Sequence[datetime]) -> dict[str, Told]:
    """Id of the correction → who made it and why: each was written down in the instant in which its event was kept."""
    found: dict[str, Told] = {}
    wanted, cursor = set(moments), ""
    since, until = min(moments), max(moments) + timedelta(microseconds=1)
    for _page_of_history in range(_MOST_PAGES):
        page = history(
            actor, account_id=account_id, event="usage.corrected", since=since, until=until, cursor=cursor, size=200
        )
        found.update((str(entry.data.get("event_id", "")), _words(entry)) for entry in page.rows if entry.at in wanted)
        cursor = page.next_cursor
        if not cursor:
            break
    return found


def _words(entry: EntryRow) -> Told:
    return Told(entry.actor_name, entry.at, entry.reason, str(entry.data.get("event_id", "")))


# What a correction comes to -------------------------------------------------------------------------------------------


def effect_of(event: UsageEvent, steps: int | None, *, item: MeterItem, line: Line) -> Effect:
    """What becomes of the total where `steps` (None: nothing) count in the place of an event. Two statements at most."""
    period = line.period(item.meter.period, event.at)
    bucket = {"account_id": event.account_id, "meter": item.id, "span": PERIOD, "start": period.start or FOREVER}
    total = UsageTotal.objects.filter(**bucket).values_list("quantity", flat=True).first() or 0
    if not event.counts:
        return Effect(period, steps, total, total)
    aggregation = item.meter.aggregation
    if aggregation in ADDITIVE:
        change = contribution(aggregation, steps) - contribution(aggregation, event.quantity)
        return Effect(period, steps, total, total + change)
    if aggregation == UNIQUE:
        others = UsageValue.objects.filter(**bucket, value=event.value, events__gt=1).exists()
        return Effect(period, steps, total, total if others or steps is not None else total - 1)
    rows = UsageEvent.objects.filter(account_id=event.account_id, meter=item.id, counts=True, quantity__isnull=False)
    if period.start is not None and period.end is not None:
        rows = rows.filter(at__gte=period.start, at__lt=period.end)
    rows = rows.exclude(source=event.source, event_id=event.event_id)
    rest = rows.order_by(*(("-quantity",) if aggregation == MAX else _NEWEST))[:1]
    counting = [Counted(row.source, row.event_id, row.at, row.quantity) for row in rest]
    if steps is not None:
        counting.append(Counted(BY_PEOPLE, correction_id(event.source, event.event_id), event.at, steps))
    return Effect(period, steps, total, total_of(aggregation, counting))
