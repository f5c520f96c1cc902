"""What a company's directory may do to a team: which rights its groups come to, and how it asks who is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sublet.core.rights import Level, Rights

#: What can be asked for, of people and of groups.
PERSON_FIELDS = frozenset({"id", "user_name", "email", "external_id", "name", "active", "created", "changed"})
GROUP_FIELDS = frozenset({"id", "name", "external_id", "members", "created", "changed"})
#: How deep a question may be nested, and how many tests it may hold: more than any directory sends.
MOST_TESTS = 20

Operator: TypeAlias = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"]
Value: TypeAlias = str | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison: ``user_name eq "ada@example.com"``; ``pr`` has no value."""

    field: str
    op: Operator
    value: Value = None


@dataclass(frozen=True, slots=True)
class Every:
    """All of them hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of them holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    part: Condition


Condition: TypeAlias = Test | Every | Some | Not


def rights_by_groups(
    held: Rights,
    roles: Iterable[Mapping[str, str]],
    *,
    grantable: Rights,
    kept: Mapping[str, str],
    sections: Sequence[str],
) -> Rights:
    """What somebody who has `held` gets by membership in groups with these `roles` (section → level word each).

    The widest of the roles on each section – but never above `grantable` (what the key can give), nor above what the
    reseller leaves of a section (`kept`). A section on which the person has more than the key can give stays as it is:
    the key can neither raise nor take it. The same again gives the same. What `held` has outside `sections` stays.
    """
    wanted: dict[str, Level] = {}
    for role in roles:
        for section, word in role.items():
            wanted[section] = max(wanted.get(section, Level.NONE), Level.of(word))
    levels = {key: level for key, level in held.levels.items() if key not in sections}
    for section in sections:
        now, most = held.level(section), grantable.level(section)
        if section in kept:
            most = min(most, Level.of(kept[section]))
        untouchable = now > grantable.level(section)
        levels[section] = now if untouchable else min(wanted.get(section, Level.NONE), most)
    return Rights.of(levels)


def still_grantable(held: Rights, *, grantable: Rights, kept: Mapping[str, str]) -> Rights:
    """What is given back of the rights of a place that was ended: nothing beyond the key, nothing that is kept since."""
    levels = {key: min(level, grantable.level(key)) for key, level in held.levels.items()}
    return Rights.of({key: min(level, Level.of(kept.get(key, level.word))) for key, level in levels.items()})
