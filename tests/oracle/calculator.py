"""What an account owes, day by day: written to be read, not to be fast, and without anything of what reckons it in earnest.

Only the types of the facts are the same. Days are found by walking through time in quarters of an hour, periods by counting
from the anchor, prices by loops over each unit, amounts are decimals of sixty digits.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, localcontext
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sublet.core.charging import Commitment, Facts, Usage
from sublet.core.pricing import Price

FIRST = datetime(2024, 11, 1, tzinfo=UTC)
LAST = datetime(2028, 3, 1, tzinfo=UTC)
QUARTER_OF_AN_HOUR = timedelta(minutes=15)
A_DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}

#: Side, when it is due, its first day and the day after its last, smallest units.
Row = tuple[str, datetime, date, date, int]
#: From which instant on an account is charged by which basis; before the first of them, by that of its facts.
Bases = Sequence[tuple[datetime, str]]


# Time -----------------------------------------------------------------------------------------------------------------


@lru_cache
def midnights(zone: str) -> dict[date, datetime]:
    """Day → the first quarter of an hour at which the calendar on the wall has shown it."""
    found: dict[date, datetime] = {}
    there, moment, latest = ZoneInfo(zone), FIRST, date.min
    while moment < LAST:
        today = moment.astimezone(there).date()
        if today > latest:
            found[today] = moment
            latest = today
        moment += QUARTER_OF_AN_HOUR
    return found


@dataclass
class Calendar:
    """Day → its first instant, for an account that may have moved."""

    begins: dict[date, datetime]

    @classmethod
    def of(cls, facts: Facts) -> Calendar:
        found: dict[date, datetime] = {}
        day = FIRST.date() + 3 * A_DAY
        while day < LAST.date() - 5 * A_DAY:
            for place, here in enumerate(facts.line):
                begins = midnights(here.anchor.zone)[day]
                if place > 0 and begins < here.since:
                    begins = here.since
                if place + 1 == len(facts.line) or begins < facts.line[place + 1].since:
                    found[day] = begins
                    break
            day += A_DAY
        return cls(found)

    def day(self, moment: datetime) -> date:
        found = None
        for day, begins in self.begins.items():
            if begins <= moment:
                found = day
            else:
                break
        assert found is not None
        return found


def later(anchor: date, months: int) -> date:
    year, month = anchor.year, anchor.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        elif month == 0:
            year, month = year - 1, 12
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


@cache
def bounds(basis: str, interval: str, anchor: date, day: date) -> tuple[date, date]:
    """The period of the day, by counting."""
    origin = anchor if basis == "anniversary" else date(2020, 1, 1)
    k = 0
    while later(origin, MONTHS[interval] * k) > day:
        k -= 1
    while later(origin, MONTHS[interval] * (k + 1)) <= day:
        k += 1
    return later(origin, MONTHS[interval] * k), later(origin, MONTHS[interval] * (k + 1))


# Money ----------------------------------------------------------------------------------------------------------------


def cents(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


@dataclass
class Bill:
    """The lines of a price for a whole period: (amount that goes with time or use, flat fee)."""

    lines: list[tuple[Decimal, int]]
    missing: Decimal = Decimal(0)

    @property
    def flat(self) -> int:
        return sum(fee for _, fee in self.lines)


def bill(price: Any, quantity: Any, days: int, of: int) -> Bill:
    left = max(Decimal(quantity) - price.included, Decimal(0))
    lines: list[tuple[Decimal, int]] = []
    if price.model in ("flat", "once"):
        lines.append((price.amount * Decimal(quantity), 0))
    elif price.model in ("seat", "unit"):
        lines.append((price.amount * left, 0))
    elif price.model == "package":
        lines.append((price.amount * (left / price.package_size).to_integral_value(ROUND_CEILING), 0))
    elif price.model == "volume":
        step = next(step for step in price.steps if step.up_to is None or left <= step.up_to)
        lines.append((step.amount * left, step.flat))
    else:
        below = Decimal(0)
        for place, step in enumerate(price.steps):
            if place == 0 or left > below:
                top = left if step.up_to is None else min(left, Decimal(step.up_to))
                cost, unit = Decimal(0), below
                while unit < top:  # one unit after the other, the last perhaps not whole
                    some = min(Decimal(1), top - unit)
                    cost += step.amount * some
                    unit += some
                lines.append((cost, step.flat))
            below = Decimal(step.up_to or 0)
    is_timed = price.meter is None and price.model != "once"
    made = Bill([(amount * days / of, fee) for amount, fee in lines] if is_timed else lines)
    reached = sum(amount + fee for amount, fee in lines)
    if price.minimum and is_timed:
        made.missing = max(price.minimum - reached, Decimal(0)) * days / of
    elif price.minimum:
        made.missing = max(price.minimum * days - reached * of, Decimal(0)) / of
    return made


def marked(minor: int, mark_up: Any) -> int:
    return minor if mark_up is None else cents(Decimal(minor) * (100 + mark_up.amount) / 100)


# What is held ---------------------------------------------------------------------------------------------------------


@dataclass
class Paid:
    """What runs: a price, or none until the day on which one is looked for again."""

    what: tuple[Any, ...]
    first: date
    start: date
    ends: date
    price: Price | None = None
    mark_up: Price | None = None
    quantity: Any = 1
    made: Bill | None = None
    flat: int = 0


@dataclass
class Side:
    facts: Facts
    calendar: Calendar
    side: str
    until: datetime
    rows: list[Row] = field(default_factory=list)
    #: What is due once, when something is taken for the first time.
    fees: list[Row] = field(default_factory=list)
    bases: Bases = ()

    def put(self, due: datetime, first: date, after: date, minor: int) -> None:
        if minor and due < self.until:
            self.rows.append((self.side, due, first, after, minor))

    def ask(self, side: str, what: tuple[str, str, int], interval: str, at: datetime) -> Any:
        if side == "list":
            return self.facts.prices.list_price(*what, interval, at)
        said = self.facts.prices.retail(*what, interval, at)
        return None if said is None else said.price

    def price(self, what: tuple[str, str, int], wish: str, at: datetime) -> tuple[Price | None, Price | None]:
        for interval in [wish, *(other for other in MONTHS if other != wish)]:
            price = self.ask(self.side, what, interval, at)
            if price is None:
                continue
            if price.model == "percent":
                below = self.ask("list", what, interval, at)
                if below is None:
                    continue
                return below, price
            return price, None
        return None, None

    # Each day ---------------------------------------------------------------------------------------------------------

    def walk(self, holding: Any, instants: list[datetime], is_plan: bool) -> None:
        """`holding(moment)`: what is held then, as (price kind, key, version, interval, quantity, name), or None."""
        paid: Paid | None = None
        flats: dict[tuple[Any, ...], int] = {}
        fees: set[str] = set()
        changes = sorted(set(instants))
        for day, begins in self.calendar.begins.items():
            if begins >= self.until:
                break
            ends = self.calendar.begins.get(day + A_DAY, LAST)
            if ends == begins:
                continue  # who moves ahead far enough never sees that day
            for moment in sorted({begins, *(each for each in changes if begins <= each < ends)}):
                if moment >= self.until:
                    break
                held = holding(moment)
                paid = self.step(paid, held, day, moment, flats, fees, is_plan)

    def step(
        self,
        paid: Paid | None,
        held: Any,
        day: date,
        moment: datetime,
        flats: dict[Any, int],
        fees: set[str],
        is_plan: bool,
    ) -> Paid | None:
        if held is not None and held[0] != "add_on" and held[1] not in fees:
            fees.add(held[1])
            fee = self.ask(self.side, held[:3], "once", moment)
            if fee is not None and moment < self.until:
                minor = cents(fee.amount * (1 if is_plan else held[4]))
                self.fees += [(self.side, moment, day, day + A_DAY, minor)] if minor else []
        what: Any = None if held is None else (*held, counted_from(self.facts, self.bases, moment))
        if paid is not None and day >= paid.ends:
            paid = None  # over by itself
        if paid is not None and what != paid.what:
            same_but_seats = what is not None and what[:4] + what[5:] == paid.what[:4] + paid.what[5:]
            if same_but_seats and is_plan and paid.price is not None and paid.price.model == "flat":
                paid.what = what
            else:
                self.give_back(paid, day, moment, flats)
                paid = None
        if paid is None and what is not None:
            paid = self.take(what, day, moment, flats, is_plan)
        return paid

    def take(self, what: tuple[Any, ...], day: date, moment: datetime, flats: dict[Any, int], is_plan: bool) -> Paid:
        basis, anchor = whence(self.facts, self.bases, moment)
        price, mark_up = self.price(what[:3], what[3], moment)
        if price is None:
            return Paid(what, day, day, bounds(basis, "month", anchor, day)[1])
        start, ends = bounds(basis, price.interval, anchor, day)
        quantity = 1 if is_plan and price.model == "flat" else what[4]
        made = bill(price, quantity, (ends - day).days, (ends - start).days)
        whose = (what[1], what[2], what[5], start, ends)
        flat = max(made.flat - flats.get(whose, 0), 0)
        flats[whose] = flats.get(whose, 0) + flat
        minor = sum(cents(amount) for amount, _ in made.lines) + flat + cents(made.missing)
        self.put(moment, day, ends, marked(minor, mark_up))
        return Paid(what, day, start, ends, price, mark_up, quantity, made, flat)

    def give_back(self, paid: Paid, day: date, moment: datetime, flats: dict[Any, int]) -> None:
        if paid.price is None or paid.made is None:
            return
        unused, charged = (paid.ends - day).days, (paid.ends - paid.first).days
        if unused == charged:
            minor = sum(cents(amount) for amount, _ in paid.made.lines) + paid.flat + cents(paid.made.missing)
            flats[paid.what[1], paid.what[2], paid.what[5], paid.start, paid.ends] -= paid.flat
        else:
            minor = sum(cents(amount * unused / charged) for amount, _ in paid.made.lines)
            minor += cents(paid.made.missing * unused / charged)
        self.put(moment, day, paid.ends, -marked(minor, paid.mark_up))


def whence(facts: Facts, bases: Bases, moment: datetime) -> tuple[str, date]:
    """By which basis periods are counted in that instant, and from which day where it is not the calendar's."""
    basis, anchor = facts.basis, facts.line[0].anchor.day
    for since, word in bases:
        if since <= moment:
            basis = word
    for here in facts.line[1:]:
        if here.since <= moment:
            anchor = here.anchor.day
    return basis, anchor


