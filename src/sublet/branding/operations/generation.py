"""Telling every process that what a host shows has changed."""

from __future__ import annotations

from django.db.models import F

from sublet.branding.models import BrandGeneration


def bump_generation() -> None:
    """Let every process read its hosts anew within a second of the commit. Inside the transaction of the change."""
    if not BrandGeneration.objects.filter(id=1).update(number=F("number") + 1):
        BrandGeneration.objects.get_or_create(id=1, defaults={"number": 1})
