"""What a reseller and its client are bound to, and services of the reseller's own that are sold once. Rows of the reseller."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.core.contracts import CONTRACTS
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel

LONGEST_NAME = 120


def new_contract_ref() -> str:
    return new_ref("ctr")


def new_extra_ref() -> str:
    return new_ref("ext")


def new_sale_ref() -> str:
    return new_ref("sal")


class AgreedContract(TenantModel):
    """A contract with a client. Its terms never change; the end is decided once."""

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_contract_ref, editable=False)
    kind = models.CharField(max_length=11)
    name = models.CharField(max_length=LONGEST_NAME)
    first_day = models.DateField()
    months = models.PositiveSmallIntegerField()
    renew_months = models.PositiveSmallIntegerField(default=0)
    notice_days = models.PositiveSmallIntegerField(default=0)
    price = models.JSONField(null=True)
    agreed_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=200)
    last_day = models.DateField(null=True)  # the end that notice was given of
    ended_at = models.DateTimeField(null=True)  # when notice was given
    ended_by = models.CharField(max_length=200, blank=True, default="")
    once = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "agreed_contract"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CONTRACTS), name="a_contract_is_of_a_known_kind"),
            models.CheckConstraint(condition=Q(months__gt=0), name="a_contract_lasts_a_month_at_least"),
            models.UniqueConstraint(
                fields=["account", "once"], condition=~Q(once=""), name="a_form_agrees_one_contract"
            ),
        ]
        indexes = [models.Index(fields=["account", "client"], name="contracts_of_a_reseller")]

    def __str__(self) -> str:
        return self.name


class Extra(TenantModel):
    """A service of the reseller's own (set-up, training, design): its price is a retail price of the kind ``extra``."""

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_extra_ref, editable=False)
    name = models.CharField(max_length=LONGEST_NAME)
    text = models.CharField(max_length=500, blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "extra"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], condition=Q(removed_at__isnull=True), name="an_extra_has_a_name_of_its_own"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ExtraSold(TenantModel):
    """That it was sold to a client: so often, at the price of that day. Taken back before it was billed: `taken_back_at`."""

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    extra = models.ForeignKey(Extra, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_sale_ref, editable=False)
    name = models.CharField(max_length=LONGEST_NAME)
    quantity = models.PositiveIntegerField(default=1)
    price = models.JSONField()
    due_at = models.DateTimeField()
    sold_at = models.DateTimeField()
    sold_by = models.CharField(max_length=200)
    taken_back_at = models.DateTimeField(null=True)
    once = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "extra_sold"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="an_extra_is_sold_at_least_once"),
            models.UniqueConstraint(fields=["account", "once"], condition=~Q(once=""), name="a_form_sells_one_extra"),
        ]
        indexes = [models.Index(fields=["account", "client"], name="extras_sold_by_a_reseller")]

    def __str__(self) -> str:
        return self.name