def counted_from(facts: Facts, bases: Bases, moment: datetime) -> date | None:
    """The day from which periods are counted; None: the calendar's."""
    basis, anchor = whence(facts, bases, moment)
    return anchor if basis == "anniversary" else None


def turns(facts: Facts, bases: Bases) -> list[datetime]:
    """The instants in which other periods may begin."""
    return sorted({*(here.since for here in facts.line[1:]), *(since for since, _ in bases)})


def in_spans(spans: Any, moment: datetime) -> bool:
    return any(span.starts <= moment and (span.ends is None or moment < span.ends) for span in spans)


def held_ever(facts: Facts, calendar: Calendar, side: str, until: datetime, bases: Bases) -> Iterator[Side]:
    def plan(moment: datetime) -> Any:
        if in_spans(facts.free, moment):
            return None
        for held in facts.plans:
            if held.plan and in_spans([held], moment):
                return ("plan", held.plan, held.version, held.interval, held.seats, "")
        return None

    spans: list[Any] = [*facts.plans, *facts.free]
    moves = turns(facts, bases)
    instants = [*moves, *(edge for span in spans for edge in (span.starts, span.ends) if edge)]
    walker = Side(facts, calendar, side, until, bases=bases)
    walker.walk(plan, instants, is_plan=True)
    yield walker
    for one in facts.beside:
        kind = "add_on" if one.kind == "add_ons" else "service"

        def beside(moment: datetime, one: Any = one, kind: str = kind) -> Any:
            return (
                (kind, one.key, one.version, one.interval, one.count, one.ref) if in_spans(one.spans, moment) else None
            )

        walker = Side(facts, calendar, side, until, bases=bases)
        walker.walk(
            beside, [*moves, *(edge for span in one.spans for edge in (span.starts, span.ends) if edge)], is_plan=False
        )
        yield walker


