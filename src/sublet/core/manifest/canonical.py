"""One stable form of a manifest, to keep, to compare and to send."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from sublet.core.manifest.keys import MANIFEST
from sublet.core.manifest.model import Manifest, Names
from sublet.core.manifest.shapes import Amount, ListOf, NamesShape, Record, Shape
from sublet.core.manifest.words import FORMAT, LANGUAGES, UNLIMITED

Json = bool | int | str | list["Json"] | dict[str, "Json"]


def canonical(manifest: Manifest) -> dict[str, Json]:
    """The manifest as JSON values, keys in the declared order, defaults left out.

    Equal manifests have equal forms, and `from_canonical` gives the manifest back. A key that a later release adds
    with a default leaves the forms of older manifests as they are.
    """
    data = to_json(MANIFEST, manifest)
    if not isinstance(data, dict):  # pragma: no cover - a record is always a table
        raise TypeError
    return {"manifest": FORMAT, **data}


def fingerprint(manifest: Manifest) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits: equal for equal manifests, different for others."""
    text = json.dumps(canonical(manifest), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def to_json(shape: Shape, value: object) -> Json:
    """One value of a manifest as JSON, by its declared shape."""
    match shape:
        case Record():
            data: dict[str, Json] = {}
            for entry in shape.entries:
                item = getattr(value, entry.key)
                if not _same(item, entry.default):
                    data[entry.key] = to_json(entry.shape, item)
            return data
        case ListOf() if isinstance(value, tuple):
            return [to_json(shape.item, item) for item in value]
        case NamesShape() if isinstance(value, Names):
            return {language: value.in_language(language) for language in LANGUAGES}
        case Amount() if value is None:
            return UNLIMITED
    if isinstance(value, Mapping):
        return {key: value[key] for key in sorted(value)}
    if isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"{value!r} does not fit {shape!r}")


def _same(value: object, default: object) -> bool:
    return type(value) is type(default) and value == default
