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

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from sublet.core.advance import anchor_at, in_advance, moves_of
from sublet.core.arrears import in_arrears, when_over
from sublet.core.chargefacts import (
    ADD_ON,
    ADD_ON_USE,
    ADD_ONS,
    ADJUSTMENT,
    BASE,
    BEGINNING,
    KINDS,
    LIST,
    ONE_OFF,
    OVERAGE,
    PAID_AS,
    PLAN,
    PLAN_USE,
    RETAIL,
    SERVICE,
    SERVICE_PRICE,
    SERVICE_USE,
    SHORTFALL,
    USES,
    Beside,
    Charge,
    Commitment,
    Facts,
    Offered,
    OneOff,
    PlanHeld,
    Prices,
    Span,
    Usage,
    used_in,
    without,
)
from sublet.core.money import rounded
from sublet.core.pricing import MINIMUM, Priced
from sublet.core.proration import Days, day_on, period_of, start_on

__all__ = [
    "ADD_ON",
    "ADD_ONS",
    "ADD_ON_USE",
    "ADJUSTMENT",
    "BASE",
    "BEGINNING",
    "KINDS",
    "LIST",
    "ONE_OFF",
    "OVERAGE",
    "PAID_AS",
    "PLAN",
    "PLAN_USE",
    "RETAIL",
    "SERVICE",
    "SERVICE_PRICE",
    "SERVICE_USE",
    "SHORTFALL",
    "USES",
    "Beside",
    "Charge",
    "Commitment",
    "Facts",
    "Offered",
    "OneOff",
    "PlanHeld",
    "Prices",
    "Span",
    "Usage",
    "charges",
    "day_after",
    "shortfalls",
    "used_in",
    "when_over",
    "without",
]


def charges(facts: Facts, *, until: datetime, since: datetime = BEGINNING) -> tuple[Charge, ...]:
    """Everything that becomes due from `since` up to and not including `until`, in the order of becoming due.

    Usage that was not billed before comes whenever its period was over by `until`. Raises pricing.WrongPrice for a price
    that cannot be reckoned, CurrenciesDiffer for a mark-up in another currency than what it is on.
    """
    found = [
        *in_advance(facts, since, until),
        *in_arrears(facts, since, until),
        *shortfalls(facts, until=until, since=since),
    ]
    return tuple(
        sorted(found, key=lambda charge: (charge.due, charge.first_day, charge.kind == ADJUSTMENT, charge.key))
    )


# What was promised ----------------------------------------------------------------------------------------------------


def shortfalls(facts: Facts, *, until: datetime, since: datetime = BEGINNING) -> Iterator[Charge]:
    """What is missing to the commitments of `facts`, as `charges` gives it. Facts reach back over the periods that end then."""
    for commitment in facts.commitments:
        yield from _shortfalls(facts, commitment, since, until)


def _shortfalls(facts: Facts, commitment: Commitment, since: datetime, until: datetime) -> Iterator[Charge]:
    """What is missing to the commitment in each of its periods, due when it is over. Adjustments do not count towards it.

    Where the anchor moves a period is over and another begins; the day on which it moves belongs to the new one.
    """
    moves = moves_of(facts)
    day = day_on(facts.line, commitment.starts)
    ended = None if commitment.ends is None else day_after(facts, commitment.ends)
    while ended is None or day < ended:
        anchor = anchor_at(facts, start_on(facts.line, day + timedelta(days=1)) - timedelta(microseconds=1))
        period = period_of(facts.basis, commitment.interval, anchor, day)
        days = Days(day, period.next if ended is None else min(period.next, ended))
        due = start_on(facts.line, days.next)
        moved = next((each for each in moves if day < day_on(facts.line, each) < days.next), None)
        if moved is not None:
            days, due = Days(day, day_on(facts.line, moved)), moved
        if due >= until:
            return
        if due >= since:
            charge = _missing(facts, commitment, days, period.count, due)
            if charge is not None:
                yield charge
        day = days.next


def day_after(facts: Facts, ends: datetime) -> date:
    """The day after the last one in which something is used that ends then: the day of ending counts, if it has begun."""
    day = day_on(facts.line, ends)
    return day if start_on(facts.line, day) == ends else day + timedelta(days=1)


def _missing(facts: Facts, commitment: Commitment, days: Days, of_days: int, due: datetime) -> Charge | None:
    without = replace(facts, commitments=())
    begin = start_on(facts.line, days.first) - timedelta(days=400)
    counted = [
        charge
        for charge in charges(without, since=begin, until=due + timedelta(microseconds=1))
        if charge.kind in commitment.kinds and days.first <= _counts_on(charge) < days.next
    ]
    part = Fraction(days.count, of_days)
    ours = _gap(
        commitment.list_minor, part, sum(c.list_minor or 0 for c in counted if c.currency == commitment.currency)
    )
    theirs = _gap(
        commitment.retail_minor,
        part,
        sum(
            c.retail_minor or 0
            for c in counted
            if c.retail_currency == commitment.retail_currency and not c.claimed_by  # another's claim keeps no promise
        ),
    )
    if not ours and not theirs:
        return None
    return Charge(
        f"minimum:{commitment.ref}:{days}", SHORTFALL, PAID_AS[SHORTFALL], commitment.item or commitment.ref, due,
        start_on(facts.line, days.first),
        start_on(facts.line, days.first), due, days.first, days.last, days.count, of_days, 1, ours, theirs,
        commitment.currency, commitment.retail_currency, _one(ours), _one(theirs),
    )  # fmt: skip


def _counts_on(charge: Charge) -> date:
    """The day on which a charge counts: what is paid in advance when it begins, what is paid for use when it is over."""
    return charge.last_day if charge.due >= charge.end else charge.first_day


def _gap(promised: int | None, part: Fraction, spent: int) -> int | None:
    return None if promised is None else max(rounded(promised * part) - spent, 0)


def _one(minor: int | None) -> tuple[Priced, ...]:
    return (Priced(MINIMUM, 1, Decimal(0), 0, minor),) if minor else ()
