"""What is on offer."""

from __future__ import annotations

from sublet.catalog.queries.in_force import forget_offer, offer
from sublet.catalog.queries.manifests import (
    ManifestPreview,
    VersionRow,
    current_manifest,
    current_version,
    manifest_source,
    preview_manifest,
    versions,
)
from sublet.catalog.queries.uses import Teller, tell_uses, uses

__all__ = [
    "ManifestPreview",
    "Teller",
    "VersionRow",
    "current_manifest",
    "current_version",
    "forget_offer",
    "manifest_source",
    "offer",
    "preview_manifest",
    "tell_uses",
    "uses",
    "versions",
]
