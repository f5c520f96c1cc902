"""What a quantity is in steps, and what usage events add up to.

A meter with two decimals counts in hundredths: quantities are whole numbers of those steps, so that nothing is ever rounded.

Laws (tests/core/test_usage.py): a total depends on the different events alone, not on their order, not on how often each
came; an event that another one corrects does not count, whichever of the two came first. What people decided about an event
stands: nothing that a product says of that event later adds to it or takes from it, until people decide otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar
from uuid import UUID, uuid5

SUM, COUNT, UNIQUE, MAX, LATEST = "sum", "count", "unique", "max", "latest"
#: What adds up by itself: a total can be raised by one statement, under a condition.
ADDITIVE: Final = frozenset({SUM, COUNT})
#: Older usage events are refused: by then their period is closed and may be billed. Younger ones belong to their own period.
OLDEST: Final = timedelta(days=35)
#: How far ahead of us a reporter's clock may be.
AHEAD: Final = timedelta(minutes=5)
#: Below what a 64-bit column holds, by a factor that leaves room for a thousand such events.
MOST_STEPS: Final = 10**15
LONGEST_SOURCE, LONGEST_ID, LONGEST_VALUE = 120, 120, 200
#: Where corrections of people come from; no product can send events in this name.
BY_PEOPLE: Final = "people"
_CORRECTIONS: Final = UUID("5f0d8a0e-7c7b-4a2c-9a53-3f9f4d2c6e11")


def correction_id(source: str, event_id: str) -> str:
    """The id of the event, from the source `BY_PEOPLE`, that counts in the place of another one of the same account.

    It follows from what is corrected, so that the key of the table lets an event be corrected by people once. (That event can be
    corrected itself.)
    """
    return str(uuid5(_CORRECTIONS, f"{source}\n{event_id}"))


def steps_of(quantity: int | float | Decimal, decimals: int) -> int:
    """`quantity` whole units in steps of a meter with so many decimals.

    Raises ValueError, with the code as its text: ``too-precise``, ``too-large``, ``not-a-number``.
    """
    if type(quantity) is int:
        steps: int = quantity * 10**decimals
    else:
        try:
            exact = Decimal(repr(quantity)) if isinstance(quantity, float) else Decimal(quantity)
            if not exact.is_finite():
                raise ValueError("not-a-number")
            if exact.adjusted() > 18:
                raise ValueError("too-large")
            scaled = exact.scaleb(decimals)
        except InvalidOperation:
            raise ValueError("not-a-number") from None
        if scaled != scaled.to_integral_value():
            raise ValueError("too-precise")
        steps = int(scaled)
    if abs(steps) > MOST_STEPS:
        raise ValueError("too-large")
    return steps


def units_of(steps: int, decimals: int) -> int | float:
    """The same back: a whole number where it is one."""
    if decimals == 0:
        return steps
    whole, rest = divmod(steps, 10**decimals)
    return whole if rest == 0 else float(Decimal(steps).scaleb(-decimals))


def refuse_moment(moment: datetime, at: datetime) -> str:
    """``too-old`` or ``too-far-ahead``, or empty when usage of that moment is taken at `at`."""
    if moment < at - OLDEST:
        return "too-old"
    return "too-far-ahead" if moment > at + AHEAD else ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A usage event as far as it counts. `quantity` None: it only takes back the one that it corrects."""

    source: str
    event_id: str
    at: datetime
    quantity: int | None
    value: str = ""
    corrects: str = ""


def contribution(aggregation: str, quantity: int | None) -> int:
    """What one event adds to a total that adds up."""
    if quantity is None:
        return 0
    return 1 if aggregation == COUNT else quantity


K = TypeVar("K")


def overruled(corrects: Mapping[K, K], by_people: Collection[K]) -> set[K]:
    """Those of a product's corrections that count nothing, because people had decided about what they correct.

    `corrects`: what each names. `by_people`: the events that people have corrected. Also what corrects such a correction is one.
    """
    found: set[K] = set()
    for each in corrects:
        way, place = [each], corrects[each]
        while place not in by_people and place not in found and place in corrects and place not in way:
            way.append(place)
            place = corrects[place]
        if place in by_people or place in found:
            found.update(way)
    return found


def counting(events: Iterable[Counted]) -> list[Counted]:
    """Those of an account's events that count, each once, whatever their meters: those that no other one corrects, but for what a
    product says of an event after people.

    People correct what counts, so their correction is always older than the product's: a program that repairs what it once told does
    not undo what people have settled, without a word in the history.
    """
    different = {(event.source, event.event_id): event for event in events}
    words = {event.event_id for event in different.values() if event.source == BY_PEOPLE and event.corrects}
    # Without any of theirs no id is made: a total may be of a million events.
    by_people = {key for key in different if correction_id(*key) in words} if words else set()
    named = {key: (key[0], each.corrects) for key, each in different.items() if each.corrects and key[0] != BY_PEOPLE}
    out = by_people | set(named.values()) | overruled(named, by_people)
    return [event for key, event in different.items() if key not in out]


def total_of(aggregation: str, events: Iterable[Counted]) -> int:
    """What these events of one meter and one period add up to: the definition of what is kept step by step elsewhere."""
    found = [event for event in counting(events) if event.quantity is not None]
    if aggregation == UNIQUE:
        return len({event.value for event in found})
    if aggregation in ADDITIVE:
        return sum(contribution(aggregation, event.quantity) for event in found)
    if not found:
        return 0
    if aggregation == MAX:
        return max(event.quantity or 0 for event in found)
    last = max(found, key=lambda event: (event.at, event.source, event.event_id))
    return last.quantity or 0
