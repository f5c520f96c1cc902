"""Taking over the sections and presets that a product manifest declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sublet.foundation.actor import Actor
from sublet.people.models import RolePreset, Section
from sublet.people.queries.sections import forget_sections


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionFacts:
    """A section as declared. `levels` are ``view``, ``manage`` or both; `names` and `group_names` language → name."""

    key: str
    names: Mapping[str, str]
    group: str = ""
    group_names: Mapping[str, str]
    icon: str = ""
    address: str = ""
    levels: tuple[str, ...] = ("view", "manage")
    vendor_mark: bool = False
    conditional: bool = False  # it depends on what an account has


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetFacts:
    """A preset as declared: section key (without prefix) → level. Levels that a section lacks are lowered by the caller."""

    key: str
    names: Mapping[str, str]
    rights: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SectionsSynced:
    """What became of the sections: keys, in the order of the manifest."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def sync_sections(
    *, sections: Sequence[SectionFacts], presets: Sequence[PresetFacts], actor: Actor, at: datetime
) -> SectionsSynced:
    """Make the stored sections and presets those of the manifest (``manifest:manage``). Doing it twice changes nothing.

    A new section is off for every collaborator until it is ticked, because a right that is not stored is closed. A
    removed one is closed at once for everybody and kept: declared again, it is the same section, with the ticks it had.
    Part of the caller's write, in its transaction and told by its journal entry. Raises Forbidden.
    """
    actor.require("manifest:manage")
    with transaction.atomic():
        known = {row.key: row for row in Section.objects.select_for_update()}
        added: list[str] = []
        changed: list[str] = []
        for position, facts in enumerate(sections):
            values = _section_values(facts, position)
            row = known.pop(facts.key, None)
            if row is None:
                Section.objects.create(key=facts.key, **values)
                added.append(facts.key)
                continue
            came_back = row.removed_at is not None
            fields = [name for name, value in values.items() if getattr(row, name) != value]
            if fields:
                for name in fields:
                    setattr(row, name, values[name])
                row.save(update_fields=fields)
                (added if came_back else changed).append(facts.key)
        gone = [row.key for row in known.values() if row.removed_at is None]
        if gone:
            Section.objects.filter(key__in=gone).update(removed_at=at)
        _sync_presets(presets)
    forget_sections()
    return SectionsSynced(added=tuple(added), changed=tuple(changed), removed=tuple(gone))


def _section_values(facts: SectionFacts, position: int) -> dict[str, object]:
    return {
        "names": dict(facts.names),
        "group": facts.group,
        "group_names": dict(facts.group_names),
        "icon": facts.icon,
        "address": facts.address,
        "levels": list(facts.levels),
        "vendor_mark": facts.vendor_mark,
        "conditional": facts.conditional,
        "position": position,
        "removed_at": None,
    }


def _sync_presets(presets: Sequence[PresetFacts]) -> None:
    known = {row.key: row for row in RolePreset.objects.select_for_update()}
    for position, facts in enumerate(presets):
        values: dict[str, object] = {
            "names": dict(facts.names),
            "rights": dict(facts.rights),
            "position": position,
        }
        row = known.pop(facts.key, None)
        if row is None:
            RolePreset.objects.create(key=facts.key, **values)
            continue
        fields = [name for name, value in values.items() if getattr(row, name) != value]
        if fields:
            for name in fields:
                setattr(row, name, values[name])
            row.save(update_fields=fields)
    # A preset only ever filled a form: nothing refers to it, so it can go.
    RolePreset.objects.filter(key__in=list(known)).delete()
