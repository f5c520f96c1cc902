"""Use that has a price: what a plan, an add-on or a managed service costs by what a meter counted, on both sides.

A thing may have a price for time, prices for what meters count, or both; each is charged. The use of a plan or an add-on by one
meter is a thing of its own in every book, as overage is: the vendor's price, the reseller's word and a mark-up are about
``meter@plan``. What stands beyond a limit of a plan has its price here too: of a thing of the kind ``overage`` with the plan's key.
A managed service is one thing with its use: what a reseller says of it takes the place of all that a mark-up would make of the
vendor's prices, so who asks 20.00 a month for it asks nothing for each use.

Pure. Laws (tests/core/test_useprices.py): a word of the reseller about a service leaves no mark-up on its use; a word about a plan
leaves the mark-up on its use, and one about its use by a meter takes that mark-up's place and no other's; the client's own price for
whatever plan it has says nothing of use; without a reseller there is no retail price; a price for time is never one for use.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sublet.core.pricebook import SERVICE, Book, Retail, Rule, Thing, in_force
from sublet.core.pricing import FLAT, Price
from sublet.core.proration import MONTH, MONTHS
from sublet.core.usekeys import use_key


def meters_by_use(book: Book, thing: Thing) -> tuple[str, ...]:
    """The meters that anybody has a price for, of that thing, whenever it holds; in the order in which they are met."""
    kind, key, _version = thing
    if kind != SERVICE:
        return tuple(dict.fromkeys((*book.lists.meters(thing), *book.meters_said(kind, key))))
    listed = (each.meter for each in book.lists.of(thing, book.list_currency))
    said = (rule.price.meter for rule in book.rules_about(SERVICE, key) if rule.price is not None)
    return tuple(dict.fromkeys(each for each in (*listed, *said) if each))


def list_use(book: Book, thing: Thing, meter: str, at: datetime | None = None) -> Price | None:
    """What the vendor asks for what that meter counts (in the currency of then); None: nothing."""
    listed = book.lists.of(_priced_as(thing, meter), book.list_currency_at(at))
    return next((each for each in listed if each.meter == meter and each.interval in MONTHS), None)


def retail_use(book: Book, thing: Thing, meter: str, at: datetime) -> Retail | None:
    """What the reseller asks for what that meter counts; None: nothing."""
    if book.reseller is None:
        return None
    listed = list_use(book, thing, meter, at)
    if thing[0] == SERVICE:
        return _of_service(book, thing[1], meter, listed, at)
    kind, key, version = _priced_as(thing, meter)
    intervals: Iterable[str] = MONTHS if listed is None else (listed.interval,)
    return next(filter(None, (book.retail(kind, key, version, each, at) for each in intervals)), None)


def interval_of_use(book: Book, thing: Thing, meter: str) -> str:
    """Of a meter that stands for ever and has no period of its own: how often it is paid for."""
    listed = list_use(book, thing, meter)
    if listed is not None:
        return listed.interval
    return next((rule.price.interval for rule in _said(book, thing, meter) if rule.price is not None), MONTH)


def is_due_unused(book: Book, thing: Thing, meter: str) -> bool:
    """Whether, on any side and at any time, a period in which nothing was used costs something, too."""
    prices = (list_use(book, thing, meter), *(rule.price for rule in _said(book, thing, meter)))
    return any(costs_unused(each) or is_one_amount(each) for each in prices)


def costs_unused(price: Price | None) -> bool:
    """Whether a period in which nothing was used costs something, too: a minimum, or the flat fee of a first step."""
    return price is not None and (bool(price.minimum) or bool(price.steps and price.steps[0].flat))


def is_one_amount(price: Price | None) -> bool:
    """Whether it is one amount for each period, however much is used."""
    return price is not None and price.is_usage and price.model == FLAT and bool(price.amount)


def _priced_as(thing: Thing, meter: str) -> Thing:
    kind, key, version = thing
    return thing if kind == SERVICE else (kind, use_key(meter, key), version)


def _said(book: Book, thing: Thing, meter: str) -> list[Rule]:
    """The reseller's words about that use, whenever they hold."""
    kind, key, _version = _priced_as(thing, meter)
    words = book.rules_about(kind, key)
    return [each for each in words if each.price is not None and each.price.meter == meter and each.interval in MONTHS]


def _of_service(book: Book, service: str, meter: str, listed: Price | None, at: datetime) -> Retail | None:
    said = [
        (rule, rule.price)
        for rule in in_force(book.rules_about(SERVICE, service), at)
        if rule.price is not None and rule.interval in MONTHS and rule.price.currency == book.currency_at(at)
    ]
    for layer, whom in book.places():
        there = [(rule, price) for rule, price in said if (rule.layer, rule.whom) == (layer, whom)]
        if there:
            there.sort(key=lambda each: (not each[0].key, [*MONTHS].index(each[0].interval)))
            found = next((each for each in there if each[1].meter == meter), None)
            return None if found is None else Retail(found[1], layer, whom, found[1], found[0].since)
    return book.by_mark_up(listed, at)
