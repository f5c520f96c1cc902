"""What is on offer: the product manifest in force, and what another one would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sublet.catalog.models import ManifestVersion
from sublet.catalog.queries.uses import uses
from sublet.core.manifest import (
    Effect,
    Manifest,
    ManifestDiff,
    diff_manifests,
    effects,
    fingerprint,
    from_canonical,
    may_touch,
    parse_manifest_bytes,
)
from sublet.people.queries.sections import sections_in_use


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A manifest as it was loaded."""

    number: int
    product: str
    fingerprint: str
    file_name: str
    loaded_at: datetime
    loaded_by: str


@dataclass(frozen=True, slots=True)
class ManifestPreview:
    """What loading `manifest` would do now.

    `in_use`: section keys that would go, with the number of places where somebody holds a right on them: loading then
    needs a word of confirmation. `effects`: what else accounts would feel, and how many of them. `base` is the
    fingerprint of the manifest in force that the preview compares with.
    """

    manifest: Manifest
    diff: ManifestDiff
    in_use: Mapping[str, int]
    base: str
    effects: tuple[Effect, ...] = ()

    @property
    def asked(self) -> tuple[Effect, ...]:
        """The effects that need a word of confirmation, too."""
        return tuple(effect for effect in self.effects if effect.asks)

    @property
    def asks(self) -> bool:
        """Whether loading needs that word."""
        return bool(self.in_use or self.asked)


def _row(version: ManifestVersion) -> VersionRow:
    return VersionRow(
        number=version.number,
        product=version.product,
        fingerprint=version.fingerprint,
        file_name=version.file_name,
        loaded_at=version.loaded_at,
        loaded_by=version.loaded_by,
    )


def versions(limit: int = 50) -> list[VersionRow]:
    """The newest versions, the one in force first."""
    return [
        _row(version) for version in ManifestVersion.objects.defer("canonical", "source").order_by("-number")[:limit]
    ]


def current_version() -> VersionRow | None:
    """The version in force, or None before the first."""
    found = versions(1)
    return found[0] if found else None


def current_manifest() -> Manifest | None:
    """The manifest in force, or None before the first."""
    canonical = ManifestVersion.objects.order_by("-number").values_list("canonical", flat=True).first()
    return from_canonical(canonical) if canonical is not None else None


def manifest_source(number: int) -> tuple[str, str] | None:
    """File name and text of a version as it was loaded, or None."""
    return ManifestVersion.objects.filter(number=number).values_list("file_name", "source").first()


def preview_manifest(content: bytes, *, file_name: str, at: datetime) -> ManifestPreview:
    """What loading that file would change, and for how many accounts. Raises ManifestErrors with every problem of the file."""
    manifest = parse_manifest_bytes(content, file=file_name)
    present = current_manifest()
    diff = diff_manifests(present, manifest)
    going = [removed.key for removed in diff.of("sections").removed]
    used = {key: count for key, count in sections_in_use(going).items() if count} if going else {}
    return ManifestPreview(
        manifest=manifest,
        diff=diff,
        in_use=used,
        base=fingerprint(present) if present is not None else "",
        effects=effects(diff, uses(at)) if present is not None and may_touch(diff) else (),
    )
