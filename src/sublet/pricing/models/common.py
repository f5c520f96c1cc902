"""What all dated words of this app have in common."""

from __future__ import annotations

from django.db import models

from sublet.accounts.models import Account
from sublet.foundation.scope import TenantModel


class Dated(TenantModel):
    """A word that holds from `since` on until a later one about the same.

    Never changed but for `dropped_at`: replaced before it held, or in the instant in which it began.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