# What is used, done and promised --------------------------------------------------------------------------------------


def cost_of_use(price: Any, use: Usage, total: Any) -> int:
    held = use.held or use.days
    days, of = (held.next - held.first).days, (use.days.next - use.days.first).days
    if use.count is not None:
        days = use.count  # given up for a while in between
    beyond = max(Decimal(total) - (use.included or 0), Decimal(0))
    counted = 1 if price.model == "flat" else beyond
    if use.stands:
        price = replace(price, meter=None)  # as seats are: so much a month, for so many days
    made = bill(price, counted, days, of)
    return sum(cents(amount) + flat for amount, flat in made.lines) + cents(made.missing)


def used(facts: Facts, calendar: Calendar, side: str, until: datetime) -> Iterator[tuple[Row, bool]]:
    """Rows, and whether they are adjustments."""
    for use in facts.usage:
        held = use.held or use.days
        due = calendar.begins[held.next]
        if use.ends is not None and use.ends > due:
            due = use.ends
        mine = use.list_price if side == "list" else use.retail_price
        if mine is None or use.included is None or due >= until:
            continue
        if mine.model == "percent" and use.list_price is None:
            continue
        before = 0
        totals = list(use.billed)
        if not totals or totals[-1] != use.total:
            totals.append(use.total)
        for place, total in enumerate(totals):
            if mine.model == "percent":
                now = marked(cost_of_use(use.list_price, use, total), mine)
            else:
                now = cost_of_use(mine, use, total)
            if now != before:
                yield (side, due, held.first, held.next, now - before), place > 0
            before = now


