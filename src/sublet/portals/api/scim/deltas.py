"""Changing by PATCH: which members of a group it is about, and how much work it may be.

Directories add and remove one by one, in groups of thousands. The library looks at every value for every operation, and it
does so while the account is locked: what many of both would cost is refused before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from scim2_models import InvalidPathException, PatchOp, PatchOperation, TooManyException

from sublet.portals.api.scim.described import Group, GroupMember, User

#: Operations in one request.
MOST_OPERATIONS = 1_000
#: Operations that the library carries out, times the values that it looks at for each: less than a second or two.
MOST_STEPS = 5_000
#: Operations on a group, and values in them, that are about nobody's membership: there is its name to change.
MOST_PLAIN = 100
#: The same of members, of which a directory that sends them all has many, but in few operations.
MOST_MEMBER_STEPS = 50_000
LONGEST_PATH = 400

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


def refuse_endless(raw: Mapping[str, Any]) -> None:
    """Raise TooManyException, InvalidPathException for a body of PATCH with more operations, or a longer path, than anybody needs."""
    # All that are spelled like it: which of two the library takes is not to be guessed here.
    asked = [part for name, part in raw.items() if name.lower() == "operations" and isinstance(part, list)]
    rows = [each for part in asked for each in part]
    paths = [part for each in rows if isinstance(each, dict) for name, part in each.items() if name.lower() == "path"]
    if len(rows) > MOST_OPERATIONS:
        raise _too_many()
    if any(isinstance(path, str) and len(path) > LONGEST_PATH for path in paths):
        raise InvalidPathException(detail=_("This filter is too long."))


def change_user(patch: PatchOp[Any], stored: User) -> None:
    """Carry the change of a person out. Raises TooManyException, and what the library raises."""
    rows = patch.operations or []
    values = _values_in(stored.model_dump()) + sum(_values_in(each.value) for each in rows)
    if len(rows) * (1 + values) > MOST_STEPS:
        raise _too_many()
    patch.patch(stored)


def change_group(patch: PatchOp[Any], stored: Group) -> None:
    """Carry the change of a group out: who joins or leaves by name here, the rest by the library. Raises as `change_user`."""
    members = {each.value: each for each in stored.members or () if each.value}
    steps = plain = 0
    for each in patch.operations or ():
        named = _named(each)
        if named is None:  # all members, or a question that they answer
            steps += 1 + len(members) + _values_in(each.value)
            if steps > MOST_MEMBER_STEPS:
                raise _too_many()
            stored.members = list(members.values()) or None
            patch.model_copy(update={"operations": [each]}).patch(stored)
            members = {one.value: one for one in stored.members or () if one.value}
            continue
        if each.op == PatchOperation.Op.remove:
            for ref in named:
                members.pop(ref, None)
        else:
            members |= {ref: GroupMember(value=ref) for ref in sorted(named) if ref not in members}
        rest = _besides_members(each) if named else each
        if rest is not None:
            plain += 1 + _values_in(rest.value)
            if plain > MOST_PLAIN:
                raise _too_many()
            stored.members = None
            patch.model_copy(update={"operations": [rest]}).patch(stored)
    stored.members = list(members.values()) or None


def _besides_members(operation: PatchOperation[Any]) -> PatchOperation[Any] | None:
    """The operation without its members, where it says something else as well."""
    if str(operation.path or "").strip() or not isinstance(operation.value, Mapping):
        return None
    others = {key: part for key, part in operation.value.items() if key.lower() != "members"}
    return operation.model_copy(update={"value": others}) if others else None


def _values_in(value: object) -> int:
    """How many values stand in lists, at any depth."""
    if isinstance(value, Mapping):
        return sum(_values_in(part) for part in value.values())
    if isinstance(value, list):
        return len(value) + sum(_values_in(part) for part in value)
    return 0


def _too_many() -> TooManyException:
    detail = _("This is too much for one request. Send it in several.")
    return TooManyException(detail=detail)  # type: ignore[arg-type]  # written as a text when it is said
