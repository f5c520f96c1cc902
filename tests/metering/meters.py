"""A product with a meter of each kind, and the shortest ways to use it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sublet.catalog.operations import load_manifest
from sublet.catalog.queries import forget_offer
from sublet.core.rights import Rights
from sublet.foundation.actor import API, Actor
from sublet.metering.operations import Usage
from tests.core.manifests import NAME, SMALL, UNIT
from tests.people import AT, World

KINDS = {
    "sent": ("sum", "month", 0, ""),
    "storage": ("max", "month", 2, ""),
    "visits": ("count", "day", 0, ""),
    "devices": ("unique", "subscription", 0, "device"),
    "contacts": ("latest", "standing", 0, ""),
    "seats": ("sum", "standing", 0, ""),
    "texts": ("sum", "subscription", 0, ""),
}
METERS = "".join(
    f'[[meters]]\nkey = "{key}"\naggregation = "{aggregation}"\nperiod = "{period}"\n'
    + (f"decimals = {decimals}\n" if decimals else "")
    + (f'unique_by = "{by}"\n' if by else "")
    + f"{UNIT}\n{NAME}\n"
    for key, (aggregation, period, decimals, by) in KINDS.items()
)


def load_meters(world: World, text: str = SMALL + METERS, at: datetime = AT) -> None:
    forget_offer()
    with world.scope("vera") as vera:
        load_manifest(source=text.encode(), file_name="m.toml", confirmed=True, actor=vera, at=at)
    forget_offer()


def product(world: World, *, reach: frozenset[int] | None = None) -> Actor:
    """The host product's key."""
    return Actor(
        user_id=None,
        name="Product",
        account_id=world.vendor.id,
        account_ref=world.vendor.ref,
        account_kind="vendor",
        account_name=world.vendor.name,
        rights=Rights.of({"usage": "manage"}),
        reach=reach,
        key_ref="key_test",
        via=API,
    )


def used(
    world: World,
    number: object,
    meter: str = "sent",
    quantity: int | float | Decimal | None = 1,
    *,
    at: datetime = AT,
    account: str = "",
    source: str = "app",
    value: str = "",
    corrects: object = "",
) -> Usage:
    properties = {"device": value} if value else {}
    return Usage(source, str(number), at, account or world.carl.ref, meter, quantity, properties, str(corrects))
