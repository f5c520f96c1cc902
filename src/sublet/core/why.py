"""Why somebody has a level on a section: which layer decides, and what every layer says.

A layer only ever lowers what the ones before it leave, so the answer is the lowest of them, and the layer that decides is
the first that is as low. The list of layers is open: what a grant or a plan leaves is handed over as further `caps`.

Law (tests/core/test_why.py): the level is always the one that `core.rights` enforces, lowered by the caps; of what the owner of a
client does past the floor in person (`OWNER_IN_PERSON`) it is the level there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sublet.core.matrix import CLIENT, FLOOR, OWNER_IN_PERSON, VISIT_AS_AT_HOME, VISIT_VIEW_ONLY
from sublet.core.rights import CLIENT_TICKABLE, Level, Rights, all_rights

#: The layers that this module knows, from the outside in. A cap may bring any other word.
NOT_OFFERED, FLOOR_, OWNER, ROLE, TICKED, NOT_TICKED, WITHDRAWN = (
    "not-offered", "floor", "owner", "role", "ticked", "not-ticked", "withdrawn",
)  # fmt: skip
#: What the client's grants leave of a section for somebody of the reseller's staff, and that there is no grant at all.
GRANT, NO_GRANT = "grant", "no-grant"
REACH, CLIENTS_LEVEL, ONLY_LOOKING, ACTED_AS = "reach", "clients-level", "only-looking", "acted-as"
#: What a visitor has on the same section of its own account, where a visit opens no more.
AT_HOME = "at-home"
#: The account lacks what the section needs; the reseller manages the service to which the section belongs.
NOT_IN_PLAN, SERVED = "not-in-plan", "served"


@dataclass(frozen=True, slots=True)
class Reason:
    """What one layer leaves of the section."""

    layer: str
    level: Level


@dataclass(frozen=True, slots=True)
class Explanation:
    """The level, the layer that decides it, and all of them from the outside in."""

    section: str
    level: Level
    decided_by: str
    reasons: tuple[Reason, ...]


def explain(
    *,
    section: str,
    kind: str,
    is_owner: bool,
    ticked: Rights,
    product_sections: Iterable[str],
    role: Rights | None = None,
    withdrawn: Mapping[str, Level] | None = None,
    caps: Iterable[Reason] = (),
) -> Explanation:
    """Why a collaborator of an account of this kind has what it has on `section`.

    `role` is what the preset gives that filled the form; `withdrawn` what the reseller left of sections that it took away
    in one go; both only choose the words, never the level. `caps` lower it further.
    """
    reasons = []
    if all_rights(kind, product_sections).level(section) is Level.NONE:
        reasons.append(Reason(NOT_OFFERED, Level.NONE))
    in_person = OWNER_IN_PERSON.get(section) if kind == CLIENT and is_owner else None
    if kind == CLIENT and section in FLOOR and in_person is None:
        reasons.append(Reason(FLOOR_, Level.NONE))
    if in_person is not None:
        reasons.append(Reason(OWNER, Level.of(in_person)))
    elif is_owner and (kind != CLIENT or section in CLIENT_TICKABLE):
        reasons.append(Reason(OWNER, Level.MANAGE))
    else:
        reasons.append(_tick(section, ticked.level(section), role, withdrawn or {}))
    return _decided(section, [*reasons, *caps])


def explain_visit(
    *,
    section: str,
    clients_level: Level,
    own: Rights,
    product_sections: Iterable[str],
    reaches: bool = True,
    collaborator: Rights | None = None,
    caps: Iterable[Reason] = (),
) -> Explanation:
    """Why a member of a reseller's staff has what it has inside a client's account: as the reseller, or as a `collaborator`.

    `own` is what that member has at home, where money is a right of its own.
    """
    reasons = []
    if not reaches:
        reasons.append(Reason(REACH, Level.NONE))
    if collaborator is not None:
        reasons.append(Reason(ACTED_AS, collaborator.level(section)))
    elif all_rights(CLIENT, product_sections).level(section) is Level.NONE:
        reasons.append(Reason(NOT_OFFERED, Level.NONE))
    if section in VISIT_VIEW_ONLY:
        reasons.append(Reason(ONLY_LOOKING, Level.VIEW))
    reasons.append(Reason(CLIENTS_LEVEL, clients_level))
    if collaborator is None and section in VISIT_AS_AT_HOME:
        reasons.append(Reason(AT_HOME, own.level(section)))
    return _decided(section, [*reasons, *caps])


def granted_cap(level: Level, *, any_grant: bool) -> Reason:
    """The cap that grants are: `level` is what they leave of the section, `any_grant` whether there is one in force."""
    return Reason(GRANT if any_grant else NO_GRANT, level)


def _tick(section: str, level: Level, role: Rights | None, withdrawn: Mapping[str, Level]) -> Reason:
    left = withdrawn.get(section)
    if left is not None and level <= left:
        return Reason(WITHDRAWN, level)
    if level is Level.NONE:
        return Reason(NOT_TICKED, level)
    return Reason(ROLE if role is not None and role.level(section) == level else TICKED, level)


def _decided(section: str, reasons: list[Reason]) -> Explanation:
    lowest = min(reasons, key=lambda reason: reason.level)  # the first of those that are as low
    return Explanation(section=section, level=lowest.level, decided_by=lowest.layer, reasons=tuple(reasons))
