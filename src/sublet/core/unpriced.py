"""What costs nothing because there is no price of it in the currency of who is charged, though there is one in another.

A plan or an add-on has a price for time, prices for what meters count, and a plan prices of what goes beyond its limits; each may be
missing alone. Pure. Laws (tests/core/test_unpriced.py): what has a price in that currency is not among it, nor what has one in none:
that is free because somebody meant it to be. Without a reseller nothing is missing on its side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from sublet.core.pricebook import OVERAGE, PLAN, Book, ListPrices, Thing, in_force
from sublet.core.pricing import ONCE
from sublet.core.proration import MONTHS
from sublet.core.usekeys import parts_of, use_key
from sublet.core.useprices import meters_by_use

#: What a plan or an add-on costs for time, among the meters that it may be paid by.
TIME: Final = ""


def unlisted(lists: ListPrices, thing: Thing, currency: str) -> tuple[str, ...]:
    """What of a plan or an add-on the vendor has prices for, and none in that currency: `TIME`, or the key of a meter."""
    found = ((meter, lists.of(part)) for meter, part in _parts(lists, thing, lists.meters(thing)))
    return _missing((meter, not prices or any(each.currency == currency for each in prices)) for meter, prices in found)


def unasked(book: Book, thing: Thing, at: datetime) -> tuple[str, ...]:
    """The same of the reseller: what it asks a price for, or a mark-up, by what holds at `at`, and nothing in the client's currency."""
    if book.reseller is None:
        return ()
    return _missing(
        (meter, not _asks(book, part, at) or any(book.retail(*part, each, at) for each in (*MONTHS, ONCE)))
        for meter, part in _parts(book.lists, thing, meters_by_use(book, thing))
    )


def _parts(lists: ListPrices, thing: Thing, meters: tuple[str, ...]) -> Iterator[tuple[str, Thing]]:
    """What of it has prices of its own, and under which name these stand."""
    kind, key, version = thing
    yield TIME, thing
    for meter in meters:
        yield meter, (kind, use_key(meter, key), version)
    if kind == PLAN:
        for part in lists.prices:
            meter, of = parts_of(part[1])
            if (part[0], of, part[2]) == (OVERAGE, key, version):
                yield meter, part


def _asks(book: Book, part: Thing, at: datetime) -> bool:
    """Whether the reseller asks anything for it, in whatever currency."""
    kind, key, version = part
    if any(rule.version in (0, version) for rule in in_force(book.rules_about(kind, key), at)):
        return True
    listed = book.lists.of(part)
    return any(replace(book, currency=each.currency).by_mark_up(each, at) is not None for each in listed)


def _missing(found: Iterator[tuple[str, bool]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(meter for meter, is_there in found if not is_there))
