"""The vendor's list prices, laid out from the offer for price books (`core.pricebook`). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from sublet.core.manifest import model as manifest
from sublet.core.offer import Offer
from sublet.core.pricebook import ADD_ON, OVERAGE, PLAN, SERVICE, ListPrices, Thing
from sublet.core.pricing import Price, of_manifest, of_overage
from sublet.core.usekeys import use_key


def list_currency_of(lists: ListPrices, wanted: str, otherwise: str) -> str:
    """In which currency the vendor charges somebody who reckons in `wanted`: that, where the offer has a plan in it."""
    there = any(
        each.currency == wanted for thing, prices in lists.prices.items() if thing[0] == PLAN for each in prices
    )
    return wanted if there else otherwise


def list_prices(offer: Offer) -> ListPrices:
    """The list prices of an offer. Overage is a price by packages: each begun one is due. Prices by use stand apart, by meter."""
    found: dict[Thing, tuple[Price, ...]] = {}
    for item in offer.every_plan:
        plan = item.plan
        found |= _apart(PLAN, plan.key, plan.version, plan.prices)
        for limit in plan.limits:
            if limit.overage:
                found[OVERAGE, use_key(limit.meter, plan.key), plan.version] = tuple(
                    of_overage(each, limit.meter) for each in limit.overage
                )
    for one in offer.every_add_on:
        found |= _apart(ADD_ON, one.add_on.key, one.add_on.version, one.add_on.prices)
    for service in offer.services.values():
        found[SERVICE, service.key, 0] = tuple(of_manifest(each) for each in service.prices)
    return ListPrices(MappingProxyType(found))


def _apart(kind: str, key: str, version: int, listed: Iterable[manifest.Price]) -> dict[Thing, tuple[Price, ...]]:
    """Prices for time under the thing itself, also where there are none; prices for what a meter counts under that meter."""
    found: dict[Thing, tuple[Price, ...]] = {(kind, key, version): ()}
    for price in map(of_manifest, listed):
        thing = (kind, key if price.meter is None else use_key(price.meter, key), version)
        found[thing] = (*found.get(thing, ()), price)
    return found
