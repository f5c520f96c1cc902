"""Log-ins in browsers, and what accounts demand of those who log in."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sublet.accounts.models import Account
from sublet.core.access import AccessRules
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_log_in_ref() -> str:
    return new_ref("log")


class LogIn(models.Model):
    """A log-in of a person in one browser, on one host. Belongs to the person; kept for a year after its last use.

    `device_hash` is the digest of a long-lived cookie: with it, a browser is known when it comes again.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_log_in_ref, editable=False)
    session_key = models.CharField(max_length=40)
    device_hash = models.CharField(max_length=64)
    host = models.CharField(max_length=253)
    address = models.CharField(max_length=45, blank=True, default="")
    agent = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "log_in"
        indexes = [models.Index(fields=["user", "-last_used_at"], name="log_ins_of_a_person")]

    def __str__(self) -> str:
        return self.ref


class AccessPolicy(TenantModel):
    """What an account demands of those who log in (`core.access`). No row: nothing."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    team = models.BooleanField(default=False)  # its own people need a second factor
    below = models.BooleanField(default=False)  # so do the people of all accounts below it
    no_mailed_codes = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "access_policy"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return f"rules of {self.account_id}"

    @property
    def rules(self) -> AccessRules:
        """As the core reads it."""
        return AccessRules(team=self.team, below=self.below, no_mailed_codes=self.no_mailed_codes)
