"""One entry of a manifest back from its canonical form, without the rest of the file.

What was checked when the file was loaded is not checked again: an entry that is kept may refer to another that is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar, cast

from sublet.core.manifest.canonical import Json, to_json
from sublet.core.manifest.keys import MANIFEST, PRODUCT
from sublet.core.manifest.model import FrozenTable, Names, Product
from sublet.core.manifest.shapes import (
    Absent,
    Amount,
    FeatureValues,
    ListOf,
    NamesShape,
    Record,
    Rights,
    Shape,
)
from sublet.core.manifest.words import UNLIMITED

E = TypeVar("E")

#: The lists whose entries can be had, by the word for one entry.
OFFERED: Final[Mapping[str, str]] = {
    "feature": "features",
    "meter": "meters",
    "managed_service": "managed_services",
    "signal": "signals",
    "plan": "plans",
    "add_on": "add_ons",
}


def entry_to_json(kind: str, entry: object) -> dict[str, Json]:
    """An entry of a list (a key of OFFERED) in the form in which the canonical manifest has it."""
    data = to_json(_record(kind), entry)
    if not isinstance(data, dict):  # pragma: no cover - a record is always a table
        raise TypeError(kind)
    return data


def entry_from_json(kind: str, data: Mapping[str, object], made: type[E]) -> E:
    """The entry of which `entry_to_json` made `data`. A key that is no longer known is passed over.

    Raises TypeError or KeyError when `data` is no such entry.
    """
    value = from_json(_record(kind), data)
    if not isinstance(value, made):
        raise TypeError(kind)
    return value


def product_from_json(data: Mapping[str, object]) -> Product:
    """The product of which the canonical manifest made `data`."""
    value = from_json(PRODUCT, data)
    if not isinstance(value, Product):  # pragma: no cover - the shape makes nothing else
        raise TypeError("product")
    return value


def from_json(shape: Shape, value: object) -> object:
    """A value by its declared shape; the opposite of `to_json`."""
    match shape:
        case Record() if isinstance(value, Mapping):
            return shape.make(
                **{entry.key: _of(entry.shape, entry.key, entry.default, value) for entry in shape.entries}
            )
        case ListOf() if isinstance(value, (list, tuple)):
            return tuple(from_json(shape.item, item) for item in value)
        case NamesShape() if isinstance(value, Mapping):
            return Names(**cast("dict[str, str]", dict(value)))
        case Amount() if value == UNLIMITED:
            return None
        case FeatureValues() | Rights() if isinstance(value, Mapping):
            return FrozenTable(value)
        case Record() | ListOf() | NamesShape() | FeatureValues() | Rights():
            raise TypeError(f"{value!r} does not fit {shape!r}")
        case _:
            return value


def _of(shape: Shape, key: str, default: object, table: Mapping[str, object]) -> object:
    if key in table:
        return from_json(shape, table[key])
    if isinstance(default, Absent):
        raise KeyError(key)
    return default


def _record(kind: str) -> Record:
    shape = MANIFEST.entry(OFFERED[kind]).shape
    if isinstance(shape, ListOf) and isinstance(shape.item, Record):
        return shape.item
    raise TypeError(kind)  # pragma: no cover - every kind is a list of tables
