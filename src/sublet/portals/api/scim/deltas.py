"""Which members a change of a group is about: directories add and remove one by one, in groups of thousands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scim2_models import PatchOp, PatchOperation

_ONE = re.compile(r'members\[\s*value\s+eq\s+"([^"\\]{1,100})"\s*\]', re.IGNORECASE)


def members_named(patch: PatchOp[Any]) -> frozenset[str] | None:
    """The ids of the only members on which the change depends; None when it may depend on all of them.

    Adding names who is added, removing (by a filter or, as Entra does, by values) who is removed. Nobody else's membership
    says anything about what comes of it.
    """
    found: set[str] = set()
    for each in patch.operations or ():
        named = _named(each)
        if named is None:
            return None
        found |= named
    return frozenset(found)


def _named(operation: PatchOperation[Any]) -> set[str] | None:
    path, value = str(operation.path or "").strip(), operation.value
    if not path:
        if not isinstance(value, Mapping):
            return None
        about = {key.lower(): part for key, part in value.items() if "members" in key.lower()}
        if not about:
            return set()
        if operation.op != PatchOperation.Op.add or set(about) != {"members"}:
            return None
        return _values(about["members"])
    if "members" not in path.lower():
        return set()
    if operation.op == PatchOperation.Op.remove:
        one = _ONE.fullmatch(path)
        if one is not None and value is None:
            return {one[1]}
        return _values(value) if path.lower() == "members" and value else None
    return _values(value) if operation.op == PatchOperation.Op.add and path.lower() == "members" else None


def _values(value: object) -> set[str] | None:
    """The ids in a list of members, or in one; None when there is anything else."""
    rows: Iterable[object] = value if isinstance(value, list) else [value]
    found = set()
    for row in rows:
        named = {key.lower(): part for key, part in row.items()} if isinstance(row, Mapping) else {}
        ref = named.get("value")
        if not isinstance(ref, str):
            return None
        found.add(ref)
    return found
