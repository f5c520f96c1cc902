"""Where accounts stood before they moved: what becomes known later of that time is claimed by whoever stood above them then."""

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
