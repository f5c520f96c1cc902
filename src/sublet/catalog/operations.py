"""Writing the offer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import ClassVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.catalog.events import ManifestLoaded
from sublet.catalog.models import ManifestVersion
from sublet.catalog.queries import current_version, preview_manifest
from sublet.core.manifest import Manifest, Section, canonical, fingerprint
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record
from sublet.people.operations.sections import PresetFacts, SectionFacts, sync_sections


class CannotLoadManifest(Refusal):
    """The manifest in force stays."""

    SENTENCES: ClassVar = {
        "in-use": _(
            "Somebody has rights on sections that this manifest removes: %(sections)s. Confirm that they may go."
        ),
        "changed-meanwhile": _("Another manifest was loaded meanwhile. Look at the changes again."),
    }


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of it. `number` is the version in force; `is_new` is False when the file changes nothing."""

    number: int
    is_new: bool
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def load_manifest(
    *, source: bytes, file_name: str, confirmed: bool, actor: Actor, at: datetime, base: str | None = None
) -> Loaded:
    """Put a product manifest into force (``manifest:manage``). Loading the same one again changes nothing.

    New sections are off for everybody until they are granted. `confirmed` says that sections in use may go; `base` is the
    fingerprint that a preview was compared with. Raises ManifestErrors, CannotLoadManifest, Forbidden.
    """
    actor.require("manifest:manage")
    try:
        with transaction.atomic():
            preview = preview_manifest(source, file_name=file_name)
            if base is not None and base != preview.base:
                raise CannotLoadManifest("changed-meanwhile")
            before = current_version()
            if before is not None and preview.diff.is_empty:
                return Loaded(number=before.number, is_new=False)
            if preview.in_use and not confirmed:
                raise CannotLoadManifest("in-use", sections=", ".join(sorted(preview.in_use)))
            manifest = preview.manifest
            number = before.number + 1 if before is not None else 1
            ManifestVersion.objects.create(
                number=number,
                product=manifest.product.key,
                fingerprint=fingerprint(manifest),
                canonical=canonical(manifest),
                source=source.decode("utf-8-sig"),
                file_name=file_name[:200],
                loaded_at=at,
                loaded_by=actor.name[:200],
            )
            synced = sync_sections(sections=_sections(manifest), presets=_presets(manifest), actor=actor, at=at)
            record(
                ManifestLoaded(
                    product=manifest.product.key,
                    number=number,
                    file=file_name[:200],
                    added=", ".join(synced.added),
                    changed=", ".join(synced.changed),
                    removed=", ".join(synced.removed),
                ),
                account_id=actor.account_id,
                actor=actor,
                at=at,
            )
    except IntegrityError:
        # Two people loaded at the same time: the number is unique, so one of them comes too late.
        raise CannotLoadManifest("changed-meanwhile") from None
    return Loaded(number=number, is_new=True, added=synced.added, changed=synced.changed, removed=synced.removed)


def _sections(manifest: Manifest) -> list[SectionFacts]:
    groups = {group.key: group for group in manifest.groups}
    order = {group.key: (group.order, place) for place, group in enumerate(manifest.groups)}
    last = (max((group.order for group in manifest.groups), default=0) + 1, 0)
    ordered = sorted(manifest.sections, key=lambda section: order.get(section.group, last))
    return [
        SectionFacts(
            key=section.key,
            names=asdict(section.name),
            group=section.group,
            group_names=asdict(groups[section.group].name) if section.group in groups else {},
            icon=section.icon,
            address=section.address,
            levels=tuple(section.levels),
            vendor_mark=section.vendor_mark,
        )
        for section in ordered
    ]


def _presets(manifest: Manifest) -> list[PresetFacts]:
    return [
        PresetFacts(
            key=preset.key,
            names=asdict(preset.name),
            rights={
                section.key: level
                for section in manifest.sections
                if (level := _preset_level(section, preset.rights.get(section.key) or preset.every_section))
            },
        )
        for preset in manifest.role_presets
    ]


def _preset_level(section: Section, wanted: str | None) -> str | None:
    return section.highest_level(wanted) if wanted else None
