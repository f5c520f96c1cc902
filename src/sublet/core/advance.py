"""What is paid in advance: plans and what is held beside them, period by period, with credit for the days that are not used.

A part of `core.charging`, whose laws hold here. A *stretch* is a span of one item without any change; a charge of one side is a
*half*. Each side walks through the stretches by itself, since each may have its own interval, and they meet by the keys.

The walk is a chain: a price is looked up where a period begins, and the next where that period ends. All chains have a seam at
the end of each year from the anchor, so that a window of today needs the chain of this year only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache

from sublet.core.chargefacts import (
    ADD_ON,
    ADD_ONS,
    BASE,
    LIST,
    ONE_OFF,
    PAID_AS,
    PLAN,
    RETAIL,
    SERVICE_PRICE,
    Charge,
    Facts,
    Span,
    without,
)
from sublet.core.money import CurrenciesDiffer
from sublet.core.pricing import (
    FLAT,
    PERCENT,
    WHOLE,
    Price,
    Priced,
    Quantity,
    credit_lines,
    price_lines,
    sum_of,
)
from sublet.core.proration import ANNIVERSARY, MONTH, MONTHS, ONCE, YEAR, Days, day_on, part, period_of, start_on


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A span of one item without any change in it."""

    kind: str
    price_kind: str
    stem: str
    item: str
    version: int
    interval: str
    quantity: Quantity
    starts: datetime
    ends: datetime | None
    own: Price | None = None

    @property
    def same_as(self) -> tuple[str, str, Quantity]:
        """What has to be equal for two that touch to be one."""
        return (self.stem, self.interval, self.quantity)


@dataclass(frozen=True, slots=True)
class _Half:
    """A charge of one side."""

    key: str
    kind: str
    stretch: _Stretch
    due: datetime
    priced_at: datetime
    days: Days
    of_days: int
    quantity: Quantity
    parts: tuple[Priced, ...]
    currency: str
    credits: str = ""


@dataclass(frozen=True, slots=True)
class _Running:
    """The period that is paid, or passes without a price (`price` None): its days from the first that is paid, and its charge."""

    days: Days
    period: Days
    due: datetime
    price: Price | None = None
    mark_up: Price | None = None
    key: str = ""
    quantity: Quantity = 1
    parts: tuple[Priced, ...] = ()

    @property
    def suffix(self) -> str:
        return "" if self.price is None or self.price.interval == MONTH else f":{self.price.interval}"


def in_advance(facts: Facts, since: datetime, until: datetime) -> Iterator[Charge]:
    """The charges and credits that become due from `since` up to and not including `until`, and the fees of what is new."""
    for track in _tracks(facts, until):
        asked, retail = (_Side(facts, side, since, until).walked(track) for side in (LIST, RETAIL))
        yield from _together(facts, asked, retail)


# What is held, as stretches -------------------------------------------------------------------------------------------


def _tracks(facts: Facts, until: datetime) -> Iterator[list[_Stretch]]:
    """One list of stretches, in order, for the plan and for each thing beside it; what begins at `until` or later is left out."""
    cuts = moves_of(facts)
    plans = [
        _Stretch(
            BASE,
            PLAN,
            f"base:plan.{held.plan}.{held.version}",
            held.plan,
            held.version,
            held.interval,
            held.seats,
            span.starts,
            span.ends,
        )
        for held in facts.plans
        if held.plan
        for span in without(Span(held.starts, held.ends), facts.free)
    ]
    if plans:
        yield _in_order(plans, cuts, until)
    for one in facts.beside:
        price_kind, stem = (ADD_ON, "add_on") if one.kind == ADD_ONS else (SERVICE_PRICE, "service")
        stretches = [
            _Stretch(
                one.kind,
                price_kind,
                f"{stem}:{one.ref}",
                one.key,
                one.version,
                one.interval,
                one.count,
                span.starts,
                span.ends,
                one.price,
            )
            for span in one.spans
        ]
        yield _in_order(stretches, cuts, until)


