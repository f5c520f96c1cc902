"""A reseller says what it asks of its clients: prices, mark-ups, its floor, its rates, and whether the vendor may read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from sublet.clientsettings.operations import set_up
from sublet.core.clientsettings import MOST_AMOUNT
from sublet.core.clientsettings import RetailPrice as OwnPrice
from sublet.core.manifest import CURRENCIES
from sublet.core.pricebook import (
    ADD_ON,
    EXTRA,
    KINDS,
    ON_LIST,
    ON_WHOLESALE,
    PLAN,
    SERVICE,
    price_to_json,
    used_of,
)
from sublet.core.pricing import FLAT, ONCE, PERCENT, SEAT, Price, fault
from sublet.core.proration import MONTHS
from sublet.core.usekeys import use_key
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.pricing.events import FloorChanged, MarkUpChanged, RateChanged, RetailPriceChanged, SharingChanged
from sublet.pricing.models import CurrencyRate, PriceSharing, RetailFloor, RetailMarkUp, RetailPriceSet
from sublet.pricing.operations.common import (
    CannotSetPrice,
    begins,
    client_locked,
    kept_percent,
    manages,
    own_locked,
    place_of,
    say,
    thing_names,
)
from sublet.pricing.queries.things import intervals_by_use

MOST_PERCENT = Decimal(10_000)


def set_retail_price(
    *,
    kind: str,
    key: str,
    price: Price | None,
    interval: str = "",
    currency: str = "",
    version: int = 0,
    client: str = "",
    tag: str = "",
    since: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> bool:
    """Say what clients are asked for something (``billing:manage``); False when it is said already.

    For one `client`, for a group (`tag`), or for everybody. `price` None takes back what was said there by `interval` in
    `currency`: then what is farther away holds. `since`: from when on, at once without it. A price by what a meter counts of a
    plan or an add-on stands under ``meter@key``, also where `key` alone is told. Raises Forbidden, NotFound, CannotSetPrice.
    """
    manages(actor, everybody=not client)
    if kind not in KINDS:
        raise CannotSetPrice("unknown-thing", field="kind")
    key, price = _by_meter(kind, key, price)
    by, money = (price.interval, price.currency) if price is not None else (interval, currency)
    _check(kind, price, by, money)
    with transaction.atomic():
        own = own_locked(actor)
        whom = client_locked(client, actor) if client else None
        where = place_of(whom, tag)
        if whom is not None and whom.currency != money:
            raise CannotSetPrice("wrong-currency", field="currency", currency=whom.currency)
        names = thing_names(kind, key, owner_id=own.id)
        start = begins(since, at)
        about = {
            "account_id": own.id, **where, "kind": kind, "key": key, "version": version, "interval": by, "currency": money,
        }  # fmt: skip
        kept = None if price is None else price_to_json(price)
        if not say(RetailPriceSet, about, {"price": kept}, since=start, actor=actor, at=at):
            return False
        record(
            RetailPriceChanged(
                client=whom.ref if whom is not None else "",
                name=whom.name if whom is not None else "",
                tag=tag,
                since=start.isoformat(),
                kind=kind,
                key=key,
                names=names,
                taken_back=price is None,
            ),
            account_id=own.id,
            actor=actor,
            at=at,
        )
    return True


def set_own_price(
    *, client: str, price: Price | None, since: datetime | None = None, actor: Actor, at: datetime
) -> bool:
    """Agree a client's own price for whatever plan it has, with its settings (``billing:manage`` and ``clients:manage``).

    Flat only, in the client's currency; None: none any more. Raises Forbidden, NotFound, CannotSetPrice, CannotChangeSettings.
    """
    manages(actor)
    if price is not None and (price.model != FLAT or price.amount is None or price.amount != int(price.amount)):
        raise CannotSetPrice("wrong-price", field="price")
    own = None if price is None else OwnPrice(int(price.amount or 0), price.currency, price.interval)
    return bool(set_up(ref=client, changes={"price": own}, since=since, actor=actor, at=at))


def _by_meter(kind: str, key: str, price: Price | None) -> tuple[str, Price | None]:
    """Where a price for use of a plan or an add-on stands, and the price with its meter: one amount is one however much is used."""
    if kind not in (PLAN, ADD_ON):
        return key, price
    if price is not None and price.meter is not None and "@" not in key:
        key = use_key(price.meter, key)
    meter, _of = used_of(kind, key)
    if price is None or not meter:
        return key, price
    if price.meter not in (None, meter) or price.model in (SEAT, ONCE, PERCENT):
        raise CannotSetPrice("wrong-price", field="price")
    if price.interval not in intervals_by_use(kind, key):
        raise CannotSetPrice("use-interval", field="interval")
    return key, replace(price, meter=meter)


def check_price(kind: str, price: Price) -> None:
    """Raise CannotSetPrice unless that can be the price of such a thing."""
    _check(kind, price, price.interval, price.currency)


def _check(kind: str, price: Price | None, interval: str, currency: str) -> None:
    if currency not in CURRENCIES:
        raise CannotSetPrice("unknown-currency", field="currency")
    if interval not in ({ONCE} if kind == EXTRA else {*MONTHS, ONCE}):
        raise CannotSetPrice("wrong-interval", field="interval")
    if price is None:
        return
    steps = [step.amount for step in price.steps] + [Decimal(step.flat) for step in price.steps]
    largest = max([price.amount or Decimal(0), Decimal(price.minimum or 0), *steps])
    if fault(price) is not None or price.model == PERCENT or largest > MOST_AMOUNT:
        raise CannotSetPrice("wrong-price", field="price")
    if price.model == SEAT and kind in (PLAN, SERVICE):
        raise CannotSetPrice("no-seats", field="model")  # one would be charged, however many there are


def set_mark_up(
    *,
    percent: Decimal | None,
    on: str = ON_WHOLESALE,
    client: str = "",
    tag: str = "",
    since: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> bool:
    """Say how many percent are put on what has no retail price (``billing:manage``); None: none. False when it is said already.

    Raises Forbidden, NotFound, CannotSetPrice.
    """
    manages(actor, everybody=not client)
    kept = None if percent is None else kept_percent(percent)
    if on not in (ON_WHOLESALE, ON_LIST) or (kept is not None and not -100 <= kept <= MOST_PERCENT):
        raise CannotSetPrice("wrong-percent", field="percent")
    with transaction.atomic():
        own = own_locked(actor)
        whom = client_locked(client, actor) if client else None
        start = begins(since, at)
        about = {"account_id": own.id, **place_of(whom, tag)}
        if not say(RetailMarkUp, about, {"percent": kept, "on": on}, since=start, actor=actor, at=at):
            return False
        told = MarkUpChanged(
            client=whom.ref if whom is not None else "",
            name=whom.name if whom is not None else "",
            tag=tag,
            since=start.isoformat(),
        )
        record(told, account_id=own.id, actor=actor, at=at)
    return True


def set_floor(*, percent: Decimal, since: datetime | None = None, actor: Actor, at: datetime) -> bool:
    """Say how many percent of a retail price should stay at least (``billing:manage``): pages warn below it.

    False when it is said already. Raises Forbidden, NotFound, CannotSetPrice.
    """
    manages(actor, everybody=True)
    kept = kept_percent(percent)
    if not 0 <= kept < 100:
        raise CannotSetPrice("wrong-percent", field="percent")
    with transaction.atomic():
        own = own_locked(actor)
        start = begins(since, at)
        if not say(RetailFloor, {"account_id": own.id}, {"percent": kept}, since=start, actor=actor, at=at):
            return False
        record(FloorChanged(since=start.isoformat()), account_id=own.id, actor=actor, at=at)
    return True


def set_rate(
    *, source: str, target: str, rate: Decimal, since: datetime | None = None, actor: Actor, at: datetime
) -> bool:
    """Say how much of `target` one of `source` is (``billing:manage``). False when it is said already.

    Raises Forbidden, NotFound, CannotSetPrice.
    """
    manages(actor, everybody=True)
    if source not in CURRENCIES or target not in CURRENCIES:
        raise CannotSetPrice("unknown-currency", field="source")
    if source == target or not 0 < rate < 10**9 or rate != rate.quantize(Decimal("0.00000001")):
        raise CannotSetPrice("wrong-rate", field="rate")
    with transaction.atomic():
        own = own_locked(actor)
        start = begins(since, at)
        about = {"account_id": own.id, "source": source, "target": target}
        if not say(CurrencyRate, about, {"rate": rate}, since=start, actor=actor, at=at):
            return False
        told = RateChanged(source=source, target=target, since=start.isoformat())
        record(told, account_id=own.id, actor=actor, at=at)
    return True


def share_prices(*, shared: bool, actor: Actor, at: datetime) -> bool:
    """Let the vendor read this reseller's retail figures, or no longer (``billing:manage``). False when it is so already.

    Raises Forbidden, NotFound.
    """
    manages(actor, everybody=True)
    with transaction.atomic():
        own = own_locked(actor)
        present = PriceSharing.objects.filter(account_id=own.id).exists()
        if not present and not shared:
            return False
        if not say(PriceSharing, {"account_id": own.id}, {"shared": shared}, since=at, actor=actor, at=at):
            return False
        record(SharingChanged(shared=shared), account_id=own.id, actor=actor, at=at)
    return True
