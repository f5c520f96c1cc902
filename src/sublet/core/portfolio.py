"""What a month of an account comes to on both sides, and what it would come to if a price were another: the margin guard.

Reckoned from what an account holds now, as if a whole month of it were due; nothing is charged by it. Pure. Laws
(tests/core/test_portfolio.py): what changes nothing leaves every amount; a change of the discount moves no retail price that was
said, and a higher discount never makes anybody lose; who loses after a change and did not before lost by that change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from sublet.core.currencies import Rate, exchange
from sublet.core.margin import Margin, wholesale_lines
from sublet.core.money import rounded
from sublet.core.pricebook import (
    ADD_ON,
    LIST_SIDE,
    OVERAGE,
    PLAN,
    RETAIL_SIDE,
    SERVICE,
    Book,
    ListPrices,
    Promotion,
    Thing,
    WholesaleTerms,
    lowered,
    scaled,
)
from sublet.core.pricing import FLAT, Price, total
from sublet.core.proration import MONTHS
from sublet.core.usekeys import parts_of, use_key
from sublet.core.useprices import list_use, meters_by_use, retail_use

DISCOUNT, LISTED, RATE, USE = "discount", "list", "rate", "use"
CHANGES: Final = (DISCOUNT, LISTED, RATE, USE)


@dataclass(frozen=True, slots=True)
class Held:
    """What an account has: a plan, add-ons (key, version, count), and how much it used beyond what is included, by meter.

    `used`, `included` and `more_at_retail`: units of this month, how many of them are free at wholesale and how many more at retail
    (`core.included`; None: all). `services`: the managed services that are on. `stands`: the meters that have no periods, and stand
    at what is in `used`.
    """

    account: int
    plan: tuple[str, int] | None
    add_ons: tuple[tuple[str, int, int], ...] = ()
    used: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    included: Mapping[str, int | None] = field(default_factory=lambda: MappingProxyType({}))
    more_at_retail: Mapping[str, int | None] = field(default_factory=lambda: MappingProxyType({}))
    services: tuple[str, ...] = ()
    stands: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that becomes something else.

    ``discount``: `percent` off the vendor's total; ``list``: the list prices of `thing` `percent` higher (of all things
    without one); ``rate``: one of `source` is `rate` of `target`; ``use``: everybody uses `percent` of what it uses now.
    """

    kind: str
    percent: Decimal = Decimal(0)
    thing: tuple[str, str] | None = None
    source: str = ""
    target: str = ""
    rate: Decimal = Decimal(0)


def change_to_json(change: Change) -> dict[str, Any]:
    """For a job, and for the row that keeps what was asked."""
    return {
        "kind": change.kind, "percent": str(change.percent), "thing": list(change.thing) if change.thing else None,
        "source": change.source, "target": change.target, "rate": str(change.rate),
    }  # fmt: skip


def change_from_json(data: Mapping[str, Any]) -> Change:
    """What `change_to_json` made."""
    thing = data.get("thing")
    return Change(
        data["kind"], Decimal(data["percent"]), (thing[0], thing[1]) if thing else None, data["source"], data["target"],
        Decimal(data["rate"]),
    )  # fmt: skip


def changed(book: Book, change: Change, at: datetime) -> Book:
    """The book as it would be with that change in force at `at`. Mark-ups follow by themselves; prices that were said stay."""
    if change.kind == DISCOUNT:
        return replace(
            book, terms=(*(each for each in book.terms if each.since < at), WholesaleTerms(at, change.percent))
        )
    if change.kind == LISTED:
        return replace(book, lists=_lists(book.lists, change))
    if change.kind == RATE:
        return replace(book, rates=(*book.rates, Rate(change.source, change.target, at, change.rate)))
    return book


