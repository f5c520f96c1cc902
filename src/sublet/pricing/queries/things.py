"""What has a price: plans, add-ons, what is used of them, what goes beyond limits, managed services, services of a reseller's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sublet.catalog.queries import offer
from sublet.core.manifest import AddOn, GuidePrice, Meter, Names, Plan
from sublet.core.pricebook import ADD_ON, EXTRA, OVERAGE, PLAN, SERVICE, used_of
from sublet.core.proration import MONTHS
from sublet.core.usekeys import parts_of, use_key
from sublet.pricing.models import Extra
from sublet.pricing.queries.books import lists_in_force


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that has a price. `names` None: the reseller's own, whose name is `called`. `sold`: it is on offer now."""

    kind: str
    key: str
    version: int
    names: Names | None
    called: str = ""
    sold: bool = True
    beside: Names | None = None  # of overage, and of what is paid by use: the plan or add-on
    guides: tuple[GuidePrice, ...] = ()


def things(extras: Sequence[Extra], *, every: bool = False) -> Iterator[Thing]:
    """What has a price, in the order of the offer; `every`: also what is no longer sold."""
    present = offer()
    plans = [item.plan for item in present.every_plan] if every else list(present.plans_on_sale)
    meters = {item.meter.key: item.meter for item in present.every_meter}
    for plan in plans:
        sold = present.is_sold(plan)
        yield Thing(PLAN, plan.key, plan.version, plan.name, sold=sold, guides=plan.guide_prices)
        yield from _by_use(PLAN, plan, sold, meters)
        for limit in plan.limits:
            if limit.overage:
                key = use_key(limit.meter, plan.key)
                yield Thing(OVERAGE, key, plan.version, meters[limit.meter].name, sold=sold, beside=plan.name)
    add_ons = [item.add_on for item in present.every_add_on] if every else list(present.add_ons_on_sale)
    for add_on in add_ons:
        sold = present.is_sold(add_on)
        yield Thing(ADD_ON, add_on.key, add_on.version, add_on.name, sold=sold)
        yield from _by_use(ADD_ON, add_on, sold, meters)
    for service in present.services.values():
        if service.prices or every:
            yield Thing(SERVICE, service.key, 0, service.name)
    for extra in extras:
        yield Thing(EXTRA, extra.ref, 0, None, extra.name, sold=extra.removed_at is None)


def _by_use(kind: str, of: Plan | AddOn, sold: bool, meters: Mapping[str, Meter]) -> Iterator[Thing]:
    """What each meter counts of it that has a list price: a thing of its own beside it, as overage is."""
    for meter in dict.fromkeys(price.meter for price in of.prices if price.meter is not None):
        yield Thing(kind, use_key(meter, of.key), of.version, meters[meter].name, sold=sold, beside=of.name)


def meter_of(thing: Thing) -> str:
    """What a price by use of that thing counts; empty where it is paid for by time."""
    if thing.beside is not None:
        return parts_of(thing.key)[0]
    listed = lists_in_force().of((thing.kind, thing.key, thing.version))
    return next((each.meter for each in listed if each.meter), "")


def paid_beside(thing: Thing) -> tuple[Thing, ...]:
    """What of a plan or an add-on on sale is paid for by use, also beyond its limits, with prices of its own."""
    if thing.kind not in (PLAN, ADD_ON) or thing.beside is not None:
        return ()
    kinds = (PLAN, OVERAGE) if thing.kind == PLAN else (ADD_ON,)
    found = (each for each in things(()) if each.kind in kinds and each.beside is not None)
    return tuple(each for each in found if parts_of(each.key)[1] == thing.key)


def intervals_by_use(kind: str, key: str) -> tuple[str, ...]:
    """How often what a meter counts of a plan or an add-on is paid for; empty for what is free to choose.

    Of what the vendor asks nothing for it is the month.
    """
    if not used_of(kind, key)[0]:
        return ()
    lists = lists_in_force().prices.items()
    found = {each.interval for thing, prices in lists if thing[:2] == (kind, key) for each in prices}
    return tuple(each for each in MONTHS if each in found) or ("month",)
