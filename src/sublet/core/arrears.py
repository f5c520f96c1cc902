"""What is paid afterwards, and what is paid once: usage of periods that are over, adjustments of it, work that was done.

A part of `core.charging`, whose laws hold here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from sublet.core.chargefacts import ADJUSTMENT, ONE_OFF, PAID_AS, Charge, Facts, OneOff, Usage
from sublet.core.money import CurrenciesDiffer
from sublet.core.periods import Since
from sublet.core.pricing import FLAT, PERCENT, WHOLE, Price, Priced, Quantity, price_lines, sum_of
from sublet.core.proration import day_on, start_on


def in_arrears(facts: Facts, since: datetime, until: datetime) -> Iterator[Charge]:
    """What was done once in the window, and usage: billed in it, or not billed yet and over before its end."""
    for once in facts.one_offs:
        if since <= once.at < until:
            yield from _once(facts, once)
    for usage in facts.usage:
        yield from _used(facts, usage, since, until)


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
    asked: Price | None,
    retail: Price | None,
    quantity: Quantity,
    part: Fraction,
    *,
    stands: bool = False,
    at_retail: Quantity | None = None,
) -> tuple[tuple[Priced, ...], tuple[Priced, ...]]:
    """The lines of both sides for that quantity; `at_retail`: another one there."""
    ours = () if asked is None else _of_use(asked, quantity, part, stands)
    theirs = quantity if at_retail is None else at_retail
    if retail is None or (retail.model == PERCENT and asked is None):
        return ours, ()
    if retail.model != PERCENT:
        return ours, _of_use(retail, theirs, part, stands)
    if asked is not None and asked.currency != retail.currency:
        raise CurrenciesDiffer(retail.currency, asked.currency)
    below = ours if asked is None or theirs == quantity else _of_use(asked, theirs, part, stands)
    return ours, price_lines(retail, sum_of(below))


def _of_use(price: Price, quantity: Quantity, part: Fraction, stands: bool) -> tuple[Priced, ...]:
    """A fixed price by a meter is one amount, however much was used. What stands is paid for time: for its part of the period."""
    counted = 1 if price.model == FLAT and price.is_usage else quantity
    return price_lines(replace(price, meter=None) if stands else price, counted, part=part)


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
    over = when_over(facts.line, usage)
    if usage.included is None or over >= until:
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


def when_over(line: Sequence[Since], usage: Usage) -> datetime:
    """When what was used is over: with its last day, or in the instant of the next one in which something else followed."""
    over = start_on(line, (usage.held or usage.days).next)
    return over if usage.ends is None else max(over, usage.ends)


def _of_total(
    facts: Facts, usage: Usage, total: Quantity, before: Quantity | None, number: int, due: datetime
) -> Charge | None:
    held = usage.held or usage.days
    part = Fraction(usage.days_held, usage.days.count)
    free, more = usage.included or 0, usage.more_at_retail
    asked, retail = usage.list_price, None if more is None else usage.retail_price
    beyond, at_retail = max(total - free, 0), max(total - free - (more or 0), 0)
    ours, theirs = _both(asked, retail, beyond, part, stands=usage.stands, at_retail=at_retail)
    key, kind = usage.stem, usage.kind
    if before is not None:
        was_beyond, was_at_retail = max(before - free, 0), max(before - free - (more or 0), 0)
        was, were = _both(asked, retail, was_beyond, part, stands=usage.stands, at_retail=was_at_retail)
        beyond, at_retail = beyond - was_beyond, at_retail - was_at_retail
        ours, theirs = _difference(ours, was, beyond), _difference(theirs, were, at_retail)
        key, kind = f"{ADJUSTMENT}:{key}:{number}", ADJUSTMENT
    if not sum_of(ours) and not sum_of(theirs):
        return None
    first = start_on(facts.line, held.first)
    return Charge(
        key, kind, PAID_AS[usage.kind], usage.item or usage.meter, due, first, usage.begins or first, usage.ends or due, held.first,
        held.last, usage.days_held, usage.days.count, beyond, *_amounts(asked, retail, ours, theirs),
        of=usage.of, claimed_by=usage.claimed_by, retail_quantity=None if at_retail == beyond else at_retail,
    )  # fmt: skip


def _difference(now: tuple[Priced, ...], before: tuple[Priced, ...], quantity: Quantity) -> tuple[Priced, ...]:
    """What the one costs more than the other, in one line."""
    if not now and not before:
        return ()
    return (Priced("amount", quantity, Decimal(0), 0, sum_of(now) - sum_of(before)),)
