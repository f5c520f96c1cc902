"""Writing the offer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import ClassVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.catalog.events import ManifestLoaded
from sublet.catalog.models import ManifestVersion, OfferItem
from sublet.catalog.queries import current_version, forget_offer, preview_manifest
from sublet.core.manifest import OFFERED, Manifest, Section, canonical, entry_to_json, fingerprint
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
        "offer-in-use": _("Accounts use what this manifest removes or changes: %(items)s. Confirm that it may happen."),
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

    New sections are off for everybody until they are granted. `confirmed` says that what people and accounts use may go or change; `base`
    is the fingerprint that a preview was compared with. Raises ManifestErrors, CannotLoadManifest, Forbidden.
    """
    actor.require("manifest:manage")
    try:
        with transaction.atomic():
            preview = preview_manifest(source, file_name=file_name, at=at)
            if base is not None and base != preview.base:
                raise CannotLoadManifest("changed-meanwhile")
            before = current_version()
            if before is not None and preview.diff.is_empty:
                return Loaded(number=before.number, is_new=False)
            if preview.in_use and not confirmed:
                raise CannotLoadManifest("in-use", sections=", ".join(sorted(preview.in_use)))
            if preview.asked and not confirmed:
                items = ", ".join(sorted({effect.key for effect in preview.asked}))
                raise CannotLoadManifest("offer-in-use", items=items)
            manifest = preview.manifest
            number = before.number + 1 if before is not None else 1
            starting = manifest.plan(manifest.product.starting_plan) if manifest.product.starting_plan else None
            ManifestVersion.objects.create(
                number=number,
                product=manifest.product.key,
                fingerprint=fingerprint(manifest),
                canonical=canonical(manifest),
                source=source.decode("utf-8-sig"),
                file_name=file_name[:200],
                loaded_at=at,
                loaded_by=actor.name[:200],
                starting_plan=starting.key if starting is not None else "",
                starting_version=starting.version if starting is not None else 0,
            )
            _keep_offer(manifest, number=number, at=at)
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


def _keep_offer(manifest: Manifest, *, number: int, at: datetime) -> None:
    """Bring the rows of the offer in line with the manifest. Rows that are no longer in it stay, and say since when.

    This process reads the offer anew at once, and again after the commit: another thread may have read the old rows in
    between. The other processes see within a second that another manifest is in force.
    """
    known = {(row.kind, row.key, row.version): row for row in OfferItem.objects.all()}
    new: list[OfferItem] = []
    changed: list[OfferItem] = []
    listed: set[tuple[str, str, int]] = set()
    for kind, entries in OFFERED.items():
        for position, entry in enumerate(getattr(manifest, entries)):
            identity = (kind, entry.key, getattr(entry, "version", 0))
            listed.add(identity)
            facts = {
                "position": position,
                "terms": entry_to_json(kind, entry),
                "names": asdict(entry.name),
                "removed_at": None,
            }
            row = known.get(identity)
            if row is None:
                made = OfferItem(kind=kind, key=entry.key, version=identity[2], first_manifest=number, **facts)
                new.append(made)
            elif any(getattr(row, name) != value for name, value in facts.items()):
                for name, value in facts.items():
                    setattr(row, name, value)
                changed.append(row)
    for identity, row in known.items():
        if identity not in listed and row.removed_at is None:
            row.removed_at = at
            changed.append(row)
    OfferItem.objects.bulk_create(new)
    OfferItem.objects.bulk_update(changed, ["position", "terms", "names", "removed_at"], batch_size=200)
    forget_offer()
    transaction.on_commit(forget_offer)


def _sections(manifest: Manifest) -> list[SectionFacts]:
    groups = {group.key: group for group in manifest.groups}
    order = {group.key: (group.order, place) for place, group in enumerate(manifest.groups)}
    last = (max((group.order for group in manifest.groups), default=0) + 1, 0)
    served = {service.section for service in manifest.managed_services if service.managed_by}
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
            conditional=section.feature is not None or section.key in served,
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
