"""Log-ins by an account's own identity provider."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models

from sublet.accounts.models import Account
from sublet.core.company_log_in import NEVER
from sublet.foundation.scope import TenantModel


def new_stamp() -> str:
    return secrets.token_hex(8)


class CompanyLogIn(TenantModel):
    """The identity provider of an account. `stamp` is another one whenever log-ins made before must count no more.

    `found` is what the provider said of itself at `found_at`: addresses and public keys, nothing secret.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=500)
    client_id = models.CharField(max_length=255)
    client_secret = models.TextField(blank=True, default="")  # sealed by foundation.secretbox; never shown again
    domains = models.JSONField(default=list)
    second_factor = models.CharField(max_length=8, default=NEVER)
    is_on = models.BooleanField(default=False)
    only = models.BooleanField(default=False)  # nothing else opens the account, except for its owner
    stamp = models.CharField(max_length=16, default=new_stamp)
    found = models.JSONField(default=dict)
    found_at = models.DateTimeField(null=True)
    down_at = models.DateTimeField(null=True)  # it was asked then, and did not answer
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "company_log_in"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return f"company log-in of {self.account_id}"


class CompanyIdentity(TenantModel):
    """Whom the provider of an account means by a subject. Never found by an e-mail address."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "company_identity"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "issuer", "subject"], name="company_identity_of_a_subject"),
            models.UniqueConstraint(fields=["account", "user"], name="company_identity_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"company identity {self.pk}"
