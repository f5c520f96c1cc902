"""What an account holds that has a price by use, and in which time what is used counts: plans, add-ons, managed services.

And plans that ask for what stands beyond a limit: what is used beyond one goes by the periods of its meter (`queries.used`).

A plan counts while it was held, from one instant to another: where another plan follows, what is used from that instant on is
that one's, and so is the day. Where none follows, use counts to the end of the day, as all that is paid in arrears. So it is where an
add-on is ended; while it rests it does not count. A managed service counts while it is on. A trial is free of all.

What stands is no use but something that is held, as seats are: for that the instants count in which the thing is taken and given up,
and no end of a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sublet.billing.queries.alongside import free_of
from sublet.core.charging import ADD_ON_USE, OVERAGE, PLAN_USE, SERVICE_USE, Beside, Facts, Span, day_after, without
from sublet.core.included import NOTHING, Granted, included
from sublet.core.manifest import Plan
from sublet.core.manifest.model import Limit
from sublet.core.offer import MeterItem, Offer
from sublet.core.periods import STANDING, Since
from sublet.core.places import Place, place_at
from sublet.core.pricebook import ADD_ON, PLAN, SERVICE, Book, Thing
from sublet.core.pricebook import OVERAGE as OVERAGE_PRICE
from sublet.core.proration import start_on
from sublet.core.subscription import Phase
from sublet.core.useprices import meters_by_use
from sublet.metering.queries import Line
from sublet.subscriptions.models import AddOnTaken
from sublet.subscriptions.queries.held import Held

#: Kind of a thing → kind of the charges for its use.
_CHARGED_AS: Final = {PLAN: PLAN_USE, ADD_ON: ADD_ON_USE, SERVICE: SERVICE_USE, OVERAGE_PRICE: OVERAGE}


@dataclass(frozen=True, slots=True)
class Counted:
    """From `starts` up to and not including `ends` (None: on and on). `handed`: something follows then, which has that day."""

    starts: datetime
    ends: datetime | None
    handed: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """The same within a period: it has an end."""

    starts: datetime
    ends: datetime
    handed: bool


@dataclass(frozen=True, slots=True)
class Sold:
    """A thing that somebody has prices for by these `meters`, and the times in which it counts: in order, none touches another.

    `held`: the same for what stands, from the instant of taking it to that of giving it up. Of what stands beyond the limits of a
    plan the thing is of the kind ``overage``, with the key of the plan.
    """

    thing: Thing
    meters: tuple[str, ...]
    times: tuple[Counted, ...]
    held: tuple[Counted, ...]

    @property
    def kind(self) -> str:
        """That of its charges."""
        return _CHARGED_AS[self.thing[0]]

    @property
    def name(self) -> str:
        """By which it is told from others in the keys of charges: two versions of a plan may be held in one period."""
        _kind, key, version = self.thing
        return f"{key}.{version}" if version else key


def meter_of(present: Offer, key: str) -> MeterItem | None:
    """Also one that has fallen out of the manifest: a version of a plan that is still held may count by it."""
    found = present.meters.get(key)
    return found or next((each for each in reversed(present.every_meter) if each.meter.key == key), None)


def free_at(known: Known, limit: Limit, moment: datetime) -> tuple[int | None, int | None]:
    """How much of its meter is free at wholesale by that limit, and how much more at retail; None: all."""
    granted = known.granted.get(limit.meter, NOTHING)
    return included(known.held.included_at(limit, moment), granted, moment)


def within(times: Iterable[Counted], starts: datetime, ends: datetime) -> tuple[Closed, ...]:
    """What of them is in a period."""
    found: list[Closed] = []
    for each in times:
        begin = max(each.starts, starts)
        over = ends if each.ends is None else min(each.ends, ends)
        if begin < over:
            found.append(Closed(begin, over, each.handed and each.ends == over))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Stood:
    """Where the account stood before, and the prices of whoever was above it then."""

    place: Place
    book: Book


@dataclass(frozen=True, slots=True)
class Known:
    """An account whose usage is asked for. `line`: by which its meters count. `charged`: by which its plan is paid, and what stands.
    `gone`: since when it is closed; None: it is not. `sold`: what has a price by use. `stood`: its places of before, `placed_at`
    when it came where it stands (None: it was born there). `idle`: when it was a demonstration, or closed. `granted`: by meter what
    was said of its limits and given once."""

    held: Held
    line: Line
    book: Book
    charged: tuple[Since, ...]
    gone: datetime | None = None
    sold: tuple[Sold, ...] = ()
    stood: tuple[Stood, ...] = ()
    placed_at: datetime | None = None
    idle: tuple[Span, ...] = ()
    granted: Mapping[str, Granted] = field(default_factory=dict)

    @property
    def books(self) -> tuple[Book, ...]:
        """Its prices, and those of its places of before."""
        return (self.book, *(each.book for each in self.stood))

    def book_about(self, thing: Thing, meter: str) -> Book:
        """The first of them in which somebody has a price for what that meter counts of it."""
        if not self.stood:
            return self.book
        return next((each for each in self.books if meter in meters_by_use(each, thing)), self.book)

    def claimed_by(self, due: datetime) -> tuple[int, Book | None]:
        """Who owes at wholesale what was due then and claims it at retail, by which prices: 0 as it stands now, itself where it
        stood alone; None: nobody knows any."""
        if self.placed_at is None or due >= self.placed_at:
            return 0, self.book
        place = place_at((each.place for each in self.stood), due)
        return next(((each.place.above, each.book) for each in self.stood if each.place == place), (0, None))


def sold_of(
    now: Held,
    anchors: tuple[Since, ...],
    books: Sequence[Book],
    gone: datetime | None,
    services: Iterable[Beside],
    idle: tuple[Span, ...] = (),
) -> tuple[Sold, ...]:
    """All of it, up to the closing of the account (`gone`), but in the times in which it is `idle`. `services`: those that have a
    price, without what is free.

    `books`: its prices, and those of its places of before.
    """
    book = books[0]
    phases = [each for each in now.agreement.phases() if gone is None or each.starts < gone]
    known: dict[Thing, tuple[str, ...]] = {}
    times: dict[Thing, tuple[list[Counted], list[Counted]]] = {}

    def add(thing: Thing, counted: Iterable[Counted], held: Iterable[Counted]) -> None:
        if thing not in known:
            known[thing] = _meters(books, thing)
        if known[thing]:
            there = times.setdefault(thing, ([], []))
            there[0].extend(counted)
            there[1].extend(held)

    for place, phase in enumerate(phases):
        plan = now.plan_of(phase)
        if plan is not None and (beyond := _beyond(plan, now.offer)):
            thing = (OVERAGE_PRICE, plan.key, plan.version)
            known[thing] = beyond
            stands = [Counted(phase.starts, _before(phase.ends, gone))]
            add(thing, stands, stands)
        key, version = phase.held
        if key:
            counted = _plan_held(phase, phases[place + 1 :], anchors, book, gone)
            add((PLAN, key, version), counted, [Counted(phase.starts, _before(phase.ends, gone))])
    for row in now.add_ons:
        spans = [span for span in now.spans_of(row) if gone is None or span[0] < gone]
        begins = _taken_again(now, row)
        add(
            (ADD_ON, row.key, row.version),
            _add_on_held(spans, row.ends_at, begins, anchors, book, gone),
            [Counted(starts, _before(ends, gone)) for starts, ends in spans],
        )
    found = [
        Sold(thing, known[thing], *(tuple(_without_free(free_of(now, idle), _in_order(each))) for each in there))
        for thing, there in times.items()
    ]
    for one in services:  # they are without what is free already
        thing = (SERVICE, one.key, 0)
        spans_on = tuple(Counted(span.starts, span.ends) for span in one.spans)
        found.append(Sold(thing, _meters(books, thing), spans_on, spans_on))
    return tuple(each for each in found if each.meters and each.times)


def _meters(books: Iterable[Book], thing: Thing) -> tuple[str, ...]:
    return tuple(dict.fromkeys(meter for book in books for meter in meters_by_use(book, thing)))


def _beyond(plan: Plan, present: Offer) -> tuple[str, ...]:
    """The meters that stand, and of which the plan asks for what goes beyond its limit."""
    limited = [limit.meter for limit in plan.limits if limit.overage and limit.amount is not None]
    items = (meter_of(present, key) for key in limited)
    return tuple(item.meter.key for item in items if item is not None and item.meter.period == STANDING)


def _plan_held(
    phase: Phase, later: Sequence[Phase], anchors: tuple[Since, ...], book: Book, gone: datetime | None
) -> Iterator[Counted]:
    ends = _before(phase.ends, gone)
    following = next((each for each in later if each.held[0]), None)
    if ends is None or (following is not None and following.starts == ends):
        yield Counted(phase.starts, ends, handed=ends is not None)
        return
    last = _end_of_day(ends, anchors, book)
    if following is not None and following.starts < last:
        yield Counted(phase.starts, following.starts, handed=True)
    else:
        yield Counted(phase.starts, last)


def _add_on_held(
    spans: Iterable[tuple[datetime, datetime | None]],
    ended: datetime | None,
    begins: Sequence[datetime],
    anchors: tuple[Since, ...],
    book: Book,
    gone: datetime | None,
) -> Iterator[Counted]:
    """`begins`: when another version of it was taken, which has the rest of the day."""
    for starts, ends in spans:
        over = _before(ends, gone)
        if over is None or over not in (ended, gone):
            yield Counted(starts, over)
            continue
        last = _end_of_day(over, anchors, book)
        follows = min((each for each in begins if over <= each < last), default=None)
        yield Counted(starts, last) if follows is None else Counted(starts, follows, handed=True)


def _taken_again(now: Held, row: AddOnTaken) -> list[datetime]:
    return [each.starts_at for each in now.add_ons if each.key == row.key and each.version != row.version]


def _before(ends: datetime | None, gone: datetime | None) -> datetime | None:
    return ends if gone is None else gone if ends is None else min(ends, gone)


def _end_of_day(moment: datetime, anchors: tuple[Since, ...], book: Book) -> datetime:
    return start_on(anchors, day_after(Facts(anchors, book), moment))


def _in_order(times: Iterable[Counted]) -> list[Counted]:
    """Times that overlap or touch are one: two add-ons of the same kind count once."""
    found: list[Counted] = []
    for each in sorted(times, key=lambda each: each.starts):
        last = found[-1] if found else None
        if last is None or (last.ends is not None and last.ends < each.starts):
            found.append(each)
        elif last.ends is not None and (each.ends is None or last.ends < each.ends):
            found[-1] = replace(each, starts=last.starts)
    return found


def _without_free(free: Sequence[Span], times: Iterable[Counted]) -> list[Counted]:
    return [
        Counted(left.starts, left.ends, each.handed and left.ends == each.ends)
        for each in times
        for left in without(Span(each.starts, each.ends), free)
    ]


__all__ = ["Closed", "Counted", "Known", "Sold", "Stood", "free_at", "meter_of", "sold_of", "within"]
