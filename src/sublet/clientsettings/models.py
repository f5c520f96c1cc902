"""What a reseller keeps about how its clients are set up: who pays, at which retail price, and the templates that they follow.

All rows belong to the reseller (`account`) and stay with it; `client` is whom a row is about. So a client never reads them, not
even by a mistake above: its scope, and on PostgreSQL the database, shows rows of its own account only.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel

LONGEST_NAME = 100


def new_template_ref() -> str:
    return new_ref("set")


def new_change_ref() -> str:
    return new_ref("chg")


class AgreedTerm(TenantModel):
    """One field that is kept for billing (``payer.base``, ``price``), from `since` on until a later row of the same field.

    Never changed but for `dropped_at`: replaced by another decision before it held, or at the instant in which it began.
    """

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    field = models.CharField(max_length=20)
    value = models.JSONField()  # as `core.clientsettings.to_json` makes it
    since = models.DateTimeField()
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "agreed_term"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "client", "field", "since"],
                condition=Q(dropped_at__isnull=True),
                name="one_thing_is_agreed_from_an_instant_on",
            ),
        ]

    def __str__(self) -> str:
        return self.field


class SettingsChange(TenantModel):
    """One Save about one client, with all that takes it back. Never changed but for `undone_at`.

    `batch` names what was changed together for many. `values`: field → as it was and as it is; `words`: of limits and features
    that were set before, their policy, thresholds and end; `dropped`: what had been agreed for later and no longer comes, as
    field, instant and value; `followed`: the template and version before and after, where one was applied.
    """

    kept_from_vendor: ClassVar[bool] = True

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_change_ref, editable=False)
    batch = models.CharField(max_length=64, blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    since = models.DateTimeField(null=True)
    values = models.JSONField()
    words = models.JSONField(default=dict)
    dropped = models.JSONField(default=list)
    followed = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "settings_change"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [
            models.Index(fields=["client", "account", "-id"], name="settings_changes_of_a_client"),
            models.Index(fields=["account", "batch"], condition=~Q(batch=""), name="settings_changes_of_many"),
        ]

    def __str__(self) -> str:
        return self.ref


class SettingsTemplate(TenantModel):
    """A reseller's named template. `version`: the newest of its versions."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_template_ref, editable=False)
    name = models.CharField(max_length=LONGEST_NAME)
    version = models.PositiveIntegerField(default=1)
    once = models.CharField(max_length=64, blank=True, default="")  # the form that was sent, so that twice is once
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "settings_template"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"],
                condition=Q(removed_at__isnull=True),
                name="a_template_has_a_name_of_its_own",
            ),
            models.UniqueConstraint(
                fields=["account", "once"], condition=~Q(once=""), name="a_form_makes_one_template"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SettingsTemplateVersion(TenantModel):
    """What a template said in one version: fields that it does not name are left as they are. Never changed."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    template = models.ForeignKey(SettingsTemplate, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    values = models.JSONField()  # as `core.clientsettings.values_to_json` makes it
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "settings_template_version"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="a_template_has_each_version_once"),
        ]
        indexes = [models.Index(fields=["account"], name="template_versions_by_reseller")]

    def __str__(self) -> str:
        return str(self.number)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only once: clients were told what a version comes to."""
        if self.pk is not None:
            raise RuntimeError("a version of a template never changes")
        super().save(*args, **kwargs)


class TemplateUse(TenantModel):
    """That a client follows a template, and which version of it was applied last."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(SettingsTemplate, on_delete=models.CASCADE, related_name="uses")
    number = models.PositiveIntegerField()
    applied_at = models.DateTimeField()

    class Meta:
        db_table = "settings_template_use"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "client"], name="a_client_follows_one_template"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.number}"