def _in_order(stretches: Iterable[_Stretch], cuts: Sequence[datetime], until: datetime) -> list[_Stretch]:
    """By their instants: what touches and is the same is one, but where the anchor changes."""
    there = [each for each in stretches if each.starts < until and (each.ends is None or each.starts < each.ends)]
    there.sort(key=lambda each: each.starts)
    found: list[_Stretch] = []
    for each in there:
        if found and found[-1].ends == each.starts and found[-1].same_as == each.same_as:
            found[-1] = replace(found[-1], ends=each.ends)
        else:
            found.append(each)
    return [piece for each in found for piece in _cut(each, cuts)]


def _cut(stretch: _Stretch, cuts: Sequence[datetime]) -> Iterator[_Stretch]:
    """In pieces where the anchor changes: what was paid by the old periods is credited, what follows goes by the new ones."""
    starts = stretch.starts
    for cut in cuts:
        if starts < cut and (stretch.ends is None or cut < stretch.ends):
            yield replace(stretch, starts=starts, ends=cut)
            starts = cut
    yield replace(stretch, starts=starts)


def moves_of(facts: Facts) -> list[datetime]:
    """The instants from which periods begin on another day than before."""
    return [each.since for place, each in enumerate(facts.line) if place and _moves(facts, place)]


def _moves(facts: Facts, place: int) -> bool:
    return facts.basis == ANNIVERSARY and facts.line[place].anchor.day != facts.line[place - 1].anchor.day


def anchor_at(facts: Facts, moment: datetime) -> date:
    """The anchor's day that holds in that instant; by the calendar it makes no difference, and is always the first."""
    found = facts.line[0].anchor.day
    if facts.basis != ANNIVERSARY:
        return found
    for each in facts.line[1:]:
        if each.since <= moment:
            found = each.anchor.day
    return found


