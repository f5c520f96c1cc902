"""What can be had. For now: the product manifest, version by version."""

from __future__ import annotations

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

    class Meta:
        db_table = "manifest_version"

    def __str__(self) -> str:
        return f"{self.product} {self.number}"
