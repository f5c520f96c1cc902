"""Promotions by code, and who has taken one. What was taken carries its terms, so that nothing said later changes it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel

LONGEST_CODE = 40


def new_promotion_ref() -> str:
    return new_ref("pro")


def new_taken_ref() -> str:
    return new_ref("prt")


class Promotion(TenantModel):
    """A promotion of whoever owns the row: the vendor's lowers list amounts, a reseller's its retail prices."""

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_promotion_ref, editable=False)
    code = models.CharField(max_length=LONGEST_CODE)  # in capitals
    name = models.CharField(max_length=100, blank=True, default="")
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    months = models.PositiveSmallIntegerField(
        null=True
    )  # how long it lasts for who takes it; None: as long as it stays
    things = models.JSONField(default=list)
    opens_at = models.DateTimeField()  # when it can be taken
    closes_at = models.DateTimeField(null=True)
    most = models.PositiveIntegerField(null=True)  # how many accounts may take it
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "promotion"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "code"], condition=Q(ended_at__isnull=True), name="a_code_means_one_promotion"
            ),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="a_promotion_lowers_a_price"),
            models.CheckConstraint(
                condition=Q(months__isnull=True) | Q(months__gt=0), name="a_promotion_lasts_a_month_at_least"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="a_promotion_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Taken(TenantModel):
    """That a promotion lowers what `client` is charged, from `starts_at` to `ends_at`; ended by somebody: `stopped_at`."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_taken_ref, editable=False)
    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=LONGEST_CODE)
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    things = models.JSONField(default=list)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField()
    taken_by = models.CharField(max_length=200)

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return self.code


class PromotionTaken(Taken):
    """A reseller's promotion that one of its clients has."""

    kept_from_vendor: ClassVar[bool] = True

    class Meta(Taken.Meta):
        db_table = "promotion_taken"
        constraints = [
            models.UniqueConstraint(fields=["promotion", "client"], name="a_promotion_is_taken_once"),
        ]
        indexes = [models.Index(fields=["account", "client"], name="promotions_of_a_reseller")]


class ListPromotionTaken(Taken):
    """A promotion of the vendor's for a client of the reseller `account`, or for a direct account (then both are it)."""

    class Meta(Taken.Meta):
        db_table = "list_promotion_taken"
        constraints = [
            models.UniqueConstraint(fields=["promotion", "client"], name="a_list_promotion_is_taken_once"),
        ]
        indexes = [models.Index(fields=["account", "client"], name="list_promotions_by_reseller")]
