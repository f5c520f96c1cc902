"""The prices in force for one account: list, wholesale and retail, dated, as plain values.

A *list price* stands in the manifest; a plan or an add-on keeps the version that was agreed, so its list price does not move
below it. *Wholesale* is list less a discount on the total of the vendor's invoice: 20 % unless something else was agreed, more
from a volume on. *Retail* is the reseller's own, and is looked for in this order: the client's own price, its group's (a tag),
that of the thing for all clients, a mark-up, none. What is nearer holds, whatever it says; in the same place a word about one
version holds before one about all, and what was said for the interval asked before another that is reckoned into it.

Pure. Every word is dated: it holds from `since` on until a later one about the same. Laws (tests/core/test_pricebook.py):

* what is said from a later day on changes nothing before it;
* a word nearer to the client is never overruled by one farther away, and taking it back leaves what was there without it;
* the order in which words are given does not matter, but for two about the same from the same instant on: the last one holds;
* a promotion counts for whole months from the day on which it began, and never for another side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from sublet.core.contracts import Contract
from sublet.core.currencies import Dated, Rate, dated, exchange, rate_at
from sublet.core.money import rounded
from sublet.core.periods import plus_months, start_of_day
from sublet.core.pricerules import NO_RULES, Rules
from sublet.core.pricing import DECIMALS, PERCENT, Price, Step
from sublet.core.proration import MONTHS
from sublet.core.usekeys import parts_of

#: What has a price. A service is managed for a client (the manifest's), an extra is the reseller's own (set-up, training).
PLAN, ADD_ON, SERVICE, OVERAGE, EXTRA = "plan", "add_on", "service", "overage", "extra"
KINDS: Final = (PLAN, ADD_ON, SERVICE, OVERAGE, EXTRA)
#: Where a retail price comes from, nearest first.
CLIENT, GROUP, ITEM, MARK_UP = "client", "group", "item", "mark_up"
LAYERS: Final = (CLIENT, GROUP, ITEM)
#: On what a mark-up is.
ON_WHOLESALE, ON_LIST = "wholesale", "list"
#: Whose amounts a promotion lowers: the vendor's list amounts, or the reseller's retail.
LIST_SIDE, RETAIL_SIDE = "list", "retail"

USUAL_DISCOUNT: Final = Decimal(20)
NO_DISCOUNT: Final = Decimal(0)
_LEAST: Final = Decimal(1).scaleb(-DECIMALS)

#: A thing that has list prices: kind, key, version (0 where it has none). Overage names the plan: ``meter@plan``; so do prices of a
#: plan or an add-on by what a meter counts, under the kind of that.
Thing = tuple[str, str, int]


def used_of(kind: str, key: str) -> tuple[str, str]:
    """Of the use of a plan or an add-on the meter, and the key of that; of any other thing no meter, and its key."""
    return parts_of(key) if kind in (PLAN, ADD_ON) else ("", key)


# List -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListPrices:
    """Every list price of the offer, also of versions that are no longer sold."""

    prices: Mapping[Thing, tuple[Price, ...]] = field(default_factory=lambda: MappingProxyType({}))
    _meters: Mapping[Thing, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[Thing, tuple[str, ...]] = {}
        for kind, key, version in self.prices:
            meter, of = used_of(kind, key)
            if meter:
                found[kind, of, version] = (*found.get((kind, of, version), ()), meter)
        object.__setattr__(self, "_meters", found)

    def meters(self, thing: Thing) -> tuple[str, ...]:
        """Those by which a plan or an add-on has a price, in the order of the manifest."""
        return self._meters.get(thing, ())

    def price(self, thing: Thing, interval: str, currency: str) -> Price | None:
        """That of the thing by this interval in this currency, one for time before one for use; None where there is none."""
        fitting = [each for each in self.of(thing, currency) if each.interval == interval]
        return min(fitting, key=lambda each: each.is_usage, default=None)

    def of(self, thing: Thing, currency: str = "") -> tuple[Price, ...]:
        """All of the thing, in the order of the manifest."""
        return tuple(each for each in self.prices.get(thing, ()) if currency in ("", each.currency))


# Wholesale ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tier:
    """From a volume on (minor units of list amounts on one invoice), another discount in percent, on all of it."""

    volume: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class WholesaleTerms:
    """What vendor and reseller agreed, from `since` on. `percent` None: as usual again, which is `usual` then."""

    since: datetime
    percent: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    usual: Decimal = USUAL_DISCOUNT

    def discount(self, volume: int = 0) -> Decimal:
        """In percent, for so much on one invoice: the highest tier that is reached decides for all of it."""
        reached = [each for each in self.tiers if each.volume <= volume]
        percent = max(reached, key=lambda each: each.volume).percent if reached else self.percent
        return self.usual if percent is None else percent


def terms_at(said: Iterable[WholesaleTerms], at: datetime) -> WholesaleTerms:
    """What of all that was agreed holds at that moment; as usual where nothing was."""
    return max((each for each in said if each.since <= at), key=lambda each: each.since, default=WholesaleTerms(at))


def tiers_fault(percent: Decimal | None, tiers: Sequence[Tier]) -> str | None:
    """Why these are no terms: ``percent`` (not 0 to 100), ``tiers`` (not rising); None when they are."""
    if not all(
        0 <= each <= 100 for each in (percent if percent is not None else USUAL_DISCOUNT, *(t.percent for t in tiers))
    ):
        return "percent"
    volumes = [each.volume for each in tiers]
    return None if all(0 < each for each in volumes) and sorted(set(volumes)) == volumes else "tiers"


# Retail ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """The reseller's word about a retail price, from `since` on: a price, or nothing any more (`price` None).

    `layer` and `whom`: for one client (its number as text), for a group (the tag), for everybody (empty). `version` 0: every.
    `key` empty: whatever of that kind (the price of a client's own that its settings hold). `interval` and `currency` are those
    of the price.
    """

    layer: str
    whom: str
    kind: str
    key: str
    interval: str
    since: datetime
    price: Price | None
    version: int = 0
    currency: str = ""

    @property
    def about(self) -> tuple[str, str, str, str, int, str, str]:
        """What it is about: a later word about the same takes its place. In each currency there may be another price."""
        return (self.layer, self.whom, self.kind, self.key, self.version, self.interval, self.currency)


@dataclass(frozen=True, slots=True)
class MarkUp:
    """So many percent on top of what has no retail price, from `since` on. `percent` None: none any more."""

    layer: str
    whom: str
    since: datetime
    percent: Decimal | None
    on: str = ON_WHOLESALE

    @property
    def about(self) -> tuple[str, str]:
        """As `Rule.about`."""
        return (self.layer, self.whom)


@dataclass(frozen=True, slots=True)
class Retail:
    """A retail price by the interval asked, and where it comes from: `agreed` as it was said, by its own interval."""

    price: Price
    source: str
    whom: str
    agreed: Price
    since: datetime


def scaled(price: Price, by: Fraction | Decimal) -> Price:
    """The price with every amount so many times as large; unit prices to six decimals, flat fees to the minor unit.

    A price in percent is no amount and stays.
    """
    if price.model == PERCENT:
        return price
    share = Fraction(by)

    def unit(amount: Decimal) -> Decimal:
        exact = Fraction(amount) * share
        return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_LEAST, ROUND_HALF_UP)

    return replace(
        price,
        amount=None if price.amount is None else unit(price.amount),
        steps=tuple(
            replace(each, amount=unit(each.amount), flat=rounded(Fraction(each.flat) * share)) for each in price.steps
        ),
        minimum=None if price.minimum is None else rounded(Fraction(price.minimum) * share),
    )


def by_interval(price: Price, interval: str) -> Price | None:
    """The same by another interval: a year is twelve months; None for what is paid once, and for what is paid by use."""
    if price.interval == interval:
        return price
    if price.interval not in MONTHS or interval not in MONTHS or price.meter is not None:
        return None
    return replace(scaled(price, Fraction(MONTHS[interval], MONTHS[price.interval])), interval=interval)


@lru_cache(maxsize=10_000)
def marked_up(price: Price, mark_up: MarkUp, discount: Decimal) -> Price | None:
    """The retail price that a mark-up makes of a list price; None where it says nothing."""
    if mark_up.percent is None:
        return None
    base = Fraction(1) if mark_up.on == ON_LIST else 1 - Fraction(discount) / 100
    return scaled(price, base * (1 + Fraction(mark_up.percent) / 100))


def price_to_json(price: Price) -> dict[str, Any]:
    """As tables keep it; amounts as texts, since JSON has no decimals."""
    found: dict[str, Any] = {"model": price.model, "interval": price.interval, "currency": price.currency}
    if price.amount is not None:
        found["amount"] = written(price.amount)
    if price.steps:
        found["steps"] = [[step.up_to, written(step.amount), step.flat] for step in price.steps]
    rest = {"meter": price.meter, "package_size": price.package_size, "minimum": price.minimum}
    return (
        found
        | {key: value for key, value in rest.items() if value is not None}
        | ({"included": price.included} if price.included else {})
    )


def price_from_json(data: Mapping[str, Any]) -> Price:
    """What `price_to_json` made."""
    amount = data.get("amount")
    return Price(
        model=data["model"],
        interval=data["interval"],
        currency=data["currency"],
        amount=None if amount is None else Decimal(amount),
        meter=data.get("meter"),
        package_size=data.get("package_size"),
        steps=tuple(Step(up_to, Decimal(each), flat) for up_to, each, flat in data.get("steps", ())),
        minimum=data.get("minimum"),
        included=data.get("included", 0),
    )


def written(number: Decimal) -> str:
    """A number without needless zeros: ``4900``, ``0.25``."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# Promotions -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Promotion:
    """So many percent off for some months, from the day on which an account took it. `months` None: as long as it stays.

    `things`: kinds or ``kind:key`` that it is for; empty: for all that has a price by an interval.
    """

    code: str
    side: str
    percent: Decimal
    starts: datetime
    ends: datetime | None
    months: int | None = None
    things: tuple[str, ...] = ()

    def fits(self, kind: str, key: str) -> bool:
        """Whether it lowers what that thing costs."""
        if not self.things:
            return kind != EXTRA
        return kind in self.things or f"{kind}:{key}" in self.things

    def holds_at(self, moment: datetime) -> bool:
        """Whether it lowers what is charged for that moment."""
        return self.starts <= moment and (self.ends is None or moment < self.ends)


def promotion_end(starts: datetime, months: int | None, zone: str) -> datetime | None:
    """When a promotion that began then is over: after whole months of the account's zone, at a day's start; None: never."""
    if months is None:
        return None
    return start_of_day(plus_months(starts.astimezone(ZoneInfo(zone)).date(), months), zone)


def lowered(minor: int, percent: Decimal) -> int:
    """An amount less so many percent, rounded once: what is taken off is rounded, so that both add up."""
    return minor - rounded(Fraction(minor) * Fraction(percent) / 100)


# What is sold once, and rates ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sold:
    """A one-off service that was sold to the client: set-up, training. Due at `at`, at the price of that day."""

    ref: str
    extra: str
    name: str
    quantity: int
    price: Price
    at: datetime


# The book -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The prices in force for one account. `reseller` None: it pays the vendor's list prices itself.

    `common` are the reseller's words for everybody and for groups, shared by the books of all its clients; `rules` more of them:
    no word about the same is in both.
    `currency` is what it pays in, `list_currency` that of the vendor's claims on whoever pays for it. `currencies_before` and
    `list_currencies_before`: until when they were others, the earliest first; a price of then is in the one of then.
    """

    account: int
    reseller: int | None
    currency: str
    list_currency: str
    zone: str = "UTC"
    groups: tuple[str, ...] = ()
    lists: ListPrices = field(default_factory=ListPrices)
    terms: tuple[WholesaleTerms, ...] = ()
    common: Rules = NO_RULES
    rules: tuple[Rule, ...] = ()
    mark_ups: tuple[MarkUp, ...] = ()
    taken: tuple[Promotion, ...] = ()
    agreed: tuple[Contract, ...] = ()
    sold: tuple[Sold, ...] = ()
    rates: tuple[Rate, ...] = ()
    currencies_before: Dated = ()
    list_currencies_before: Dated = ()

    def currency_at(self, at: datetime) -> str:
        """What it pays in then."""
        return dated(self.currencies_before, at, self.currency)

    def list_currency_at(self, at: datetime | None) -> str:
        """That of the vendor's claims then; None: now."""
        return self.list_currency if at is None else dated(self.list_currencies_before, at, self.list_currency)

    def list_price(self, kind: str, key: str, version: int, interval: str, at: datetime | None = None) -> Price | None:
        """The vendor's, by this interval; None where there is none. On `at` depends the currency alone: versions never change."""
        return self.lists.price((kind, key, version), interval, self.list_currency_at(at))

    def wholesale_terms(self, at: datetime) -> WholesaleTerms:
        """What was agreed with the reseller, as it holds at that moment; as usual where nothing was."""
        return terms_at(self.terms, at)

    def discount(self, at: datetime, volume: int = 0) -> Decimal:
        """In percent, on the total of an invoice of `volume` minor units at list prices; 0 for who has no reseller."""
        return self.wholesale_terms(at).discount(volume) if self.reseller is not None else NO_DISCOUNT

    def promotions(self, at: datetime, side: str = "") -> tuple[Promotion, ...]:
        """Those that lower what is charged for that moment."""
        return tuple(each for each in self.taken if each.holds_at(at) and side in ("", each.side))

    def promotion(self, kind: str, key: str, at: datetime, side: str) -> Promotion | None:
        """The one that lowers that thing most: promotions do not add up."""
        fitting = [each for each in self.promotions(at, side) if each.fits(kind, key)]
        return max(fitting, key=lambda each: (each.percent, each.code), default=None)

    def contracts(self, at: datetime) -> tuple[Contract, ...]:
        """Those that bind at that moment, in the account's zone."""
        day = at.astimezone(ZoneInfo(self.zone)).date()
        return tuple(each for each in self.agreed if each.runs_on(day))

    def retail(self, kind: str, key: str, version: int, interval: str, at: datetime) -> Retail | None:
        """The reseller's price by this interval; None: it has not said any, and charges nothing for it."""
        if self.reseller is None:
            return None
        fitting = [each for each in in_force(self.rules_about(kind, key), at) if each.version in (0, version)]
        for layer, whom in self.places():
            found = _of_layer(fitting, layer, whom, interval, self.currency_at(at))
            if found is not None:
                rule, price, agreed = found
                return Retail(price, layer, whom, agreed, rule.since)
        return self.by_mark_up(self.list_price(kind, key, version, interval, at), at)

    def rules_of(self, kind: str) -> list[Rule]:
        """Every word about things of that kind, whenever it holds."""
        return [*self.common.of_kind(kind), *(each for each in self.rules if each.kind == kind)]

    def rules_about(self, kind: str, key: str) -> list[Rule]:
        """Every word about that thing, or about whatever is of its kind: what a plan costs says nothing of what its use does."""
        if not self.rules and not self.common.said:
            return []
        keys = (key,) if not key or used_of(kind, key)[0] else ("", key)
        common = (each for name in keys for each in self.common.about(kind, name))
        return [*common, *(each for each in self.rules if each.kind == kind and each.key in keys)]

    def meters_said(self, kind: str, key: str) -> list[str]:
        """The meters by which the reseller has said a price of that plan or add-on, whenever it holds."""
        own = (used_of(rule.kind, rule.key) for rule in self.rules if rule.kind == kind and rule.price is not None)
        return [*self.common.meters(kind, key), *(meter for meter, of in own if meter and of == key)]

    def places(self) -> list[tuple[str, str]]:
        """Where a word can stand, nearest first; of several groups the one whose name comes first."""
        return [(CLIENT, str(self.account)), *((GROUP, name) for name in sorted(self.groups)), (ITEM, "")]

    def by_mark_up(self, price: Price | None, at: datetime) -> Retail | None:
        """The retail price that the nearest mark-up makes of a list price; None where there is none."""
        if price is None:
            return None
        said = {each.about: each for each in _latest(self.mark_ups, at)}
        for place in self.places():
            mark_up = said.get(place)
            made = marked_up(price, mark_up, self.discount(at)) if mark_up is not None else None
            if made is not None and mark_up is not None:
                converted = self.in_own_currency(made, at)
                if converted is not None:
                    return Retail(converted, MARK_UP, place[1], converted, mark_up.since)
        return None

    def rate(self, source: str, target: str, at: datetime) -> Decimal | None:
        """How much of `target` one of `source` is; None where nobody has said it."""
        return rate_at(self.rates, source, target, at)

    def in_own_currency(self, price: Price, at: datetime) -> Price | None:
        """A price in the account's currency; None where there is no rate for it."""
        own = self.currency_at(at)
        if price.currency == own:
            return price
        rate = self.rate(price.currency, own, at)
        if rate is None:
            return None
        return replace(scaled(price, exchange(rate, price.currency, own)), currency=own)


T = TypeVar("T", Rule, MarkUp)


def _latest(words: Iterable[T], at: datetime) -> list[T]:
    """Of all words about the same the last one that holds at that moment."""
    said: dict[object, T] = {}
    for each in words:
        if each.since > at:
            continue
        before = said.get(each.about)
        if before is None or before.since <= each.since:
            said[each.about] = each
    return list(said.values())


def in_force(rules: Iterable[Rule], at: datetime) -> list[Rule]:
    """Of all words about the same the last one that holds then, where it says a price."""
    return [each for each in _latest(rules, at) if each.price is not None]


def _of_layer(
    rules: Sequence[Rule], layer: str, whom: str, interval: str, currency: str
) -> tuple[Rule, Price, Price] | None:
    """The word that holds there: about this thing and version first, by this interval first, then by the shortest other one."""
    there = [each for each in rules if (each.layer, each.whom) == (layer, whom)]
    order = {name: place for place, name in enumerate(MONTHS)}
    there.sort(key=lambda each: (not each.key, -each.version, each.interval != interval, order.get(each.interval, 9)))
    for rule in there:
        if rule.price is None or rule.price.currency != currency:
            continue
        price = by_interval(rule.price, interval)
        if price is not None:
            return rule, price, rule.price
    return None
