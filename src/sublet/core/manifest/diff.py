"""What changes from one manifest to the next, entry by entry and field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sublet.core.manifest.canonical import Json, canonical
from sublet.core.manifest.keys import MANIFEST, PRODUCT
from sublet.core.manifest.model import Manifest
from sublet.core.manifest.parse import from_canonical
from sublet.core.manifest.shapes import Absent, ListOf, Record, Shape
from sublet.core.manifest.words import KINDS

Table = Mapping[str, Json]

_VERSIONED: Final = ("plans", "add_ons")
_NOT_TERMS: Final = ("name", "description", "public", "icon", "guide_prices")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field; `path` is as in `limits[appointments].amount` or `name.it`. None stands where there is no value."""

    path: str
    before: Json | None
    after: Json | None


@dataclass(frozen=True, slots=True)
class Added:
    """A new entry, in canonical form, and its place in the new list."""

    key: str
    position: int
    after: Table


@dataclass(frozen=True, slots=True)
class Removed:
    """An entry that is gone, in canonical form."""

    key: str
    before: Table


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry that is in both, in both canonical forms; `fields` is never empty."""

    key: str
    before: Table
    after: Table
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class KindDiff:
    """The changes of one list. `order` is the new order of the entries that stay, empty when it is the old one.

    Entries of plans and add-ons go by `key@version`, all others by their key; the product goes by `product`.
    """

    kind: str
    added: tuple[Added, ...] = ()
    removed: tuple[Removed, ...] = ()
    changed: tuple[Changed, ...] = ()
    order: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes here."""
        return not (self.added or self.removed or self.changed or self.order)


