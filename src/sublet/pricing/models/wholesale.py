"""What vendor and reseller agreed: the discount on the total. Rows of the reseller's account, so both read them, no client."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sublet.foundation.walls import Policy
from sublet.pricing.models.common import Dated


class WholesaleAgreed(Dated):
    """The discount in percent (None: as usual) and its tiers by volume, as `core.pricebook.WholesaleTerms`.

    A row of the vendor's own account (`usual`) says what is usual: of all resellers, which read it.
    """

    usual = models.BooleanField(default=False)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    tiers = models.JSONField(default=list)  # [[volume in minor units, percent as text], …], rising
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta(Dated.Meta):
        db_table = "wholesale_agreed"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "since"],
                condition=Q(dropped_at__isnull=True),
                name="one_discount_is_agreed_from_an_instant_on",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gte=0, percent__lte=100),
                name="a_discount_is_a_part_of_the_price",
            ),
            models.CheckConstraint(
                condition=Q(usual=False) | Q(percent__isnull=False, tiers=[]), name="what_is_usual_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"

    @classmethod
    def more_policies(cls) -> list[Policy]:
        """What is usual is read wherever a discount is reckoned."""
        return [Policy(cls._meta.db_table, "what_is_usual", "SELECT", "usual")]


class WholesaleCommitment(Dated):
    """What a reseller spends with the vendor at least in each calendar `interval`: `minor` units of `currency`; None: nothing."""

    minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    interval = models.CharField(max_length=7)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta(Dated.Meta):
        db_table = "wholesale_commitment"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "since"],
                condition=Q(dropped_at__isnull=True),
                name="one_commitment_is_agreed_from_an_instant_on",
            ),
            models.CheckConstraint(condition=Q(minor__isnull=True) | Q(minor__gt=0), name="a_commitment_is_a_sum"),
            models.CheckConstraint(
                condition=Q(interval__in=("month", "quarter", "year")), name="a_commitment_has_an_interval"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minor} {self.currency} a {self.interval}"
