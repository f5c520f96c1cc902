"""What a reseller spends on a client beside what the vendor asks: its time, and what it pays others."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel

TIME, COST = "time", "cost"
KINDS = (TIME, COST)
LONGEST_TEXT = 200


def new_effort_ref() -> str:
    return new_ref("eff")


class Effort(TenantModel):
    """On a day, `minutes` at an hourly `rate`, or a cost; `minor` is what it comes to. Never changed but for `dropped_at`."""

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_effort_ref, editable=False)
    kind = models.CharField(max_length=4)
    day = models.DateField()
    minutes = models.PositiveIntegerField(default=0)
    rate = models.BigIntegerField(default=0)  # of an hour, in minor units
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    text = models.CharField(max_length=LONGEST_TEXT, blank=True, default="")
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=200)
    dropped_at = models.DateTimeField(null=True)
    dropped_by = models.CharField(max_length=200, blank=True, default="")
    once = models.CharField(max_length=64, blank=True, default="", db_default="")  # the form, so that twice is once

    class Meta:
        db_table = "effort"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="an_effort_is_time_or_a_cost"),
            models.CheckConstraint(condition=Q(minor__gte=0, rate__gte=0), name="an_effort_costs"),
            models.CheckConstraint(condition=~Q(kind=TIME) | Q(minutes__gt=0), name="time_takes_time"),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True) | Q(dropped_at__gte=F("entered_at")),
                name="an_effort_is_dropped_after_it_is_entered",
            ),
            models.UniqueConstraint(fields=["account", "once"], condition=~Q(once=""), name="a_form_enters_one_effort"),
        ]
        indexes = [
            models.Index(fields=["account", "client", "-day"], name="efforts_for_a_client"),
            models.Index(fields=["account", "day"], name="efforts_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day} {self.minor}"