# One side's walk ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Side:
    facts: Facts
    side: str
    since: datetime
    until: datetime
    found: list[_Half] = field(default_factory=list)
    track: Sequence[_Stretch] = ()
    place: int = 0
    #: Flat fees that were charged in a period: who comes back has entered the step before.
    flats: dict[tuple[str, Days], int] = field(default_factory=dict)

    def walked(self, track: Sequence[_Stretch]) -> list[_Half]:
        running: _Running | None = None
        seen: set[str] = set()
        self.track = track
        for self.place, stretch in enumerate(track):
            if stretch.kind != ADD_ONS and stretch.item not in seen:
                # Of add-ons it is work that was done, which comes as a fact of its own (OneOff): not twice.
                seen.add(stretch.item)
                self._fee(stretch)
            if self._is_past(stretch):
                running = None
                continue
            following = track[self.place + 1] if self.place + 1 < len(track) else None
            running = self._through(stretch, running, following)
        return [half for half in self.found if self.since <= half.due < self.until]

    def _is_past(self, stretch: _Stretch) -> bool:
        """Whether nothing of the stretch can matter any more."""
        if stretch.ends is None or stretch.ends >= self.since:
            return False
        anchor = anchor_at(self.facts, stretch.starts)
        year = period_of(self.facts.basis, YEAR, anchor, day_on(self.facts.line, stretch.ends))
        return start_on(self.facts.line, year.next) < self.since

    def _fee(self, stretch: _Stretch) -> None:
        """What is due once, when a thing is taken for the first time: never prorated, never given back."""
        if not self.since <= stretch.starts < self.until:
            return
        price, mark_up = self._price(stretch, stretch.starts, (ONCE,))
        if price is None:
            return
        day = day_on(self.facts.line, stretch.starts)
        days = Days(day, day + timedelta(days=1))
        quantity = quantity_of(stretch, price)
        parts = _marked(price_lines(price, quantity), mark_up)
        name = stretch.item if stretch.kind == BASE else stretch.stem.partition(":")[2]
        key = f"{ONE_OFF}:{stretch.price_kind}.{name}"
        self.found.append(
            _Half(key, ONE_OFF, stretch, stretch.starts, stretch.starts, days, 1, quantity, parts, price.currency)
        )

    def _through(self, stretch: _Stretch, running: _Running | None, following: _Stretch | None) -> _Running | None:
        """Period after period to the stretch's end. Gives the period that goes on beyond it, if what follows goes on with it."""
        line = self.facts.line
        anchor = anchor_at(self.facts, stretch.starts)
        ended = None if stretch.ends is None else day_on(line, stretch.ends)
        if running is None:
            running = self._begun(stretch, anchor, *self._beginning(stretch, anchor), ended)
        while running is not None:
            if ended is not None and ended < running.period.next:
                if self._goes_on(stretch, running, following, anchor):
                    return running
                self._give_back(stretch, running, ended)
                return None
            running = self._begun(stretch, anchor, running.period.next, start_on(line, running.period.next), ended)
        return None

    def _beginning(self, stretch: _Stretch, anchor: date) -> tuple[date, datetime]:
        """Where the walk begins: with the stretch, or with the year in which the window begins."""
        line = self.facts.line
        day = day_on(line, stretch.starts)
        if self.since > stretch.starts:
            last = self.since if stretch.ends is None else min(self.since, stretch.ends)
            year = period_of(self.facts.basis, YEAR, anchor, day_on(line, last))
            if year.first > day:
                return year.first, start_on(line, year.first)
        return day, stretch.starts

    def _begun(self, stretch: _Stretch, anchor: date, day: date, due: datetime, ended: date | None) -> _Running | None:
        """The period that begins on that day, charged; None where the stretch or the window is over by then."""
        if due >= self.until or (stretch.ends is not None and due >= stretch.ends):
            return None
        price, mark_up = self._price(stretch, due, dict.fromkeys((stretch.interval, *MONTHS)))
        if price is None:
            period = period_of(self.facts.basis, MONTH, anchor, day)
            return _Running(Days(day, period.next), period, due)
        period = period_of(self.facts.basis, price.interval, anchor, day)
        days = Days(day, period.next)
        over = start_on(self.facts.line, period.next)
        quantity = quantity_of(stretch, price)
        if over <= self.since and (ended is None or ended >= period.next):
            return _Running(days, period, due, price, mark_up)  # nothing of it falls into the window
        suffix = "" if price.interval == MONTH else f":{price.interval}"
        key = f"{stretch.stem}:{days}{suffix}{self._turn(start_on(self.facts.line, day))}"
        parts = self._flats_once(price_lines(price, quantity, part=part_of(days, period)), (stretch.stem, period))
        running = _Running(days, period, due, price, mark_up, key, quantity, parts)
        self._add(key, stretch, running, due, days, parts)
        return running

    def _goes_on(self, stretch: _Stretch, running: _Running, following: _Stretch | None, anchor: date) -> bool:
        """Whether only the number of seats changes, and the price does not depend on it."""
        return (
            following is not None
            and following.starts == stretch.ends
            and (following.stem, following.interval) == (stretch.stem, stretch.interval)
            and stretch.kind == BASE
            and running.price is not None
            and running.price.model == FLAT
            and anchor_at(self.facts, following.starts) == anchor
        )

    def _give_back(self, stretch: _Stretch, running: _Running, ended: date) -> None:
        """Credit for the days from `ended` on; for all, with flat fees, where the change is on the first of them."""
        price, ends = running.price, stretch.ends
        if price is None or ends is None:
            return
        unused = Days(max(ended, running.days.first), running.days.next)
        if unused == running.days:
            back = tuple(replace(line, flat=-line.flat, minor=-line.minor) for line in running.parts)
            whose = (stretch.stem, running.period)
            self.flats[whose] = self.flats.get(whose, 0) - sum(line.flat for line in running.parts)
        else:
            back = credit_lines(
                price,
                running.quantity,
                charged=part_of(running.days, running.period),
                unused=part_of(unused, running.period),
            )
        turn = self._turn(start_on(self.facts.line, ended), is_end=True)
        key = f"credit:{stretch.stem}:{unused}{running.suffix}{turn}"
        self._add(key, stretch, running, ends, unused, back, credits=running.key)

    def _add(
        self,
        key: str,
        stretch: _Stretch,
        running: _Running,
        due: datetime,
        days: Days,
        parts: tuple[Priced, ...],
        credits: str = "",
    ) -> None:
        currency = "" if running.price is None else running.price.currency
        self.found.append(
            _Half(
                key,
                stretch.kind,
                stretch,
                due,
                running.due,
                days,
                running.period.count,
                running.quantity,
                _marked(parts, running.mark_up),
                currency,
                credits,
            )
        )

    def _turn(self, begins: datetime, *, is_end: bool = False) -> str:
        """``~2`` where the thing is held, or ends, a second time on the day that begins then; the same on both sides."""
        here, number = self.track[self.place], 1
        for before in reversed(self.track[: self.place]):
            if before.ends is None or before.ends < begins or (before.ends == begins and not is_end):
                break
            number += before.stem == here.stem
        return "" if number == 1 else f"~{number}"

    def _flats_once(self, parts: tuple[Priced, ...], whose: tuple[str, Days]) -> tuple[Priced, ...]:
        """The lines without flat fees that were charged in this period already."""
        if not any(line.flat for line in parts):
            return parts
        left = self.flats.get(whose, 0)
        found = []
        for line in parts:
            less = min(left, line.flat)
            left -= less
            self.flats[whose] = self.flats.get(whose, 0) + line.flat - less
            found.append(replace(line, flat=line.flat - less, minor=line.minor - less))
        return tuple(found)

    def _price(self, stretch: _Stretch, at: datetime, intervals: Iterable[str]) -> tuple[Price | None, Price | None]:
        """The price by the first of the intervals that has one, and the mark-up on it where it is the list price with one."""
        for interval in intervals:
            price = self._asked(self.side, stretch, interval, at)
            if price is None:
                continue
            if price.model != PERCENT:
                return price, None
            below = self._asked(LIST, stretch, interval, at)
            if below is not None:
                if below.currency != price.currency:
                    raise CurrenciesDiffer(price.currency, below.currency)
                return below, price
        return None, None

    def _asked(self, side: str, stretch: _Stretch, interval: str, at: datetime) -> Price | None:
        what = (stretch.price_kind, stretch.item, stretch.version, interval, at)
        if stretch.own is not None:
            price = stretch.own if side == RETAIL else None
        elif side == LIST:
            price = self.facts.prices.list_price(*what)
        else:
            offered = self.facts.prices.retail(*what)
            price = None if offered is None else offered.price
        return None if price is None or price.is_usage or price.interval != interval else price


