"""What was used and is paid for, for many accounts in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Q

from sublet.billing.models import LedgerEntry
from sublet.core.charging import ADJUSTMENT, OVERAGE, SERVICE_USE, Facts, Span, Usage, day_after
from sublet.core.manifest import Plan
from sublet.core.manifest.model import Limit
from sublet.core.offer import MeterItem, Offer
from sublet.core.periods import STANDING, Period, longest_of
from sublet.core.pricebook import OVERAGE as OVERAGE_PRICE
from sublet.core.pricebook import SERVICE, Book, overage_key
from sublet.core.proration import Days, day_on, start_on
from sublet.core.serviceuse import costs_unused, list_use, meters_by_use, retail_use
from sublet.core.subscription import Phase
from sublet.core.usage import OLDEST
from sublet.metering.models import PERIOD, UsageTotal
from sublet.metering.queries import Line, Part, used_in_parts
from sublet.subscriptions.queries.held import Held

_INSTANT: Final = timedelta(microseconds=1)
MONTH: Final = "month"
#: What was written in the last moments of a billing run may not have been seen by it: the next one begins so much earlier.
OVERLAP: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Known:
    """An account whose usage is asked for. `gone`: since when it is closed; None: it is not.

    `services`: the managed services that have a price, and when each is on.
    """

    held: Held
    line: Line
    book: Book
    gone: datetime | None = None
    services: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ruled:
    """By which plan a period of a meter is paid, until when (None: to its end), in which spans and days, in steps."""

    known: Known
    item: MeterItem
    period: Period
    plan: Plan
    limit: Limit
    last: datetime
    held: Days | None
    part: Part | None
    quantity: int


@dataclass(frozen=True, slots=True)
class _Served:
    """What a meter counted in a period while a managed service was on that has a price for it; `spans` are of the period."""

    known: Known
    item: MeterItem
    period: Period
    service: str
    spans: tuple[tuple[datetime, datetime], ...]
    part: Part | None
    quantity: int


#: Usage of an account, and of each charge for it the total in steps that it is reckoned from.
Paid = tuple[tuple[Usage, ...], dict[str, int]]


def used_by(accounts: Sequence[Known], present: Offer, *, since: datetime, until: datetime) -> dict[int, Paid]:
    """Of each account what it has used in the periods that were over by `until`. Five statements, two where nobody used anything.

    Periods that were over long before `since` are left out: nothing can be told of them any more.
    """
    ids = [known.held.account_id for known in accounts]
    totals = _totals(ids, _counted(accounts, present), since)
    ruled: list[_Ruled | _Served] = []
    for known in accounts:
        there = totals.get(known.held.account_id, ())
        ruled += _served(known, there, since, until)
        for meter_id, start, quantity in _with_none(known, there, present, since, until):
            item = known.held.offer.meter_by_id[meter_id]
            period = known.line.period(item.meter.period, start)
            if period.start is None or period.end is None or period.end > until:
                continue
            by_plan = _ruled(known, item, period, quantity)
            if by_plan is not None:
                ruled.append(by_plan)
    if not ruled:
        return {}
    parts = [one.part for one in ruled if one.part is not None]
    cut = used_in_parts(parts, {known.held.account_id: known.line for known in accounts})
    begin = min(one.period.start for one in ruled if one.period.start is not None)
    # A charge is for whole days; where the anchor moved, its period begins within one.
    billed = _billed({one.known.held.account_id for one in ruled}, begin - timedelta(days=2))
    found: dict[int, tuple[list[Usage], dict[str, int]]] = defaultdict(lambda: ([], {}))
    for one in ruled:
        steps = one.quantity if one.part is None else cut[one.part]
        usage, of_charges = found[one.known.held.account_id]
        made = _usage(one, steps, billed) if isinstance(one, _Ruled) else _use_of_service(one, steps, billed)
        usage.append(made)
        of_charges[made.stem] = steps
    return {account_id: (tuple(usage), steps) for account_id, (usage, steps) in found.items()}


# Totals ---------------------------------------------------------------------------------------------------------------

Total = tuple[int, datetime, int]


def _charged(present: Offer) -> list[MeterItem]:
    """The meters whose use is paid for beyond a limit."""
    keys = {limit.meter for item in present.every_plan for limit in item.plan.limits if limit.overage}
    return [item for item in present.every_meter if item.meter.key in keys and item.meter.period != STANDING]


def _counted(accounts: Sequence[Known], present: Offer) -> list[MeterItem]:
    """Those, and the meters of managed services that somebody pays for by use."""
    keys = {meter for known in accounts for key in known.services for meter in meters_by_use(known.book, key)}
    charged = _charged(present)
    there = {item.id for item in charged}
    more = [item for key in sorted(keys) if (item := present.meters.get(key)) is not None and item.id not in there]
    return [*charged, *(item for item in more if item.meter.period != STANDING)]


def earliest_start(item: MeterItem, since: datetime) -> datetime:
    """The earliest beginning of a period that something may still be told of: usage may come late."""
    return since - OLDEST - (longest_of(item.meter.period) or timedelta())


def _totals(ids: Sequence[int], meters: Sequence[MeterItem], since: datetime) -> dict[int, list[Total]]:
    """Account → (meter, start of the period, steps)."""
    found: dict[int, list[Total]] = defaultdict(list)
    if not meters:
        return found
    wanted = Q()
    for item in meters:
        wanted |= Q(meter=item.id, start__gte=earliest_start(item, since))
    rows = UsageTotal.objects.filter(wanted, account_id__in=ids, span=PERIOD)
    for account_id, meter, start, quantity in rows.order_by("account_id", "meter", "start").values_list(
        "account_id", "meter", "start", "quantity"
    ):
        found[account_id].append((meter, start, quantity))
    return found


def _with_none(
    known: Known, totals: Sequence[Total], present: Offer, since: datetime, until: datetime
) -> Iterable[Total]:
    """The totals, and nothing for periods in which nothing was used, where that costs something too."""
    yield from totals
    if not any(costs_unused(rule.price) for rule in known.book.rules_of(OVERAGE_PRICE)):
        return
    there = {(meter, start) for meter, start, _steps in totals}
    first = next((phase.starts for phase in known.held.agreement.phases() if phase.held[0]), None)
    for item in _charged(present) if first is not None else ():
        period = known.line.period(item.meter.period, max(first or since, earliest_start(item, since)))
        while period.start is not None and period.end is not None and period.end <= until:
            if (item.id, period.start) not in there:
                yield (item.id, period.start, 0)
            period = known.line.period(item.meter.period, period.end)


def _billed(ids: Iterable[int], begin: datetime) -> dict[tuple[int, str], tuple[int, ...]]:
    """(account, key of the charge) → the totals that it and its adjustments were reckoned from."""
    rows = LedgerEntry.objects.filter(client_id__in=ids, total__isnull=False, start__gte=begin)
    seen: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for client_id, key, total in rows.values_list("client_id", "key", "total"):
        stem, number = key, 0
        if key.startswith(f"{ADJUSTMENT}:"):
            stem, _, last = key.removeprefix(f"{ADJUSTMENT}:").rpartition(":")
            number = int(last)
        seen[client_id, stem][number] = total or 0  # in both books the same
    return {place: tuple(by_number[number] for number in sorted(by_number)) for place, by_number in seen.items()}


# Managed services ------------------------------------------------------------------------------------------------------


def _served(known: Known, totals: Sequence[Total], since: datetime, until: datetime) -> Iterator[_Served]:
    """What was used of each managed service that has a price by use, in the periods that were over by `until`."""
    for service, spans in known.services.items():
        for meter in meters_by_use(known.book, service):
            item = known.held.offer.meters.get(meter)
            if item is None or item.meter.period == STANDING:
                continue
            there = {start: quantity for number, start, quantity in totals if number == item.id}
            for start in sorted({*there, *_unused(known, service, item, since, until)}):
                period = known.line.period(item.meter.period, start)
                if period.start is None or period.end is None or period.end > until:
                    continue
                whole = (period.start, period.end)
                inside = tuple(_clipped(spans, *whole))
                if inside:
                    part = None if inside == (whole,) else Part(known.held.account_id, item.id, inside)
                    yield _Served(known, item, period, service, inside, part, there.get(start, 0))


def _unused(known: Known, service: str, item: MeterItem, since: datetime, until: datetime) -> Iterator[datetime]:
    """The beginnings of periods that cost something also where nothing was used."""
    listed = list_use(known.book, service, item.meter.key)
    said = [rule.price for rule in known.book.rules_about(SERVICE, service)]
    if not any(costs_unused(price) for price in (listed, *said)):
        return
    first = max(known.services[service][0].starts, earliest_start(item, since))
    period = known.line.period(item.meter.period, first)
    while period.start is not None and period.end is not None and period.end <= until:
        yield period.start
        period = known.line.period(item.meter.period, period.end)


def _clipped(spans: Iterable[Span], starts: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    for span in spans:
        begin, end = max(span.starts, starts), ends if span.ends is None else min(span.ends, ends)
        if begin < end:
            yield begin, end


def _use_of_service(one: _Served, steps: int, billed: Mapping[tuple[int, str], tuple[int, ...]]) -> Usage:
    """What is paid for one period of a meter of a managed service; its minimum from the first day on to the last one on."""
    meter, book, anchors = one.item.meter, one.known.book, one.known.line.anchors
    if one.period.start is None or one.period.end is None:
        raise AssertionError("a period that is paid for has a beginning and an end")
    whole = Days(day_on(anchors, one.period.start), day_on(anchors, one.period.end))
    held = Days(day_on(anchors, one.spans[0][0]), day_after(Facts(anchors, book), one.spans[-1][1]))
    retail = retail_use(book, one.service, meter.key, one.spans[-1][1] - _INSTANT)
    scale = Decimal(10) ** meter.decimals
    made = Usage(
        meter=overage_key(meter.key, one.service),
        key=one.period.key,
        days=whole,
        total=steps / scale,
        list_price=list_use(book, one.service, meter.key),
        retail_price=None if retail is None else retail.price,
        held=None if held == whole or held.count < 1 else held,
        kind=SERVICE_USE,
        item=one.service,
    )
    before = billed.get((one.known.held.account_id, made.stem), ())
    return replace(made, billed=tuple(total / scale for total in before))


# By which plan --------------------------------------------------------------------------------------------------------


def _ruled(known: Known, item: MeterItem, period: Period, quantity: int) -> _Ruled | None:
    """By the plan at the period's end; where none follows one that ended in it, by that, to the day of ending inclusive.

    None: nothing of it is ever paid for. Use in a trial is not.
    """
    now, anchors = known.held, known.line.anchors
    starts, ends = period.start, period.end
    if starts is None or ends is None:
        return None
    over = ends if known.gone is None else min(ends, known.gone)
    if over <= starts:
        return None
    phase = now.agreement.phase_at(over - _INSTANT)
    plan, limit = _limited(now, phase, item)
    if limit is None and not phase.held[0]:
        ended = [each for each in now.agreement.phases() if each.held[0] and each.ends is not None]
        before = next((each for each in reversed(ended) if each.ends is not None and starts < each.ends <= over), None)
        if before is None or before.ends is None:
            return None
        over = before.ends
        plan, limit = _limited(now, before, item)
    if plan is None or limit is None or limit.amount is None:
        return None
    last = ends if over == ends else start_on(anchors, day_after(Facts(anchors, known.book), over))
    last = min(last, ends)
    spans = _paid(known, starts, last)
    if not spans:
        return None
    begins = max(starts, spans[0][0], _held_since(now, starts, over))
    held = Days(day_on(anchors, begins), day_on(anchors, last))
    whole = Days(day_on(anchors, starts), day_on(anchors, ends))
    return _Ruled(
        known,
        item,
        period,
        plan,
        limit,
        over - _INSTANT,
        None if held == whole or held.count < 1 else held,
        None if spans == ((starts, ends),) else Part(now.account_id, item.id, spans),
        quantity,
    )


def _limited(now: Held, phase: Phase, item: MeterItem) -> tuple[Plan | None, Limit | None]:
    """The plan of a phase and its limit of that meter, if what goes beyond it is paid for."""
    plan = now.plan_of(phase)
    limits = () if plan is None else plan.limits
    return plan, next((each for each in limits if each.meter == item.meter.key and each.overage), None)


def _paid(known: Known, starts: datetime, ends: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """What of a span is no trial."""
    trial = known.held.trial
    if trial is None or trial.ends_at <= starts or ends <= trial.started_at:
        return ((starts, ends),)
    left = ((starts, min(trial.started_at, ends)), (max(trial.ends_at, starts), ends))
    return tuple(span for span in left if span[0] < span[1])


def _held_since(now: Held, starts: datetime, over: datetime) -> datetime:
    """Since when, in the period, a plan has been held that was paid for; its beginning where none was."""
    there = [
        each
        for each in now.agreement.phases()
        if each.held[0] and each.starts < over and (each.ends is None or each.ends > starts)
    ]
    return max(starts, there[0].starts) if there else starts


def _usage(one: _Ruled, steps: int, billed: Mapping[tuple[int, str], tuple[int, ...]]) -> Usage:
    """What is paid for one period of a meter."""
    now, meter, book = one.known.held, one.item.meter, one.known.book
    anchors, period = one.known.line.anchors, one.period
    if period.start is None or period.end is None:
        raise AssertionError("a period that is paid for has a beginning and an end")
    included: int | None = one.limit.amount
    for row in now.add_ons:
        add_on = now.add_on_of(row)
        counts = any(starts <= one.last and (ends is None or one.last < ends) for starts, ends in now.spans_of(row))
        for add in add_on.adds if add_on is not None and counts else ():
            if add.meter == meter.key and included is not None:
                included = None if add.amount is None else included + add.amount * row.count
    thing = (OVERAGE_PRICE, overage_key(meter.key, one.plan.key), one.plan.version, MONTH)
    retail = book.retail(*thing, one.last)
    scale = Decimal(10) ** meter.decimals
    before = billed.get((now.account_id, f"{OVERAGE}:{meter.key}:{period.key}"), ())
    return Usage(
        meter=meter.key,
        key=period.key,
        days=Days(day_on(anchors, period.start), day_on(anchors, period.end)),
        total=steps / scale,
        list_price=book.list_price(*thing),
        retail_price=None if retail is None else retail.price,
        included=included,
        held=one.held,
        billed=tuple(total / scale for total in before),
    )
