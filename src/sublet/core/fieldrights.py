"""Rights of fields: which section opens each shape that the API tells or takes and each form of a page, and which of its
fields differ from it.

The lists are data: `core.fields_told`, `core.fields_taken` and `core.fields_forms`. Whoever adds a field adds its name there;
what is not named is closed: an operation with an undeclared field cannot be declared, so no process starts with it, and an
undeclared field of a form is neither shown nor read.

A line of a list is ``Shape: field field=rule field=rule+rule``; a rule is one of `RULES`, or a right (``section:level``) that
the field takes besides that of its shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR, Level

EVERYBODY = f"{VENDOR} {RESELLER} {CLIENT} {DIRECT}"
#: In place of rights: any key or collaborator; the person that is logged in, whatever the account; everybody.
ANY, OWN, PUBLIC = "any", "own", "public"

PEOPLE, ADDRESSES, NAMES, ABOVE = "people", "addresses", "names", "above"
AGREED = "agreed"
HISTORY, ONCE, SECRET = "history", "once", "secret"
#: How a field can differ from its shape, and what that means.
RULES: Mapping[str, str] = MappingProxyType(
    {
        PEOPLE: "Personal data of people below: empty in lists for whoever does not list people (for a key: without "
        "`people:manage`); refused where it is sent. That of one's own account is no secret.",
        ADDRESSES: "A text: e-mail addresses in it are hidden in the same cases.",
        NAMES: "What somebody is called: an address in place of a name is hidden likewise, but for colleagues'. Who is one only "
        "the operation knows, so it hides it itself.",
        ABOVE: "Kept by the account above: for the vendor and resellers only, about an account that is not their own.",
        AGREED: "What was agreed for an account: for the vendor, and at a reseller for whoever has `subscription:view`; refused "
        "where it is asked for or sent.",
        HISTORY: "Of an entry of the journal: for a client only what `core.readers` gives it.",
        ONCE: "A secret, told by the answer that makes it and never again.",
        SECRET: "A secret: it is taken and never told.",
    }
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What opens something that has fields. Any of `rights` does; `fields` is name → its rule, empty for that of the shape."""

    name: str
    rights: tuple[str, ...]
    kinds: frozenset[str]
    fields: Mapping[str, str]

    @property
    def for_anybody(self) -> bool:
        """Whether no right is asked for."""
        return not {ANY, OWN, PUBLIC}.isdisjoint(self.rights)

    def rule(self, field: str) -> str | None:
        """The rule of that field; None where it is not declared. A name that ends in ``*`` stands for all that begin so."""
        found = self.fields.get(field)
        if found is None:
            return next((r for name, r in self.fields.items() if name[-1] == "*" and field.startswith(name[:-1])), None)
        return found

    def opens_to(self, rights: Iterable[str]) -> bool:
        """Whether each of these rights, by itself, is enough for it; without any, whether it is for anybody."""
        asked = list(rights)
        return self.for_anybody or (
            bool(asked) and all(any(covers(right, own) for own in self.rights) for right in asked)
        )

    def differing(self) -> dict[str, str]:
        """The fields that differ."""
        return {name: rule for name, rule in self.fields.items() if rule}


def rules_of(rule: str) -> list[str]:
    """The single rules of a field."""
    return rule.split("+") if rule else []


@lru_cache(maxsize=4096)
def covers(right: str, needed: str) -> bool:
    """Whether whoever has `right` has `needed`: the same section, and manage implies view."""
    section, _, level = right.partition(":")
    wanted, _, least = needed.partition(":")
    return section == wanted and Level.of(level) >= Level.of(least)


def group(rights: str, kinds: str, lines: str) -> list[Shape]:
    """The shapes of `lines` that have the same rights, for accounts of these kinds. Raises ValueError for a slip."""
    found: list[tuple[str, dict[str, str]]] = []
    for word in lines.split():
        if word.endswith(":"):
            found.append((word[:-1], {}))
            continue
        name, _, rule = word.partition("=")
        for each in rules_of(rule):
            if each not in RULES:
                Level.of(each.partition(":")[2])
        if not found or name in found[-1][1]:
            raise ValueError(word)
        found[-1][1][name] = rule
    opened = tuple(rights.split())
    return [Shape(name, opened, frozenset(kinds.split()), MappingProxyType(fields)) for name, fields in found]


def table(*groups: Sequence[Shape]) -> Mapping[str, Shape]:
    """The shapes of all groups by name. Raises ValueError for a name that is there twice."""
    found: dict[str, Shape] = {}
    for each in (shape for shapes in groups for shape in shapes):
        if each.name in found:
            raise ValueError(each.name)
        found[each.name] = each
    return MappingProxyType(found)


def faults(
    shape: Shape | None, name: str, fields: Iterable[str], rights: Iterable[str], kinds: Iterable[str]
) -> list[str]:
    """What of something with these fields, opened by these rights to those kinds of account, is not declared."""
    if shape is None:
        return [f"{name} is not declared"]
    found = [f"{name}.{field} is not declared" for field in fields if shape.rule(field) is None]
    asked = list(rights)
    if not shape.opens_to(asked):
        found.append(f"{name} takes {' or '.join(shape.rights)}, not {' or '.join(asked) or 'any key'}")
    strange = sorted(set(kinds) - shape.kinds)
    return found + [f"{name} is not for {kind}" for kind in strange]
