"""What can be had: the product manifest, version by version, and what it offers, entry by entry."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ManifestVersion(models.Model):
    """A product manifest as it was loaded. The vendor's; never changed, the newest is in force."""

    number = models.PositiveIntegerField(unique=True)
    product = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=64)
    canonical = models.JSONField()
    source = models.TextField()
    file_name = models.CharField(max_length=200)
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=200)
    #: The plan on which an account that is born under it begins, and the version that it keeps. Empty: on none.
    starting_plan = models.CharField(max_length=50, default="", blank=True)
    starting_version = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "manifest_version"

    def __str__(self) -> str:
        return f"{self.product} {self.number}"


class OfferItem(models.Model):
    """A feature, meter, managed service, signal, plan or add-on, as the manifest in force has it.

    What falls out of the manifest stays with `removed_at`, for the rows that were kept by its number and for the
    accounts that hold that version of a plan. Derived: loading the manifests anew, in their order, rebuilds it all but
    the numbers.
    """

    class Kind(models.TextChoices):
        FEATURE = "feature"
        METER = "meter"
        MANAGED_SERVICE = "managed_service"
        SIGNAL = "signal"
        PLAN = "plan"
        ADD_ON = "add_on"

    id = models.AutoField(primary_key=True)  # small on purpose: usage is kept by the meter's
    kind = models.CharField(max_length=20, choices=Kind.choices)
    key = models.CharField(max_length=50)
    #: Of a plan or an add-on; 0 for what has no versions.
    version = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField()
    terms = models.JSONField()
    names = models.JSONField()
    first_manifest = models.PositiveIntegerField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "offer_item"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "key", "version"], name="one_offer_item_for_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.version}"
