"""Where accounts stood before they moved, and who came after resellers that are no more: of what becomes known later, and is still owed."""

from __future__ import annotations

from django.db import models

from sublet.accounts.models import Account
from sublet.foundation.scope import TenantModel


class PlaceLeft(TenantModel):
    """`client` stood below `account` from `since` (None: from its birth) up to and not including `until`. Written once, when it leaves.

    Below the vendor it stood alone. `groups`: the tags that it had then. They are taken off when it leaves, and prices can be said for one.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField()
    groups = models.JSONField(default=list)

    class Meta:
        db_table = "place_left"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["client", "until"], name="a_place_is_left_once"),
            models.CheckConstraint(
                condition=models.Q(since__isnull=True) | models.Q(since__lte=models.F("until")),
                name="a_place_is_left_after_it_is_come_to",
            ),
        ]
        indexes = [models.Index(fields=["account"], name="places_below_a_reseller")]

    def __str__(self) -> str:
        return f"{self.client_id} below {self.account_id}"


class Succession(TenantModel):
    """`account`, a reseller, went in a merge at `since`; `successor` stays, and comes after it. Written once, when the merge is done."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    successor = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()

    class Meta:
        db_table = "succession"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(account=models.F("successor")), name="nobody_comes_after_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.successor_id} after {self.account_id}"
