"""What meters counted of all that an account holds and that has a price by use, period by period; what stands also beyond a limit.

What is used goes by the periods of its meter. What stands has none: it goes by those by which the account is charged, as its plan does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from sublet.billing.queries.sold import Closed, Known, Sold, free_at, meter_of, within
from sublet.core.charging import OVERAGE, SERVICE_USE, Facts, Usage, day_after, when_over
from sublet.core.offer import MeterItem
from sublet.core.periods import STANDING, Since, longest_of
from sublet.core.pricebook import SERVICE, Book, Retail
from sublet.core.pricing import Price
from sublet.core.proration import MONTH, Days, day_on
from sublet.core.standing import days_of, periods_paid
from sublet.core.usage import OLDEST
from sublet.core.usekeys import use_key
from sublet.core.useprices import interval_of_use, is_due_unused, list_use, retail_use
from sublet.metering.queries import Part, Stand

_INSTANT: Final = timedelta(microseconds=1)
_A_DAY: Final = timedelta(days=1)
#: The number of a meter, when its period begins, and what was used in it, in steps.
Total = tuple[int, datetime, int]


@dataclass(frozen=True, slots=True)
class Priced:
    """What a meter counted in the period `key`, in the `times` in which something was held that has a price for it.

    `whole` are the days of the period, `held` those in which it was held (None: all of them), `count` how many of them.
    `interval`: of what stands, that by which it is paid; else empty. What it comes to is `quantity`, or that of the part or stand.
    """

    known: Known
    item: MeterItem
    sold: Sold
    key: str
    starts: datetime
    whole: Days
    held: Days | None
    count: int | None
    times: tuple[Closed, ...]
    part: Part | Stand | None
    quantity: int = 0
    interval: str = ""


def told_since(item: MeterItem, since: datetime) -> datetime:
    """The earliest beginning of a period that something may still be told of: usage may come late."""
    return since - OLDEST - (longest_of(item.meter.period) or timedelta())


def priced(known: Known, totals: Sequence[Total], since: datetime, until: datetime) -> Iterator[Priced]:
    """What counted of all that has a price by use, in the periods that were over by `until`."""
    for sold in known.sold:
        for meter in sold.meters:
            item = meter_of(known.held.offer, meter)
            if item is None:
                continue
            if item.meter.period == STANDING:
                yield from _standing(known, sold, item, since, until)
            else:
                there = {start: quantity for number, start, quantity in totals if number == item.id}
                yield from _used(known, sold, item, there, since, until)


def _used(
    known: Known, sold: Sold, item: MeterItem, there: Mapping[datetime, int], since: datetime, until: datetime
) -> Iterator[Priced]:
    begins = {*there}
    if any(is_due_unused(book, sold.thing, item.meter.key) for book in known.books):
        begins |= _periods(known, sold, item, since, until)
    for start in sorted(begins):
        period = known.line.period(item.meter.period, start)
        if period.start is None or period.end is None or period.end > until:
            continue
        times = within(sold.times, period.start, period.end)
        if not times:
            continue
        line = known.line.anchors
        whole = _days(line, period.start, day_on(line, period.end))
        paid = days_of((day_on(line, each.starts), min(_day_after(known, each), whole.next)) for each in times)
        # Given up for another one on the day on which it was taken: that day is the other's, the use is its own.
        held, count = paid or (_days(line, times[0].starts, whole.first), 0)
        if sold.thing[0] == SERVICE:
            count = held.count  # a service that is switched off for a while is one that waits
        spans = tuple((each.starts, each.ends) for each in times)
        part = None if spans == ((period.start, period.end),) else Part(known.held.account_id, item.id, spans)
        yield Priced(known, item, sold, period.key, period.start, whole, held, count, times, part, there.get(start, 0))


def _day_after(known: Known, time: Closed) -> date:
    """The day after the last one; the day of giving it up for another thing is that one's."""
    if time.handed:
        return day_on(known.line.anchors, time.ends)
    return day_after(Facts(known.line.anchors, known.book), time.ends)


def _periods(known: Known, sold: Sold, item: MeterItem, since: datetime, until: datetime) -> set[datetime]:
    """When the meter's periods begin that were over by `until`, while the thing was held."""
    last, found = sold.times[-1].ends, set()
    period = known.line.period(item.meter.period, max(sold.times[0].starts, told_since(item, since)))
    while period.start is not None and period.end is not None and period.end <= until:
        if last is not None and last <= period.start:
            break
        found.add(period.start)
        period = known.line.period(item.meter.period, period.end)
    return found