def _lists(lists: ListPrices, change: Change) -> ListPrices:
    by = 1 + Fraction(change.percent) / 100
    prices: dict[Thing, tuple[Price, ...]] = {}
    for thing, found in lists.prices.items():
        meant = change.thing is None or change.thing == thing[:2]
        prices[thing] = tuple(scaled(each, by) for each in found) if meant else found
    return ListPrices(MappingProxyType(prices))


def use_of(change: Change) -> Fraction:
    """By what use is multiplied."""
    return Fraction(change.percent) / 100 if change.kind == USE else Fraction(1)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of one account: what it comes to at list prices (in `list_currency`), and retail (in `currency`)."""

    listed: int
    list_currency: str
    retail: int
    currency: str


def month_of(book: Book, held: Held, at: datetime, *, use: Fraction = Fraction(1)) -> Month:
    """What a whole month of it comes to on both sides, promotions that run at `at` counted in.

    Each side by the shortest interval in which it has a price, as it is charged: of a quarter's or a year's the month's share.
    """
    listed = retail = 0
    for kind, key, version, quantity, at_retail in _things(held, use):
        if not quantity:
            continue  # at retail nothing goes beyond what goes not beyond it at wholesale
        stands = kind == OVERAGE and parts_of(key)[0] in held.stands
        price = next(filter(None, (book.list_price(kind, key, version, each, at) for each in MONTHS)), None)
        if price is not None:
            listed += _less(_of_month(price, quantity, stands=stands), book.promotion(kind, key, at, LIST_SIDE))
        asked = next(filter(None, (book.retail(kind, key, version, each, at) for each in MONTHS)), None)
        if asked is not None and at_retail:
            retail += _less(
                _of_month(asked.agreed, at_retail, stands=stands), book.promotion(kind, key, at, RETAIL_SIDE)
            )
    for thing in _with_use(held):
        kind, key, _version = thing
        ours, theirs = _of_use(book, thing, held, at, use)
        if kind == SERVICE:
            timed, wanted = _of_service(book, key, at)
            ours, theirs = ours + timed, theirs + wanted
        listed += _less(ours, book.promotion(kind, key, at, LIST_SIDE))
        retail += _less(theirs, book.promotion(kind, key, at, RETAIL_SIDE))
    return Month(listed, book.list_currency, retail, book.currency)


def _with_use(held: Held) -> list[Thing]:
    """All that it has and that may have a price by use; of an add-on that it has twice what is used counts once."""
    found: list[Thing] = [] if held.plan is None else [(PLAN, *held.plan)]
    if held.plan is not None:
        found += dict.fromkeys((ADD_ON, key, version) for key, version, _count in held.add_ons)
    return found + [(SERVICE, service, 0) for service in held.services]


def _of_service(book: Book, service: str, at: datetime) -> tuple[int, int]:
    """What a managed service comes to on both sides for time."""
    timed = (book.list_price(SERVICE, service, 0, each, at) for each in MONTHS)
    price = next((each for each in timed if each is not None and not each.is_usage), None)
    said = (book.retail(SERVICE, service, 0, each, at) for each in MONTHS)
    asked = next((each for each in said if each is not None and not each.agreed.is_usage), None)
    return (0 if price is None else _of_month(price, 1), 0 if asked is None else _of_month(asked.agreed, 1))


def _of_use(book: Book, thing: Thing, held: Held, at: datetime, use: Fraction) -> tuple[int, int]:
    """What that thing comes to on both sides for what its meters count."""
    listed = retail = 0
    for meter in meters_by_use(book, thing):
        quantity = rounded(Fraction(held.used.get(meter, 0)) * use)
        price, asked = list_use(book, thing, meter), retail_use(book, thing, meter, at)
        listed += 0 if price is None else _of_month(price, quantity, stands=meter in held.stands)
        retail += 0 if asked is None else _of_month(asked.agreed, quantity, stands=meter in held.stands)
    return listed, retail


def _of_month(price: Price, quantity: int, *, stands: bool = False) -> int:
    """A month's share of what the price's interval comes to; of what is used, as much is used in each of its months.

    What stands is the same in each of them, and one amount by a meter is one, however much is used.
    """
    months = MONTHS[price.interval]
    if price.is_usage and price.model == FLAT:
        quantity = 1
    elif price.is_usage and not stands:
        quantity *= months
    return rounded(Fraction(total(price, quantity), months))


def _less(minor: int, promotion: Promotion | None) -> int:
    return minor if promotion is None else lowered(minor, promotion.percent)


def _things(held: Held, use: Fraction) -> list[tuple[str, str, int, int, int]]:
    """Kind, key, version, and how many at wholesale and at retail."""
    if held.plan is None:
        return []
    key, version = held.plan
    found = [(PLAN, key, version, 1, 1)]
    found += [(ADD_ON, add_on, number, count, count) for add_on, number, count in held.add_ons]
    for meter, used in held.used.items():
        included = held.included.get(meter)
        beyond = 0 if included is None else max(0, rounded(Fraction(used) * use) - included)
        more = held.more_at_retail.get(meter, 0)
        at_retail = 0 if more is None else max(0, beyond - more)
        found.append((OVERAGE, use_key(meter, key), version, beyond, at_retail))
    return found


@dataclass(frozen=True, slots=True)
class Effect:
    """One account before and after, both sides in minor units of `currency`; `known`: there is a rate where one is needed."""

    account: int
    currency: str
    before: Margin
    after: Margin
    known: bool = True

    @property
    def loses_now(self) -> bool:
        """Whether the change makes it lose money."""
        return self.after.loses and not self.before.loses


@dataclass(frozen=True, slots=True)
class Pair:
    """A month of one account before and after a change, and the rates into its own currency; None where there is none."""

    account: int
    before: Month
    after: Month
    rate_before: Decimal | None
    rate_after: Decimal | None


def pairs(books: Mapping[int, Book], holdings: Sequence[Held], change: Change, at: datetime) -> list[Pair]:
    """The months of these accounts, in the order given; those without a book are left out. Can be done batch by batch."""
    found = []
    for held in holdings:
        book = books.get(held.account)
        if book is None:
            continue
        then = changed(book, change, at)
        before, after = month_of(book, held, at), month_of(then, held, at, use=use_of(change))
        found.append(
            Pair(
                held.account, before, after, book.rate(before.list_currency, book.currency, at),
                then.rate(after.list_currency, then.currency, at),
            )
        )  # fmt: skip
    return found


def effects_of(found: Sequence[Pair], book: Book, change: Change, at: datetime) -> tuple[Effect, ...]:
    """What the change does to each account of one reseller: the discount is on the total of all. `book`: any of theirs."""
    then = changed(book, change, at)
    first = _wholesale(book, [each.before for each in found], [each.rate_before for each in found], at)
    last = _wholesale(then, [each.after for each in found], [each.rate_after for each in found], at)
    return tuple(
        Effect(
            each.account,
            each.before.currency,
            Margin(each.before.retail, was or 0),
            Margin(each.after.retail, will or 0),
            was is not None and will is not None,
        )
        for each, was, will in zip(found, first, last, strict=True)
    )


def _wholesale(book: Book, months: Sequence[Month], rates: Sequence[Decimal | None], at: datetime) -> list[int | None]:
    """Each account's share of the invoices less the discount on their totals, in its own currency; None without a rate."""
    found: list[int | None] = [0] * len(months)
    by_currency: dict[str, list[int]] = {}
    for position, month in enumerate(months):
        by_currency.setdefault(month.list_currency, []).append(position)
    for currency, positions in by_currency.items():
        listed = [months[position].listed for position in positions]
        shares = wholesale_lines(listed, book.discount(at, sum(listed)))
        for position, share in zip(positions, shares, strict=True):
            rate, own = rates[position], months[position].currency
            if rate is not None:
                found[position] = rounded(Fraction(share) * exchange(rate, currency, own))
            elif share:
                found[position] = None
    return found
