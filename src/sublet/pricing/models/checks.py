"""What a change of prices would do to a whole portfolio, reckoned before it takes effect, and the letters that pass it on.

Derived: a check can be thrown away and made again; nothing is charged by it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_check_ref() -> str:
    return new_ref("chk")


class PriceCheck(TenantModel):
    """One simulation of whoever owns the row. `asked`: what changes; `found`: the totals, once it is done."""

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_check_ref, editable=False)
    asked = models.JSONField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True)
    found = models.JSONField(default=dict)
    job = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        db_table = "price_check"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return self.ref


class PriceCheckLine(TenantModel):
    """What the change comes to for one client, in a month, in minor units of `currency`."""

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    price_check = models.ForeignKey(PriceCheck, on_delete=models.CASCADE, related_name="lines", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    currency = models.CharField(max_length=3)
    retail_before = models.BigIntegerField()
    retail_after = models.BigIntegerField()
    wholesale_before = models.BigIntegerField()
    wholesale_after = models.BigIntegerField()
    loses = models.BooleanField()

    class Meta:
        db_table = "price_check_line"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["price_check", "client"], name="a_check_looks_at_a_client_once"),
        ]
        indexes = [models.Index(fields=["account", "price_check"], name="check_lines_of_a_reseller")]

    def __str__(self) -> str:
        return str(self.client_id)


class PriceLetter(TenantModel):
    """That a client was written to about a new price, once for the price and the day on which it begins."""

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=200)  # kind, key, interval
    day = models.DateField()
    amount = models.CharField(max_length=60)
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=200)

    class Meta:
        db_table = "price_letter"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["client", "about", "day", "amount"], name="a_price_is_written_of_once"),
            models.CheckConstraint(condition=~Q(about=""), name="a_letter_is_about_something"),
        ]
        indexes = [models.Index(fields=["account", "written_at"], name="price_letters_of_a_reseller")]

    def __str__(self) -> str:
        return self.about
