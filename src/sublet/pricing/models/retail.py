"""What a reseller asks of its clients. Rows of the reseller (`account`): no client reads them, and the vendor does not either.

`kept_from_vendor` says so to the scoped managers and, on PostgreSQL, to the wall.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.core.pricebook import KINDS, LAYERS, ON_LIST, ON_WHOLESALE
from sublet.pricing.models.common import Dated


class RetailPriceSet(Dated):
    """A retail price of one thing for everybody, for a group (`tag`) or for one `client`; `price` None: none any more there."""

    kept_from_vendor: ClassVar[bool] = True

    layer = models.CharField(max_length=6)
    client = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+")
    tag = models.CharField(max_length=40, blank=True, default="")
    kind = models.CharField(max_length=8)
    key = models.CharField(max_length=130)
    version = models.PositiveIntegerField(default=0)  # 0: every version
    interval = models.CharField(max_length=7)
    currency = models.CharField(max_length=3)
    price = models.JSONField(null=True)  # as `core.pricebook.price_to_json` makes it

    class Meta(Dated.Meta):
        db_table = "retail_price_set"
        constraints = [
            models.CheckConstraint(condition=Q(layer__in=LAYERS), name="a_retail_price_has_a_known_place"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="a_retail_price_is_of_a_known_thing"),
            models.CheckConstraint(
                condition=Q(layer="client", client__isnull=False, tag="")
                | (Q(layer="group", client__isnull=True) & ~Q(tag=""))
                | Q(layer="item", client__isnull=True, tag=""),
                name="a_retail_price_names_for_whom",
            ),
            models.UniqueConstraint(
                fields=["account", "tag", "kind", "key", "version", "interval", "currency", "since"],
                condition=Q(dropped_at__isnull=True, client__isnull=True),
                name="one_retail_price_is_said_from_an_instant_on",
            ),
            models.UniqueConstraint(
                fields=["account", "client", "kind", "key", "version", "interval", "currency", "since"],
                condition=Q(dropped_at__isnull=True, client__isnull=False),
                name="one_retail_price_of_a_client_from_an_instant_on",
            ),
        ]
        indexes = [models.Index(fields=["account", "client"], name="retail_prices_of_a_reseller")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class RetailMarkUp(Dated):
    """So many percent on what has no retail price; `percent` None: none any more."""

    kept_from_vendor: ClassVar[bool] = True

    layer = models.CharField(max_length=6)
    client = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+")
    tag = models.CharField(max_length=40, blank=True, default="")
    percent = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    on = models.CharField(max_length=9, default=ON_WHOLESALE)

    class Meta(Dated.Meta):
        db_table = "retail_mark_up"
        constraints = [
            models.CheckConstraint(condition=Q(layer__in=LAYERS), name="a_mark_up_has_a_known_place"),
            models.CheckConstraint(condition=Q(on__in=(ON_WHOLESALE, ON_LIST)), name="a_mark_up_is_on_something_known"),
            models.CheckConstraint(
                condition=Q(layer="client", client__isnull=False, tag="")
                | (Q(layer="group", client__isnull=True) & ~Q(tag=""))
                | Q(layer="item", client__isnull=True, tag=""),
                name="a_mark_up_names_for_whom",
            ),
            models.UniqueConstraint(
                fields=["account", "tag", "since"],
                condition=Q(dropped_at__isnull=True, client__isnull=True),
                name="one_mark_up_is_said_from_an_instant_on",
            ),
            models.UniqueConstraint(
                fields=["account", "client", "since"],
                condition=Q(dropped_at__isnull=True, client__isnull=False),
                name="one_mark_up_of_a_client_from_an_instant_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"


class RetailFloor(Dated):
    """Of each retail price at least so many percent should stay; below it the pages warn. None of it: 0."""

    kept_from_vendor: ClassVar[bool] = True

    percent = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta(Dated.Meta):
        db_table = "retail_floor"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "since"], condition=Q(dropped_at__isnull=True), name="one_floor_from_an_instant_on"
            ),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lt=100), name="a_floor_is_a_part_of_the_price"),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"


class CurrencyRate(Dated):
    """One `source` is `rate` of `target`, as whoever owns the row reckons."""

    kept_from_vendor: ClassVar[bool] = True

    source = models.CharField(max_length=3)
    target = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta(Dated.Meta):
        db_table = "currency_rate"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source", "target", "since"],
                condition=Q(dropped_at__isnull=True),
                name="one_rate_from_an_instant_on",
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="a_rate_is_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.target}"


class PriceSharing(Dated):
    """Whether the reseller lets the vendor read its retail figures. Not kept from the vendor: it must know that it may."""

    shared = models.BooleanField()

    class Meta(Dated.Meta):
        db_table = "price_sharing"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "since"], condition=Q(dropped_at__isnull=True), name="sharing_is_said_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.shared)