@dataclass(frozen=True, slots=True)
class ManifestDiff:
    """The changes of a manifest: first `product`, then each of `KINDS`, in this order, also where nothing changes."""

    kinds: tuple[KindDiff, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the two manifests are equal."""
        return all(kind.is_empty for kind in self.kinds)

    def of(self, kind: str) -> KindDiff:
        """The changes of one list, `product` or one of `KINDS`; raises KeyError for another word."""
        for found in self.kinds:
            if found.kind == kind:
                return found
        raise KeyError(kind)

    @property
    def terms_changed(self) -> tuple[tuple[str, str], ...]:
        """Kind and `key@version` of offers whose terms change without a new version.

        Running subscriptions were promised these terms, so loading such a change needs a decision.
        """
        return tuple(
            (kind.kind, changed.key)
            for kind in self.kinds
            if kind.kind in _VERSIONED
            for changed in kind.changed
            if any(field.path.split(".")[0].split("[")[0] not in _NOT_TERMS for field in changed.fields)
        )


def diff_manifests(old: Manifest | None, new: Manifest) -> ManifestDiff:
    """What changes from `old` to `new`; with no `old` everything is added. Empty exactly when the two are equal."""
    before = canonical(old) if old else {}
    after = canonical(new)
    product = _kind_diff("product", PRODUCT, _product(before), _product(after))
    kinds = [_kind_diff(kind, _record_of(kind), _list(before, kind), _list(after, kind)) for kind in KINDS]
    return ManifestDiff((product, *kinds))


def apply_diff(old: Manifest | None, diff: ManifestDiff) -> Manifest:
    """The new manifest, made of the old one and the difference.

    Raises `ManifestErrors` when the difference does not belong to `old` and leads to no valid manifest.
    """
    data: dict[str, Json] = dict(canonical(old)) if old else {"manifest": 1}
    for kind in diff.kinds:
        entries = _product(data) if kind.kind == "product" else _list(data, kind.kind)
        applied = _apply(kind, entries)
        if kind.kind == "product":
            data["product"] = applied[0] if applied else {}
        else:
            data[kind.kind] = list(applied)
    return from_canonical(data)


def _apply(kind: KindDiff, entries: Sequence[dict[str, Json]]) -> list[Json]:
    gone = {removed.key for removed in kind.removed}
    changed = {change.key: dict(change.after) for change in kind.changed}
    key_of = _identity_of(kind.kind)
    kept = {key_of(entry): changed.get(key_of(entry), entry) for entry in entries if key_of(entry) not in gone}
    applied: list[Json] = [kept[key] for key in (kind.order or kept)]
    for added in sorted(kind.added, key=lambda entry: entry.position):
        applied.insert(added.position, dict(added.after))
    return applied


def _record_of(kind: str) -> Record:
    shape = MANIFEST.entry(kind).shape
    if isinstance(shape, ListOf) and isinstance(shape.item, Record):
        return shape.item
    raise TypeError(kind)  # pragma: no cover - every kind is a list of tables


def _list(data: Mapping[str, Json], kind: str) -> list[dict[str, Json]]:
    entries = data.get(kind, [])
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _product(data: Mapping[str, Json]) -> list[dict[str, Json]]:
    product = data.get("product")
    return [product] if isinstance(product, dict) else []


def _identity_of(kind: str) -> Callable[[Table], str]:
    if kind == "product":
        return lambda entry: "product"
    if kind in _VERSIONED:
        return lambda entry: f"{entry['key']}@{entry.get('version', 1)}"
    return lambda entry: str(entry["key"])


def _kind_diff(
    kind: str, record: Record, before: Sequence[dict[str, Json]], after: Sequence[dict[str, Json]]
) -> KindDiff:
    key_of = _identity_of(kind)
    old = {key_of(entry): entry for entry in before}
    new = {key_of(entry): entry for entry in after}
    changed = []
    for key, entry in new.items():
        fields = _fields(record, old.get(key), entry, "") if key in old else ()
        if fields:
            changed.append(Changed(key, old[key], entry, tuple(fields)))
    return KindDiff(
        kind=kind,
        added=tuple(Added(key, place, entry) for place, (key, entry) in enumerate(new.items()) if key not in old),
        removed=tuple(Removed(key, entry) for key, entry in old.items() if key not in new),
        changed=tuple(changed),
        order=_new_order(list(old), list(new)),
    )


def _new_order(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """The entries in both, in the new order, where that is not the old order."""
    stays_old = [key for key in old if key in set(new)]
    stays_new = [key for key in new if key in set(old)]
    return tuple(stays_new) if stays_old != stays_new else ()


def _fields(shape: Shape | None, before: Json | None, after: Json | None, path: str) -> list[FieldChange]:
    """The smallest differences between two values of one shape."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [entry.key for entry in shape.entries] if isinstance(shape, Record) else sorted({*before, *after})
        found: list[FieldChange] = []
        for key in keys:
            inner = shape.entry(key).shape if isinstance(shape, Record) else None
            found += _fields(inner, before.get(key), after.get(key), f"{path}.{key}" if path else key)
        return found
    if isinstance(shape, ListOf) and isinstance(shape.item, Record) and shape.identity:
        return _list_fields(shape.item, shape.identity, _tables(before), _tables(after), path)
    if type(before) is type(after) and before == after:
        return []
    return [FieldChange(path, before, after)]


def _list_fields(
    record: Record, identity: Sequence[str], before: Sequence[Table], after: Sequence[Table], path: str
) -> list[FieldChange]:
    old = {_identity(record, identity, entry): dict(entry) for entry in before}
    new = {_identity(record, identity, entry): dict(entry) for entry in after}
    found: list[FieldChange] = []
    for key in [*old, *(key for key in new if key not in old)]:
        place = f"{path}[{key}]"
        if key in old and key in new:
            found += _fields(record, old[key], new[key], place)
        else:
            found.append(FieldChange(place, old.get(key), new.get(key)))
    order = _new_order(list(old), list(new))
    if order:
        kept: list[Json] = [key for key in old if key in new]
        found.append(FieldChange(path, kept, list(order)))
    return found


def _identity(record: Record, identity: Sequence[str], entry: Table) -> str:
    """Distinct for distinct entries: values that are there, and defaults are told by their absence."""
    parts = [str(entry[key]) for key in identity if key in entry and not isinstance(record.entry(key).default, Absent)]
    required = [str(entry[key]) for key in identity if key in entry and isinstance(record.entry(key).default, Absent)]
    return ", ".join(required + parts)


def _tables(value: Json | None) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
