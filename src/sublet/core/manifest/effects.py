"""What a new manifest means for the accounts that hold something of the present one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sublet.core.manifest.canonical import Json
from sublet.core.manifest.diff import Changed, ManifestDiff
from sublet.core.manifest.entries import OFFERED

GONE, TERMS, MEANING, NEWER = "gone", "terms", "meaning", "newer"

_KINDS: Final = {
    name: kind for kind, name in OFFERED.items() if kind != "signal"
}  # of one that goes, what was told stays
_VERSIONED: Final = ("plan", "add_on")
#: What cannot change while it is used without what was kept meaning something else.
_MEANING: Final = {
    "feature": ("kind",),
    "meter": ("aggregation", "period", "unique_by", "decimals"),
    "managed_service": ("meter",),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """One change that accounts feel. `accounts`: how many hold or use the entry, at least.

    `what`: it goes (``gone``), its terms change without a new version (``terms``), what it counts or says changes
    (``meaning``, with `fields`), a newer version is sold and those accounts keep the older ones (``newer``).
    """

    what: str
    kind: str
    key: str
    version: int
    accounts: int
    entry: Mapping[str, Json]
    fields: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether whoever loads has to say that it may happen: accounts would lose or get something else."""
        return self.what != NEWER


def effects(diff: ManifestDiff, used: Mapping[tuple[str, str, int], int]) -> tuple[Effect, ...]:
    """The changes that accounts feel, list by list. `used`: kind, key and version → accounts; what is not there is unused."""
    terms = {(kind, key) for kind, key in diff.terms_changed}
    found: list[Effect] = []
    for changes in diff.kinds:
        kind = _KINDS.get(changes.kind)
        if kind is None:
            continue
        for removed in changes.removed:
            found.append(_effect(GONE, kind, removed.before, used))
        for changed in changes.changed:
            if (changes.kind, changed.key) in terms:
                found.append(_effect(TERMS, kind, changed.after, used))
            fields = tuple(_meaning(kind, changed))
            if fields:
                found.append(_effect(MEANING, kind, changed.after, used, fields))
        if kind in _VERSIONED:
            found += [_newer(kind, added.after, used) for added in changes.added]
    return tuple(effect for effect in found if effect.accounts)


def may_touch(diff: ManifestDiff) -> bool:
    """Whether accounts could feel any of it: else nobody needs to count them."""
    return any(
        kind.removed or kind.changed or (_KINDS[kind.kind] in _VERSIONED and kind.added)
        for kind in diff.kinds
        if kind.kind in _KINDS
    )


def _effect(
    what: str,
    kind: str,
    entry: Mapping[str, Json],
    used: Mapping[tuple[str, str, int], int],
    fields: tuple[str, ...] = (),
) -> Effect:
    key, version = str(entry["key"]), _version(kind, entry)
    return Effect(what, kind, key, version, used.get((kind, key, version), 0), entry, fields)


def _newer(kind: str, entry: Mapping[str, Json], used: Mapping[tuple[str, str, int], int]) -> Effect:
    key, version = str(entry["key"]), _version(kind, entry)
    older = [count for (each, name, number), count in used.items() if (each, name) == (kind, key) and number < version]
    return Effect(NEWER, kind, key, version, sum(older), entry)


def _version(kind: str, entry: Mapping[str, Json]) -> int:
    version = entry.get("version", 1)
    return version if kind in _VERSIONED and isinstance(version, int) else 0


def _meaning(kind: str, changed: Changed) -> Iterator[str]:
    watched = _MEANING.get(kind, ())
    return (field.path for field in changed.fields if field.path in watched)