def part_of(days: Days, period: Days) -> Fraction:
    """What part of the period the days are."""
    return WHOLE if days == period else _part(period.count, days.count)


_part = lru_cache(maxsize=100_000)(part)


def quantity_of(stretch: _Stretch, price: Price) -> Quantity:
    """How many are paid for: of a plan with a fixed price one, however many seats it has; of other things as many as are held."""
    return 1 if stretch.kind == BASE and price.model in (FLAT, ONCE) else stretch.quantity


def _marked(parts: tuple[Priced, ...], mark_up: Price | None) -> tuple[Priced, ...]:
    """The lines with so much on top, in one line."""
    return parts if mark_up is None else price_lines(mark_up, sum_of(parts))


# Both sides -----------------------------------------------------------------------------------------------------------


def _together(facts: Facts, asked: list[_Half], retail: list[_Half]) -> Iterator[Charge]:
    """One charge where both sides are for the same days of the same period; none where nothing is asked."""
    others = {half.key: half for half in retail}
    for half in asked:
        other = others.pop(half.key, None)
        if sum_of(half.parts) or (other is not None and sum_of(other.parts)):
            yield _charge(facts, half, half, other)
    for half in others.values():
        if sum_of(half.parts):
            yield _charge(facts, half, None, half)


def _charge(facts: Facts, half: _Half, asked: _Half | None, retail: _Half | None) -> Charge:
    start = start_on(facts.line, half.days.first)
    apart = None
    if (
        asked is not None
        and retail is not None
        and (asked.priced_at, asked.credits) != (retail.priced_at, retail.credits)
    ):
        apart = (retail.priced_at, retail.credits)
    return Charge(
        key=half.key,
        kind=half.kind,
        paid_as=PAID_AS[half.kind],
        item=half.stretch.item,
        due=half.due,
        priced_at=half.priced_at,
        start=start if half.credits else max(start, half.due),
        end=start_on(facts.line, half.days.next),
        first_day=half.days.first,
        last_day=half.days.last,
        days=half.days.count,
        of_days=half.of_days,
        quantity=half.quantity,
        list_minor=None if asked is None else sum_of(asked.parts),
        retail_minor=None if retail is None else sum_of(retail.parts),
        currency="" if asked is None else asked.currency,
        retail_currency="" if retail is None else retail.currency,
        list_parts=() if asked is None else asked.parts,
        retail_parts=() if retail is None else retail.parts,
        credits=half.credits,
        retail_apart=apart,
    )
