"""Letting events count no more, since another one counts in their place; and the rule of who has the last word.

The rule is `core.usage.counting`: what people decided about an event stands, and a product's correction of it counts nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from sublet.core.offer import MeterItem, Offer
from sublet.core.usage import LATEST, MAX
from sublet.metering.models import DAY, FOREVER, UsageEvent
from sublet.metering.operations.rows import Bucket, Key, Row, Sums, buckets_of, instant, many
from sublet.metering.queries.lines import Line, read_instant
from sublet.metering.queries.settled import corrections_of, settled_by_people

Anew = dict[Bucket, tuple[MeterItem, Line]]


def buckets_in(row: Row, item: MeterItem, line: Line) -> tuple[Bucket, Bucket]:
    """The two totals that an event belongs to."""
    period = line.period(item.meter.period, row.at)
    return buckets_of(row, period.start or FOREVER, line.day_start(row.at))


def fill_places(rows: Mapping[Key, Row]) -> set[Key]:
    """Of corrections that were corrected before they came: write down in their places what they say; which those were.

    Otherwise what such a correction takes back would count for ever. A repeat fills nothing.
    """
    if not rows:
        return set()
    accounts, sources, ids = ({key[part] for key in rows} for part in range(3))
    there = UsageEvent.objects.filter(account_id__in=accounts, source__in=sources, event_id__in=ids, meter=0)
    found: set[Key] = set()
    # past the scope: places of the accounts whose events are being kept
    with connection.cursor() as cursor:
        for key in sorted(set(there.values_list("account_id", "source", "event_id")) & rows.keys()):
            row = rows[key]
            told = [row.meter, instant(row.at), row.quantity, row.value, row.corrects, instant(row.received_at)]
            cursor.execute(
                "UPDATE usage_event SET meter = %s, at = %s, quantity = %s, value = %s, corrects = %s, received_at = %s,"
                " person = %s WHERE account_id = %s AND source = %s AND event_id = %s AND meter = 0 RETURNING event_id",
                [*told, row.person, *key],
            )
            if cursor.fetchone() is not None:
                found.add(key)
    return found


def take_back(
    corrections: Mapping[Key, Key], late: Collection[Key], sums: Sums, lines: Mapping[int, Line], there: Offer
) -> Anew:
    """Let count no more what these correct (correction → what it names), and none of these that comes after people's word.

    The totals that must be made anew, because nothing can be taken from a maximum, are the answer. `late`: those that were corrected
    before they came: whatever corrects them was kept without a look at what they say.
    """
    anew: Anew = {}
    missing = _count_no_more(sorted(corrections.values()), sums, lines, there, anew)
    # Whoever came first to it waited for the other: what people said meanwhile is seen now, and not before.
    missing = _count_no_more(_leave_places(missing), sums, lines, there, anew)
    if not missing:
        return anew
    overruled = settled_by_people(corrections)
    below = overruled & set(late)
    while below:
        below = corrections_of(below) - overruled
        overruled |= below
    _count_no_more(sorted(overruled), sums, lines, there, anew)
    return anew


def _count_no_more(keys: Sequence[Key], sums: Sums, lines: Mapping[int, Line], there: Offer, anew: Anew) -> list[Key]:
    """Let those count no more that do; the others."""
    missing: list[Key] = []
    # past the scope: events of the accounts whose corrections were just kept
    with connection.cursor() as cursor:
        for account_id, source, event_id in keys:
            cursor.execute(
                "UPDATE usage_event SET counts = false WHERE account_id = %s AND source = %s AND event_id = %s AND counts"
                " RETURNING meter, at, quantity, value, person",
                [account_id, source, event_id],
            )
            found = cursor.fetchone()
            if found is None:
                missing.append((account_id, source, event_id))
                continue
            named = (account_id, source, event_id, found[0])
            row = Row(*named, read_instant(found[1]), found[2], found[3], "", FOREVER, found[4])
            item, line = there.meter_by_id[row.meter], lines[account_id]
            buckets = buckets_in(row, item, line)
            if item.meter.aggregation in {MAX, LATEST}:
                anew.update((bucket, (item, line)) for bucket in buckets)
            else:
                sums.add(item.meter.aggregation, row, buckets, sign=-1)
    return missing


def _leave_places(missing: Sequence[Key]) -> list[Key]:
    """What has not come yet leaves its place: when it comes it is a repeat, and counts nothing. Those that are there by now."""
    if not missing:
        return []
    made = many(
        "usage_event",
        ("account_id", "source", "event_id", "meter", "at", "value", "corrects", "counts", "received_at"),
        ("bigint", "varchar", "varchar", "int", "timestamptz", "varchar", "varchar", "boolean", "timestamptz"),
        [(*key, 0, instant(FOREVER), "", "", False, instant(FOREVER)) for key in missing],
        "ON CONFLICT (account_id, source, event_id) DO NOTHING RETURNING account_id, source, event_id",
    )
    return sorted(set(missing) - {(row[0], row[1], row[2]) for row in made})


def recompute(bucket: Bucket, item: MeterItem, line: Line) -> None:
    """Make a maximum or a newest amount anew from the events. The total is locked first: whoever raises it meanwhile waits."""
    period = line.period("day" if bucket.span == DAY else item.meter.period, bucket.start)
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    where, values = "account_id = %s AND meter = %s", [bucket.account_id, bucket.meter]
    if period.start is not None and period.end is not None:
        where += " AND at >= %s AND at < %s"
        values += [instant(period.start), instant(period.end)]
    newest = "quantity DESC" if item.meter.aggregation == MAX else "at DESC, source DESC, event_id DESC"
    total = [*bucket[:3], instant(bucket.start)]
    # past the scope: as above
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM usage_total WHERE account_id = %s AND meter = %s AND span = %s AND start = %s{lock}",  # noqa: S608  constants
            total,
        )
        cursor.execute(
            "SELECT quantity, at, source, event_id, count(*) OVER () FROM usage_event"  # noqa: S608  as above
            f" WHERE {where} AND counts AND quantity IS NOT NULL ORDER BY {newest} LIMIT 1",
            values,
        )
        quantity, moment, source, event_id, count = cursor.fetchone() or (0, None, "", "", 0)
        latest = item.meter.aggregation == LATEST and moment is not None
        cursor.execute(
            "UPDATE usage_total SET quantity = %s, events = %s, last_at = %s, last_by = %s"
            " WHERE account_id = %s AND meter = %s AND span = %s AND start = %s",
            [quantity, count, moment if latest else None, f"{source}\n{event_id}" if latest else "", *total],
        )
