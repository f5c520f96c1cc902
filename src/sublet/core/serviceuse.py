"""What the use of a managed service costs: its prices by use, on both sides.

A service may have a price for time, prices for what its meters count, or both; each is charged. What a reseller says of a service
takes the place of all that a mark-up would make of the vendor's prices: who asks 20.00 a month for it asks nothing for each use.

Pure. Laws (tests/core/test_serviceuse.py): a word of the reseller about a service leaves no mark-up on its use; without a reseller
there is no retail price; a price for time is never one for use.
"""

from __future__ import annotations

from datetime import datetime

from sublet.core.pricebook import SERVICE, Book, Retail, in_force
from sublet.core.pricing import Price
from sublet.core.proration import MONTHS


def meters_by_use(book: Book, service: str) -> tuple[str, ...]:
    """The meters that anybody has a price for, of that service, whenever it holds; in the order in which they are met."""
    listed = (each.meter for each in book.lists.of((SERVICE, service, 0), book.list_currency))
    said = (rule.price.meter for rule in book.rules_about(SERVICE, service) if rule.price is not None)
    return tuple(dict.fromkeys(each for each in (*listed, *said) if each))


def list_use(book: Book, service: str, meter: str) -> Price | None:
    """What the vendor asks for what that meter counts; None: nothing."""
    listed = book.lists.of((SERVICE, service, 0), book.list_currency)
    return next((each for each in listed if each.meter == meter), None)


def retail_use(book: Book, service: str, meter: str, at: datetime) -> Retail | None:
    """What the reseller asks for what that meter counts; None: nothing."""
    if book.reseller is None:
        return None
    said = [
        (rule, rule.price)
        for rule in in_force(book.rules_about(SERVICE, service), at)
        if rule.price is not None and rule.interval in MONTHS and rule.price.currency == book.currency
    ]
    for layer, whom in book.places():
        there = [(rule, price) for rule, price in said if (rule.layer, rule.whom) == (layer, whom)]
        if there:
            there.sort(key=lambda each: (not each[0].key, [*MONTHS].index(each[0].interval)))
            found = next((each for each in there if each[1].meter == meter), None)
            return None if found is None else Retail(found[1], layer, whom, found[1], found[0].since)
    return book.by_mark_up(list_use(book, service, meter), at)


def costs_unused(price: Price | None) -> bool:
    """Whether a period in which nothing was used costs something, too."""
    return price is not None and (bool(price.minimum) or bool(price.steps and price.steps[0].flat))