def _standing(known: Known, sold: Sold, item: MeterItem, since: datetime, until: datetime) -> Iterator[Priced]:
    """What stood when each of the account's periods, or the time in it in which the thing was held, was over; the days as of seats."""
    if not sold.held:
        return
    line, last = known.charged, sold.held[-1].ends
    interval = interval_of_use(known.book_about(sold.thing, item.meter.key), sold.thing, item.meter.key)
    begin = max(sold.held[0].starts, since - OLDEST)
    for each in periods_paid(Facts(line, known.book), interval, begin, until):
        if last is not None and last <= each.starts:
            return
        times = within(sold.held, each.starts, each.ends)
        paid = days_of((day_on(line, time.starts), min(day_on(line, time.ends), each.days.next)) for time in times)
        if paid is None:
            continue
        stand = Stand(known.held.account_id, item.id, times[-1].ends)
        key = f"{each.days.first.isoformat()}{'' if interval == MONTH else f'.{interval}'}"
        yield Priced(known, item, sold, key, each.starts, each.whole, *paid, times, stand, 0, interval)


def usage_of(one: Priced, steps: int, billed: Mapping[tuple[int, str], tuple[int, ...]]) -> Usage | None:
    """What is paid for it, where it came to so many `steps`; `billed`: the totals that charges were made for before.

    None: the thing was given up for another one on the day on which it was taken, and nothing was used of it.
    """
    if not one.count and not steps:
        return None
    meter, thing, last = one.item.meter, one.sold.thing, one.times[-1].ends
    scale = Decimal(10) ** meter.decimals
    made = Usage(
        meter=use_key(meter.key, one.sold.name),
        key=one.key,
        days=one.whole,
        total=steps / scale,
        list_price=None,
        retail_price=None,
        held=None if one.held == one.whole else one.held,
        count=None if one.held is None or one.count in (0, one.held.count) else one.count,
        kind=one.sold.kind,
        item=thing[1] if one.sold.kind == SERVICE_USE else meter.key,
        of=use_key(meter.key, thing[1]) if one.sold.kind == OVERAGE else thing[1],
        begins=one.times[0].starts,
        ends=last,
        stands=bool(one.interval),
    )
    free, more = _free(one, last - _INSTANT)
    made = replace(made, included=free, more_at_retail=more)
    before = billed.get((one.known.held.account_id, made.stem), ())
    made = with_prices(
        one.known,
        made,
        lambda book: list_use(book, thing, meter.key, last - _INSTANT),
        lambda book: retail_use(book, thing, meter.key, last - _INSTANT),
    )
    if made.retail_price is not None and one.interval not in ("", made.retail_price.interval):
        made = replace(made, retail_price=None)  # a price by another interval would be asked for in each of these
    return replace(made, billed=tuple(total / scale for total in before))


def with_prices(
    known: Known, usage: Usage, listed: Callable[[Book], Price | None], retail: Callable[[Book], Retail | None]
) -> Usage:
    """The same with both prices as they are for whoever stood above the account when it became due, and whose claim it is: that one
    owes it, in its own currency. Where nobody knows who that was there is the list price of now alone."""
    whose, book = known.claimed_by(when_over(known.charged, usage))
    said = None if book is None else retail(book)
    return replace(
        usage,
        list_price=listed(known.book if book is None else book),
        retail_price=None if said is None else said.price,
        claimed_by=whose,
    )


def _free(one: Priced, moment: datetime) -> tuple[int | None, int | None]:
    """What is free of it, and how much more at retail: of what is asked for beyond a limit so much as is granted then."""
    if one.sold.kind != OVERAGE:
        return 0, 0
    now, (_kind, key, version) = one.known.held, one.sold.thing
    plan = now.offer.plan(key, version)
    limits = () if plan is None else plan.limits
    limit = next((each for each in limits if each.meter == one.item.meter.key), None)
    return (None, 0) if limit is None else free_at(one.known, limit, moment)


def _days(anchors: tuple[Since, ...], begins: datetime, after: date) -> Days:
    """From the day of that instant on; one at least, where the anchor moved twice on it."""
    first = day_on(anchors, begins)
    return Days(first, max(after, first + _A_DAY))


__all__ = ["Priced", "Total", "priced", "told_since", "usage_of", "with_prices"]
