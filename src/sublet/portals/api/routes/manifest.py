"""The product manifest: the one in force, what another would change, putting it into force."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from sublet.catalog import queries
from sublet.catalog.operations import CannotLoadManifest, load_manifest
from sublet.catalog.queries import VersionRow
from sublet.core.manifest import KindDiff, ManifestErrors, canonical
from sublet.core.rights import VENDOR
from sublet.foundation.errors import NotFound
from sublet.portals.api.declare import ApiRequest, Routes
from sublet.portals.api.schemas.platform import (
    Manifest,
    ManifestChange,
    ManifestEffect,
    ManifestIn,
    ManifestLoaded,
    ManifestPreview,
    ManifestPreviewIn,
    ManifestSource,
    ManifestVersion,
    ManifestVersionList,
)

routes = Routes("Product manifest", "What the product consists of: sections, rights, presets, offers.")
ONLY = (VENDOR,)
MOST_BYTES = 2 * 1024 * 1024


def faults_of(fault: ManifestErrors) -> list[dict[str, Any]]:
    """The faults of a file, in the order of its lines."""
    return [
        {
            "field": "source",
            "code": each.code,
            "detail": each.message(gettext),
            "line": each.line,
            "key": each.key,
        }
        for each in fault.problems
    ]


def _version(row: VersionRow) -> ManifestVersion:
    return ManifestVersion(
        number=row.number,
        product=row.product,
        fingerprint=row.fingerprint,
        file_name=row.file_name,
        loaded_at=row.loaded_at,
        loaded_by=row.loaded_by,
    )


def _change(kind: KindDiff) -> ManifestChange:
    return ManifestChange(
        kind=kind.kind,
        added=[each.key for each in kind.added],
        removed=[each.key for each in kind.removed],
        changed={each.key: [field.path for field in each.fields] for each in kind.changed},
        reordered=bool(kind.order),
    )


@routes.get("/manifest", needs="manifest:view", kinds=ONLY, answer=Manifest)
def get_manifest(request: ApiRequest) -> Manifest:
    """Show the product manifest in force."""
    version, found = queries.current_version(), queries.current_manifest()
    if version is None or found is None:
        raise NotFound
    return Manifest(version=_version(version), manifest=dict(canonical(found)))


@routes.put(
    "/manifest",
    needs="manifest:manage",
    kinds=ONLY,
    answer=ManifestLoaded,
    refusals=[CannotLoadManifest],
    most_bytes=MOST_BYTES,
    noes={"422": "wrong-manifest"},
)
def put_manifest(request: ApiRequest, body: ManifestIn) -> ManifestLoaded:
    """Put a product manifest into force. The same one again changes nothing.

    New sections and features are off for everybody until they are granted. What would go or change although somebody has
    rights on it or accounts use it has to be `confirmed`; a preview tells it.
    """
    done = load_manifest(
        source=body.source.encode(),
        file_name=body.file_name,
        confirmed=body.confirmed,
        base=body.base,
        actor=request.actor,
        at=request.at,
    )
    return ManifestLoaded(
        number=done.number,
        is_new=done.is_new,
        added=list(done.added),
        changed=list(done.changed),
        removed=list(done.removed),
    )


@routes.post(
    "/manifest-previews",
    needs="manifest:view",
    kinds=ONLY,
    answer=ManifestPreview,
    most_bytes=MOST_BYTES,
    noes={"422": "wrong-manifest"},
)
def preview_manifest(request: ApiRequest, body: ManifestPreviewIn) -> ManifestPreview:
    """Check a product manifest, and see what loading it would change. Nothing is changed."""
    seen = queries.preview_manifest(body.source.encode(), file_name=body.file_name, at=request.at)
    return ManifestPreview(
        base=seen.base,
        empty=seen.diff.is_empty,
        changes=[_change(kind) for kind in seen.diff.kinds if not kind.is_empty],
        in_use=dict(seen.in_use),
        effects=[
            ManifestEffect(
                what=each.what,
                kind=each.kind,
                key=each.key,
                version=each.version or None,
                accounts=each.accounts,
                asks=each.asks,
            )
            for each in seen.effects
        ],
        asks=seen.asks,
    )


@routes.get("/manifest-versions", needs="manifest:view", kinds=ONLY, answer=ManifestVersionList)
def list_manifest_versions(request: ApiRequest) -> ManifestVersionList:
    """List the fifty newest versions, the one in force first."""
    return ManifestVersionList(items=[_version(row) for row in queries.versions()])


@routes.get("/manifest-versions/{number}", needs="manifest:view", kinds=ONLY, answer=ManifestSource)
def get_manifest_version(request: ApiRequest, number: str) -> ManifestSource:
    """Show a version as it was loaded."""
    found = queries.manifest_source(int(number)) if number.isascii() and number.isdigit() and len(number) < 9 else None
    if found is None:
        raise NotFound
    return ManifestSource(number=int(number), file_name=found[0], source=found[1])
