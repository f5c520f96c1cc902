"""Which charges does an account have: everything that is due up to an instant, each with a key that never changes.

A charge is reckoned from facts that held when it became due, and from nothing that comes later: what is paid in advance is
charged whole when its period begins, and what is changed later is credited by a charge of its own. Whoever keeps the charges
by key can ask as often as it likes, for windows cut wherever it likes.

Both sides (what the vendor asks, what the reseller asks) are reckoned apart and meet where they are for the same days.

Pure. Laws (tests/core/test_charging.py):

* asking twice gives the same charges, and each key once;
* a window that is cut anywhere gives, together, what it gives whole;
* a later fact changes no charge that was due before it;
* the order in which facts are given does not matter;
* for one day the same plan is never paid twice: going to another plan and back on one day costs nothing;
* usage that becomes known after its charge is an adjustment of its own; what was charged stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Protocol

from sublet.core.money import CurrenciesDiffer, rounded
from sublet.core.periods import Since
from sublet.core.pricing import (
    MINIMUM,
    PERCENT,
    WHOLE,
    Price,
    Priced,
    Quantity,
    credit_lines,
    price_lines,
    sum_of,
)
from sublet.core.proration import ANNIVERSARY, MONTH, MONTHS, YEAR, Days, day_on, period_of, start_on

BASE, OVERAGE, ADD_ONS, ONE_OFF, SERVICE, ADJUSTMENT = "base", "overage", "add_ons", "one_off", "service", "adjustment"
KINDS: Final = (BASE, OVERAGE, ADD_ONS, ONE_OFF, SERVICE, ADJUSTMENT)
#: Who pays is agreed for three kinds (clientsettings.PAID); the others go with one of them.
PAID_AS: Final = {BASE: BASE, OVERAGE: OVERAGE, ADD_ONS: ADD_ONS, ONE_OFF: ADD_ONS, SERVICE: ADD_ONS}
#: What prices are asked for.
PLAN, ADD_ON, SERVICE_PRICE = "plan", "add_on", "service"
LIST, RETAIL = "list", "retail"
BEGINNING: Final = datetime(1, 1, 2, tzinfo=UTC)


class Offered(Protocol):
    """What has a price."""

    @property
    def price(self) -> Price: ...


class Prices(Protocol):
    """The prices in force for the account (core.pricebook.Book is one)."""

    def list_price(self, kind: str, key: str, version: int, interval: str, at: datetime) -> Price | None:
        """What the vendor asks, in the period that begins at `at`."""

    def retail(self, kind: str, key: str, version: int, interval: str, at: datetime) -> Offered | None:
        """What the reseller asks; None: nothing."""


# Facts ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts` up to and not including `ends`; None: without end."""

    starts: datetime
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlanHeld:
    """A plan as it was held, for `seats`. `plan` empty: none (or the free one), and nothing is due; so it is in a pause."""

    starts: datetime
    ends: datetime | None
    plan: str
    version: int = 0
    interval: str = "month"
    seats: Quantity = 1