def once(facts: Facts, calendar: Calendar, side: str, until: datetime) -> Iterator[Row]:
    for each in facts.one_offs:
        price: Any = each.list_price if side == "list" else each.retail_price
        if price is not None and each.at < until:
            day = calendar.day(each.at)
            minor = cents(price.amount * each.quantity)
            if minor:
                yield (side, each.at, day, day + A_DAY, minor)


def promised(
    facts: Facts,
    calendar: Calendar,
    side: str,
    until: datetime,
    promise: Commitment,
    ahead: list[Row],
    after: list[Row],
    bases: Bases,
) -> Iterator[Row]:
    wanted = promise.list_minor if side == "list" else promise.retail_minor
    if wanted is None:
        return
    moves, before = [], counted_from(facts, bases, FIRST)
    for since in turns(facts, bases):
        now = counted_from(facts, bases, since)
        if now != before:
            moves.append(since)
        before = now
    day = calendar.day(promise.starts)
    last = None
    if promise.ends is not None:
        last = calendar.day(promise.ends)
        if calendar.begins[last] != promise.ends:
            last += A_DAY
    while last is None or day < last:
        basis, anchor = whence(facts, bases, calendar.begins[day + A_DAY] - timedelta(microseconds=1))
        start, ends = bounds(basis, promise.interval, anchor, day)
        stop = ends if last is None else min(ends, last)
        due = calendar.begins[stop]
        for since in moves:  # of two on one day the first: the other is not known when it comes
            if day < calendar.day(since) < stop:
                stop, due = calendar.day(since), since
                break
        if due >= until:
            return
        spent = sum(row[4] for row in ahead if day <= row[2] < stop) + sum(
            row[4] for row in after if day <= row[3] - A_DAY < stop and row[1] <= due
        )
        missing = max(cents(Decimal(wanted) * (stop - day).days / (ends - start).days) - spent, 0)
        if missing:
            yield (side, due, day, stop, missing)
        day = stop


def missing_to_promises(
    words: Sequence[tuple[date, int | None, str]], spent: dict[date, int], until: date
) -> list[tuple[date, date, int, int]]:
    """What a reseller owes beyond what it spent: first day, the day after the last, promised, missing; of what is over by `until`.

    `words`: from a day on so many smallest units for each month, quarter or year; day after day, from the first of them on.
    """
    groups: dict[tuple[int, date], list[date]] = {}
    day = min(word[0] for word in words)
    while day < until + 400 * A_DAY:
        place = max(number for number, word in enumerate(words) if word[0] <= day)
        begins = bounds("calendar", words[place][2], day, day)[0]
        groups.setdefault((place, begins), []).append(day)
        day += A_DAY
    found = []
    with localcontext() as context:
        context.prec = 60
        for (place, begins), days in sorted(groups.items(), key=lambda group: group[1][0]):
            amount, interval = words[place][1], words[place][2]
            after = days[-1] + A_DAY
            if amount is None or after >= until:
                continue
            of = (later(begins, MONTHS[interval]) - begins).days
            wanted = cents(Decimal(amount) * len(days) / of)
            found.append((days[0], after, wanted, max(wanted - sum(spent.get(each, 0) for each in days), 0)))
    return found


def reckoned(facts: Facts, until: datetime, bases: Bases = ()) -> list[Row]:
    """All that is due before `until`, on both sides."""
    with localcontext() as context:
        context.prec = 60
        calendar = Calendar.of(facts)
        found: list[Row] = []
        for side in ("list", "retail"):
            walked = list(held_ever(facts, calendar, side, until, bases))
            ahead = [row for walker in walked for row in walker.rows]
            use = list(used(facts, calendar, side, until))
            found += [*ahead, *(row for row, _ in use), *once(facts, calendar, side, until)]
            found += [row for walker in walked for row in walker.fees]
            in_time = [row for row, is_late in use if not is_late]
            for promise in facts.commitments:
                found += promised(facts, calendar, side, until, promise, ahead, in_time, bases)
        return sorted(found)
