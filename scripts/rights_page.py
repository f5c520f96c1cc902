"""docs/reference/rights.md: who may do what, made from core/matrix.py and from the addresses that there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scripts.addresses import Page, pages
from sublet.core import matrix
from sublet.core.fieldrights import EVERYBODY, RULES, Shape
from sublet.core.fields_forms import FORMS
from sublet.core.fields_taken import TAKEN
from sublet.core.fields_told import TOLD
from sublet.core.rights import (
    CLIENT,
    KINDS,
    PRODUCT_PREFIX,
    RESELLER,
    Level,
    Rights,
    acting_as_collaborator,
    acting_as_reseller,
    all_rights,
    effective,
)
from sublet.portals.api import urls
from sublet.portals.api.declare import DECLARED, KEY, Declared

assert urls.urlpatterns  # noqa: S101  its import declares the operations

HEAD = """\
# Rights

Made from `core/matrix.py` and the addresses that there are. A role fills the form with boxes; what counts is what is
ticked. `manage` contains `view`; – is closed. What is not named is closed.

Sections of the host product (`product.…`) come from its manifest. The owner of a client has of them what is ticked, like
everybody else; owners of other accounts have everything. Past the floor it looks at its own bills, in person, and pays them:
that is no right and nobody else's.
"""
PRODUCT = ("…",)


def roles_of(kind: str) -> dict[str, Rights]:
    """Role → what it comes to, the floor included: the owner, the built-in roles, and both kinds of visit."""
    found = {"owner": effective(kind=kind, is_owner=True, ticked=all_rights(kind, PRODUCT), product_sections=PRODUCT)}
    for key, words in matrix.ROLES[kind].items():
        found[key] = effective(kind=kind, is_owner=False, ticked=Rights.of(words), product_sections=PRODUCT)
    found["everything"] = effective(
        kind=kind, is_owner=False, ticked=all_rights(kind, PRODUCT), product_sections=PRODUCT
    )
    if kind == CLIENT:
        found["visit as reseller"] = acting_as_reseller(
            clients_level=Level.MANAGE, own=all_rights(RESELLER), product_sections=PRODUCT
        )
        found["visit as the client"] = acting_as_collaborator(rights=found["owner"], clients_level=Level.MANAGE)
    return found


def operations() -> list[Declared]:
    """Every operation of the API, by its id."""
    return sorted((each for methods in DECLARED.values() for each in methods.values()), key=lambda each: each.id)


def who_opens(page: Page, roles: Mapping[str, Rights]) -> list[str]:
    """The roles that the guard of that page lets in."""
    return [role for role, rights in roles.items() if page.needs == "any" or rights.has(page.needs)]


def text() -> str:
    """The page."""
    parts = [HEAD]
    for kind in KINDS:
        parts += [_sections(kind), _pages(kind)]
    parts += [_operations(), _fields(), _visits()]
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows), ""])


def _sections(kind: str) -> str:
    roles = roles_of(kind)
    keys = [*matrix.SECTIONS[kind], *([] if kind == matrix.VENDOR else [PRODUCT_PREFIX + PRODUCT[0]])]
    rows = [
        [
            f"`{key}`" + (" (floor)" if kind == CLIENT and key in matrix.FLOOR else ""),
            *(rights.level(key).word.replace("none", "–") for rights in roles.values()),
        ]
        for key in keys
    ]
    return f"## {kind.capitalize()}: sections\n\n" + _table(["section", *roles], rows)


def _pages(kind: str) -> str:
    roles = roles_of(kind)
    if kind == CLIENT:  # what it does past the floor, though nobody is given the right
        roles["owner"] = Rights.of({**roles["owner"].levels, **matrix.OWNER_IN_PERSON})
    rows = []
    for page in pages():
        if kind not in page.portals:
            continue
        who = who_opens(page, roles)
        rows.append(
            [
                f"`{page.name}`",
                "–" if page.needs == "any" else f"`{page.needs}`",
                "all" if len(who) == len(roles) else ", ".join(who),
            ]
        )
    return f"## {kind.capitalize()}: pages\n\n" + _table(["page", "right", "roles"], rows)


def _operations() -> str:
    rows = [
        [
            f"`{each.id}`",
            each.method,
            ", ".join(f"`{right}`" for right in each.needs.words())
            or ("–" if each.caller == KEY else "of the person for whom the product asks: no key can"),
            ", ".join(each.kinds),
        ]
        for each in operations()
    ]
    return "## API: operations\n\nA key has what it was made with, never past the floor.\n\n" + _table(
        ["operation", "method", "right", "accounts"], rows
    )


def _fields() -> str:
    rules = _table(["rule", "what it means"], [[f"`{name}`", means] for name, means in RULES.items()])
    lists = [
        ("told", "What the API tells", TOLD),
        ("taken", "What the API takes", TAKEN),
        ("forms", "Forms of pages", FORMS),
    ]
    parts = [
        "## Fields\n\nEvery field has the sections of its shape, and every shape is declared: an operation with a field that is "
        "not cannot be declared, and a form has no such field (`core/fieldrights.py`, `core/fields_*.py`). Any one of the "
        "rights opens a shape. These fields differ:\n",
        rules,
    ]
    for _key, title, shapes in lists:
        parts += [f"### {title}: fields that differ\n", _differing(shapes)]
    for _key, title, shapes in lists:
        parts += [f"### {title}: sections\n", _shapes(shapes)]
    return "\n".join(parts)


def _differing(shapes: Mapping[str, Shape]) -> str:
    found = [(name, field, rule) for name, shape in sorted(shapes.items()) for field, rule in shape.differing().items()]
    return _table(["shape", "field", "rule"], [[f"`{name}`", f"`{field}`", f"`{rule}`"] for name, field, rule in found])


def _shapes(shapes: Mapping[str, Shape]) -> str:
    """The shapes by what opens them: one row for all that have the same rights and accounts."""
    rows: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name, shape in sorted(shapes.items()):
        kinds = ", ".join(kind for kind in EVERYBODY.split() if kind in shape.kinds)
        rows.setdefault((shape.rights, kinds), []).append(f"`{name}`")
    return _table(
        ["rights", "accounts", "shapes"],
        [
            [", ".join(f"`{right}`" for right in rights), kinds, ", ".join(names)]
            for (rights, kinds), names in sorted(rows.items())
        ],
    )


def _visits() -> str:
    about = {topic: [name for name, each in matrix.ROUTES.items() if each == topic] for topic in sorted(matrix.TOPICS)}
    through = {topic: [name for name, each in matrix.OPERATIONS.items() if each == topic] for topic in about}
    rows = [
        [
            topic,
            "refused" if topic in matrix.REFUSED_AS_RESELLER else "allowed",
            "refused" if topic in matrix.REFUSED_AS_CLIENT else "allowed",
            ", ".join(f"`{name}`" for name in about[topic]) or "–",
            ", ".join(f"`{name}`" for name in through[topic]) or "–",
        ]
        for topic in about
    ]
    return (
        "## Visits\n\nWhat somebody who acts in a client's account never does, whatever the rights. An address that takes "
        "changes and is not listed is refused; a visit has no API key and reaches no operation of the API at all.\n\n"
        + _table(["about", "as reseller", "as the client", "pages", "operations of the API"], rows)
    )