@dataclass(frozen=True, slots=True)
class Beside:
    """An add-on or a managed service: `count` of one version, in the spans in which it counts (`subscription.counting`).

    `ref` tells it from others of the same key. `kind` is ``add_ons`` or ``service``.
    """

    ref: str
    key: str
    version: int
    spans: tuple[Span, ...]
    count: Quantity = 1
    interval: str = "month"
    kind: str = ADD_ONS


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used of a meter in a period that is over, as far as it is paid for (nothing of a trial).

    `key` names the period (`periods.Period.key`). `days` is the whole period, `held` the days of it in which what is
    used was held, the day of ending among them (None: all); the minimum is prorated by them. `total` is in whole
    units, `included` what the plan and its additions give free (None: without limit). `billed` are the totals that
    charges were made for before, in their order: the ledger's.
    """

    meter: str
    key: str
    days: Days
    total: Quantity
    list_price: Price | None
    retail_price: Price | None
    included: Quantity | None = 0
    held: Days | None = None
    billed: tuple[Quantity, ...] = ()
    kind: str = OVERAGE
    item: str = ""


@dataclass(frozen=True, slots=True)
class OneOff:
    """Something done once (set-up, training): due at `at`."""

    ref: str
    item: str
    at: datetime
    list_price: Price | None
    retail_price: Price | None
    quantity: Quantity = 1


@dataclass(frozen=True, slots=True)
class Commitment:
    """What an account has promised to spend at least in each of its periods, in smallest units; prorated where it begins or ends.

    Amounts are for one `interval`; None: nothing on that side. What counts towards it is every charge of `kinds`.
    """

    ref: str
    starts: datetime
    ends: datetime | None
    interval: str
    list_minor: int | None
    retail_minor: int | None
    currency: str
    retail_currency: str
    kinds: tuple[str, ...] = (BASE, OVERAGE, ADD_ONS, SERVICE)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is needed to reckon an account. Times are instants; `line` has its anchors and zones (`periods.Since`).

    `free` are spans in which the plan costs nothing: trials. Given in any order.
    """

    line: tuple[Since, ...]
    prices: Prices
    plans: tuple[PlanHeld, ...] = ()
    beside: tuple[Beside, ...] = ()
    free: tuple[Span, ...] = ()
    usage: tuple[Usage, ...] = ()
    one_offs: tuple[OneOff, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    basis: str = ANNIVERSARY


# Charges --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Charge:
    """One thing that is due, on one or both sides; a credit is negative.

    `due`: from when on. `priced_at`: the instant whose prices (and promotions) hold: of a credit that of what it credits.
    `start` to `end` (instants) and `first_day` to `last_day` are what it is for, `days` of the `of_days` of the period.
    None on a side: nothing is asked there. `credits`: the key of what is given back, or empty.
    """

    key: str
    kind: str
    paid_as: str
    item: str
    due: datetime
    priced_at: datetime
    start: datetime
    end: datetime
    first_day: date
    last_day: date
    days: int
    of_days: int
    quantity: Quantity
    list_minor: int | None
    retail_minor: int | None
    currency: str
    retail_currency: str
    list_parts: tuple[Priced, ...] = ()
    retail_parts: tuple[Priced, ...] = ()
    credits: str = ""


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


@dataclass(slots=True)
class _Half:
    """A charge of one side."""

    key: str
    stretch: _Stretch
    due: datetime
    priced_at: datetime
    days: Days
    of_days: int
    parts: tuple[Priced, ...]
    currency: str
    credits: str = ""


def charges(facts: Facts, *, until: datetime, since: datetime = BEGINNING) -> tuple[Charge, ...]:
    """Everything that becomes due from `since` up to and not including `until`, in the order of becoming due.

    Usage that was not billed before comes whenever its period was over by `until`. Raises pricing.WrongPrice for a price
    that cannot be reckoned, CurrenciesDiffer for a mark-up in another currency than what it is on.
    """
    found: list[Charge] = []
    for track in _tracks(facts, until):
        found += _of_track(facts, track, since, until)
    for once in facts.one_offs:
        if since <= once.at < until:
            found += _once(facts, once)
    for usage in facts.usage:
        found += _used(facts, usage, since, until)
    for commitment in facts.commitments:
        found += _shortfalls(facts, commitment, since, until)
    return tuple(sorted(found, key=lambda charge: (charge.due, charge.first_day, charge.key)))


# What is paid in advance ----------------------------------------------------------------------------------------------


def _tracks(facts: Facts, until: datetime) -> Iterator[list[_Stretch]]:
    """One list of stretches, in order, for the plan and for each thing beside it; what begins at `until` or later is left out."""
    cuts = [each.since for place, each in enumerate(facts.line) if place and _moves(facts, place)]
    plans = [
        _Stretch(
            BASE, PLAN, f"base:plan.{held.plan}.{held.version}", held.plan, held.version, held.interval, held.seats,
            span.starts, span.ends,
        )
        for held in facts.plans
        if held.plan
        for span in _cut(_without(Span(held.starts, held.ends), facts.free), cuts)
    ]  # fmt: skip
    yield _in_order(plans, until)
    for one in facts.beside:
        price_kind, stem = (
            (ADD_ON, f"add_on:{one.ref}") if one.kind == ADD_ONS else (SERVICE_PRICE, f"service:{one.ref}")
        )
        stretches = [
            _Stretch(one.kind, price_kind, stem, one.key, one.version, one.interval, one.count, span.starts, span.ends)
            for span in _cut(one.spans, cuts)
        ]
        yield _in_order(stretches, until)


def _in_order(stretches: Iterable[_Stretch], until: datetime) -> list[_Stretch]:
    there = [each for each in stretches if each.starts < until and (each.ends is None or each.starts < each.ends)]
    return sorted(there, key=lambda each: each.starts)


def _moves(facts: Facts, place: int) -> bool:
    return facts.basis == ANNIVERSARY and facts.line[place].anchor.day != facts.line[place - 1].anchor.day


def _without(span: Span, free: Iterable[Span]) -> list[Span]:
    """What is left of a span."""
    left = [span]
    for gap in free:
        next_left: list[Span] = []
        for each in left:
            if (each.ends is not None and gap.starts >= each.ends) or (
                gap.ends is not None and gap.ends <= each.starts
            ):
                next_left.append(each)
                continue
            if each.starts < gap.starts:
                next_left.append(Span(each.starts, gap.starts))
            if gap.ends is not None and (each.ends is None or gap.ends < each.ends):
                next_left.append(Span(gap.ends, each.ends))
        left = next_left
    return left


def _cut(spans: Iterable[Span], cuts: Sequence[datetime]) -> list[Span]:
    """The spans, cut where the anchor changes: what was paid by the old periods is credited, what follows goes by the new."""
    found: list[Span] = []
    for span in spans:
        starts = span.starts
        for cut in cuts:
            if starts < cut and (span.ends is None or cut < span.ends):
                found.append(Span(starts, cut))
                starts = cut
        found.append(Span(starts, span.ends))
    return found


def _of_track(facts: Facts, track: list[_Stretch], since: datetime, until: datetime) -> list[Charge]:
    if not track:
        return []
    sides = {side: _side(facts, track, side, since, until) for side in (LIST, RETAIL)}
    return _together(facts, sides[LIST], sides[RETAIL])


def _side(facts: Facts, track: list[_Stretch], side: str, since: datetime, until: datetime) -> list[_Half]:
    found: list[_Half] = []
    keys: dict[str, int] = {}
    flats: dict[tuple[str, str, Days], int] = {}
    begin = max(since, BEGINNING)
    for stretch in track:
        if stretch.ends is not None and stretch.ends < begin and _year_is_over(facts, stretch, begin):
            continue
        found += _of_stretch(facts, stretch, side, begin, until, keys, flats)
    return [half for half in found if since <= half.due < until]


def _year_is_over(facts: Facts, stretch: _Stretch, begin: datetime) -> bool:
    """Whether nothing of the stretch can matter any more: all chains of periods have a seam at each year's end."""
    if stretch.ends is None:
        return False
    year = period_of(facts.basis, YEAR, _anchor(facts, stretch.starts), day_on(facts.line, stretch.ends))
    return start_on(facts.line, year.next) < begin


def _anchor(facts: Facts, moment: datetime) -> date:
    found = facts.line[0].anchor.day
    for each in facts.line[1:]:
        if each.since <= moment:
            found = each.anchor.day
    return found


def _of_stretch(
    facts: Facts,
    stretch: _Stretch,
    side: str,
    begin: datetime,
    until: datetime,
    keys: dict[str, int],
    flats: dict[tuple[str, str, Days], int],
) -> Iterator[_Half]:
    anchor = _anchor(facts, stretch.starts)
    first = day_on(facts.line, stretch.starts)
    ended = None if stretch.ends is None else day_on(facts.line, stretch.ends)
    day, due = first, stretch.starts
    if begin > due:
        year = period_of(facts.basis, YEAR, anchor, day_on(facts.line, min(begin, stretch.ends or begin)))
        if year.first > day:
            day, due = year.first, start_on(facts.line, year.first)
    while due < until and (stretch.ends is None or due < stretch.ends):
        price, mark_up = _price(facts, stretch, side, due)
        if price is None:
            period = period_of(facts.basis, MONTH, anchor, day)
            day, due = period.next, start_on(facts.line, period.next)
            continue
        period = period_of(facts.basis, price.interval, anchor, day)
        days = Days(day, period.next)
        charged = Fraction(days.count, period.count)
        quantity = stretch.quantity
        suffix = "" if price.interval == MONTH else f":{price.interval}"
        key = _numbered(keys, f"{stretch.stem}:{days}{suffix}")
        parts = price_lines(price, quantity, part=charged)
        parts = _flats_once(parts, flats, (stretch.stem, side, period))
        yield _Half(key, stretch, due, due, days, period.count, _marked(parts, mark_up), price.currency)
        if ended is not None and ended < period.next and stretch.ends is not None:
            unused = Days(max(ended, day), period.next)
            back = credit_lines(price, quantity, charged=charged, unused=Fraction(unused.count, period.count))
            if unused.first == day:
                back = tuple(replace(line, flat=-line.flat, minor=-line.minor) for line in parts)
                for line in parts:
                    flats[stretch.stem, side, period] = flats.get((stretch.stem, side, period), 0) - line.flat
            credit_key = _numbered(keys, f"credit:{stretch.stem}:{unused}{suffix}")
            yield _Half(
                credit_key, stretch, stretch.ends, due, unused, period.count, _marked(back, mark_up), price.currency,
                credits=key,
            )  # fmt: skip
            return
        day, due = period.next, start_on(facts.line, period.next)


def _numbered(keys: dict[str, int], stem: str) -> str:
    """The stem, or with a number where the same days are charged again: a plan taken twice on one day."""
    keys[stem] = keys.get(stem, 0) + 1
    return stem if keys[stem] == 1 else f"{stem}~{keys[stem]}"


def _flats_once(
    parts: tuple[Priced, ...], flats: dict[tuple[str, str, Days], int], whose: tuple[str, str, Days]
) -> tuple[Priced, ...]:
    """The lines without flat fees that were charged in this period already: who comes back has entered the step before."""
    left = flats.get(whose, 0)
    found = []
    for line in parts:
        less = min(left, line.flat)
        left -= less
        flats[whose] = flats.get(whose, 0) + line.flat - less
        found.append(replace(line, flat=line.flat - less, minor=line.minor - less) if less else line)
    return tuple(found)


def _price(facts: Facts, stretch: _Stretch, side: str, at: datetime) -> tuple[Price | None, Price | None]:
    """The price by the interval wished, else by another that there is; and the mark-up where it is one on the list price."""
    for interval in dict.fromkeys((stretch.interval, *MONTHS)):
        what = (stretch.price_kind, stretch.item, stretch.version, interval, at)
        if side == LIST:
            price = facts.prices.list_price(*what)
        else:
            offered = facts.prices.retail(*what)
            price = None if offered is None else offered.price
        if price is None or price.is_usage or price.interval not in MONTHS:
            continue
        if price.model != PERCENT:
            return price, None
        below, _ = _price(facts, stretch, LIST, at)
        if below is None:
            return None, None
        return below, _fitting(price, below)
    return None, None


def _fitting(mark_up: Price, below: Price) -> Price:
    if mark_up.currency != below.currency:
        raise CurrenciesDiffer(mark_up.currency, below.currency)
    return mark_up


def _marked(parts: tuple[Priced, ...], mark_up: Price | None) -> tuple[Priced, ...]:
    """The lines with so much on top, in one line."""
    return parts if mark_up is None else price_lines(mark_up, sum_of(parts))


def _together(facts: Facts, asked: list[_Half], retail: list[_Half]) -> list[Charge]:
    """Both sides: one charge where they are for the same days of the same period."""
    others = {half.key: half for half in retail}
    found: list[Charge] = []
    for half in asked:
        other = others.pop(half.key, None)
        found.append(_charge(facts, half, half, other))
    found += [_charge(facts, half, None, half) for half in others.values()]
    return [charge for charge in found if charge.list_minor or charge.retail_minor]


def _charge(facts: Facts, half: _Half, asked: _Half | None, retail: _Half | None) -> Charge:
    return Charge(
        key=half.key,
        kind=half.stretch.kind,
        paid_as=PAID_AS[half.stretch.kind],
        item=half.stretch.item,
        due=half.due,
        priced_at=half.priced_at,
        start=max(start_on(facts.line, half.days.first), half.due if not half.credits else BEGINNING),
        end=start_on(facts.line, half.days.next),
        first_day=half.days.first,
        last_day=half.days.last,
        days=half.days.count,
        of_days=half.of_days,
        quantity=half.stretch.quantity,
        list_minor=None if asked is None else sum_of(asked.parts),
        retail_minor=None if retail is None else sum_of(retail.parts),
        currency="" if asked is None else asked.currency,
        retail_currency="" if retail is None else retail.currency,
        list_parts=() if asked is None else asked.parts,
        retail_parts=() if retail is None else retail.parts,
        credits=half.credits,
    )


# What is done once ----------------------------------------------------------------------------------------------------


def _once(facts: Facts, once: OneOff) -> list[Charge]:
    day = day_on(facts.line, once.at)
    asked, retail = _both(once.list_price, once.retail_price, once.quantity, WHOLE)
    if not sum_of(asked) and not sum_of(retail):
        return []
    return [
        Charge(
            f"one_off:{once.ref}", ONE_OFF, PAID_AS[ONE_OFF], once.item, once.at, once.at, once.at,
            start_on(facts.line, day + timedelta(days=1)), day, day, 1, 1, once.quantity,
            *_amounts(once.list_price, once.retail_price, asked, retail),
        )
    ]  # fmt: skip


def _both(
    asked: Price | None, retail: Price | None, quantity: Quantity, part: Fraction
) -> tuple[tuple[Priced, ...], tuple[Priced, ...]]:
    """The lines of both sides for the same quantity."""
    ours = () if asked is None else price_lines(asked, quantity, part=part)
    if retail is None:
        return ours, ()
    if retail.model != PERCENT:
        return ours, price_lines(retail, quantity, part=part)
    return ours, () if asked is None else _marked(ours, _fitting(retail, asked))


def _amounts(
    asked: Price | None, retail: Price | None, ours: tuple[Priced, ...], theirs: tuple[Priced, ...]
) -> tuple[int | None, int | None, str, str, tuple[Priced, ...], tuple[Priced, ...]]:
    return (
        None if asked is None else sum_of(ours),
        None if retail is None else sum_of(theirs),
        "" if asked is None else asked.currency,
        "" if retail is None else retail.currency,
        ours,
        theirs,
    )


# What is paid for use ------------------------------------------------------------------------------------------------


def _used(facts: Facts, usage: Usage, since: datetime, until: datetime) -> list[Charge]:
    """The charge for a period that is over, and one adjustment for each total that became known later."""
    over = start_on(facts.line, (usage.held or usage.days).next)
    if usage.included is None or over > until:
        return []
    totals = [*usage.billed]
    if not totals or totals[-1] != usage.total:
        totals.append(usage.total)
    found: list[Charge] = []
    for number, total in enumerate(totals):
        is_new = number >= len(usage.billed)
        if not is_new and not since <= over < until:
            continue
        before = totals[number - 1] if number else None
        charge = _of_total(facts, usage, total, before, number, over)
        if charge is not None:
            found.append(charge)
    return found


def _of_total(
    facts: Facts, usage: Usage, total: Quantity, before: Quantity | None, number: int, due: datetime
) -> Charge | None:
    held = usage.held or usage.days
    part = Fraction(held.count, usage.days.count)
    free = usage.included or 0
    beyond = max(total - free, 0)
    ours, theirs = _both(usage.list_price, usage.retail_price, beyond, part)
    key, kind = f"{usage.kind}:{usage.meter}:{usage.key}", usage.kind
    if before is not None:
        was_beyond = max(before - free, 0)
        was, were = _both(usage.list_price, usage.retail_price, was_beyond, part)
        beyond = beyond - was_beyond
        ours, theirs = _difference(ours, was, beyond), _difference(theirs, were, beyond)
        key, kind = f"{ADJUSTMENT}:{key}:{number}", ADJUSTMENT
    if not sum_of(ours) and not sum_of(theirs):
        return None
    return Charge(
        key, kind, PAID_AS[usage.kind], usage.item or usage.meter, due, start_on(facts.line, held.first),
        start_on(facts.line, held.first), due, held.first, held.last, held.count, usage.days.count, beyond,
        *_amounts(usage.list_price, usage.retail_price, ours, theirs),
    )  # fmt: skip


def _difference(now: tuple[Priced, ...], before: tuple[Priced, ...], quantity: Quantity) -> tuple[Priced, ...]:
    """What the one costs more than the other, in one line."""
    if not now and not before:
        return ()
    return (Priced("amount", quantity, Decimal(0), 0, sum_of(now) - sum_of(before)),)


# What was promised ----------------------------------------------------------------------------------------------------


def _shortfalls(facts: Facts, commitment: Commitment, since: datetime, until: datetime) -> Iterator[Charge]:
    """What is missing to the commitment in each of its periods, due when it is over. Adjustments do not count towards it."""
    anchor = _anchor(facts, commitment.starts)
    day = day_on(facts.line, commitment.starts)
    ended = None if commitment.ends is None else day_on(facts.line, commitment.ends)
    while ended is None or day < ended:
        period = period_of(facts.basis, commitment.interval, anchor, day)
        days = Days(day, period.next if ended is None else min(period.next, ended))
        due = start_on(facts.line, days.next)
        if due >= until:
            return
        if due >= since:
            charge = _missing(facts, commitment, days, period.count, due)
            if charge is not None:
                yield charge
        day = days.next


def _missing(facts: Facts, commitment: Commitment, days: Days, of_days: int, due: datetime) -> Charge | None:
    without = replace(facts, commitments=())
    begin = start_on(facts.line, days.first) - timedelta(days=400)
    counted = [
        charge
        for charge in charges(without, since=begin, until=due + timedelta(microseconds=1))
        if charge.kind in commitment.kinds and days.first <= charge.last_day < days.next
    ]
    part = Fraction(days.count, of_days)
    ours = _gap(
        commitment.list_minor, part, sum(c.list_minor or 0 for c in counted if c.currency == commitment.currency)
    )
    theirs = _gap(
        commitment.retail_minor,
        part,
        sum(c.retail_minor or 0 for c in counted if c.retail_currency == commitment.retail_currency),
    )
    if not ours and not theirs:
        return None
    return Charge(
        f"minimum:{commitment.ref}:{days}", BASE, BASE, commitment.ref, due, start_on(facts.line, days.first),
        start_on(facts.line, days.first), due, days.first, days.last, days.count, of_days, 1, ours, theirs,
        commitment.currency, commitment.retail_currency, _one(ours), _one(theirs),
    )  # fmt: skip


def _gap(promised: int | None, part: Fraction, spent: int) -> int | None:
    return None if promised is None else max(rounded(promised * part) - spent, 0)


def _one(minor: int | None) -> tuple[Priced, ...]:
    return (Priced(MINIMUM, 1, Decimal(0), 0, minor),) if minor else ()
