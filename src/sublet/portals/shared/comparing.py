"""The page that shows two people of an account side by side: who can do what, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sublet.entitlements.queries import Gate, gates_of
from sublet.foundation.clock import now
from sublet.people import queries
from sublet.people.queries import ComparedRow
from sublet.portals.shared.asking import who_looks_after
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.why import Told, grants_in_words, told, ways_in


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A section on the page; `differs` marks the line with more than color."""

    key: str
    name: str
    icon: str
    marked: bool
    differs: bool
    left: Told | None
    right: Told | None


@require_safe
def compare(request: SubletRequest, routes: Any) -> HttpResponseBase:
    """Two people of the team, section by section, with the reason of each level."""
    found = queries.compare(
        request.actor,
        account_ref=routes.subject,
        left=request.GET.get("left", "")[:40],
        right=request.GET.get("right", "")[:40],
        at=now(),
    )
    brand = who_looks_after(request)
    closed = {row.key for _name, rows in found.groups for row in rows if row.lacks_plan}
    gates = gates_of(request.actor, account_ref=routes.subject, sections=closed, at=now())
    only = bool(request.GET.get("differences"))
    groups = []
    for name, rows in found.groups:
        lines = [_line(row, brand, gates.get(row.key)) for row in rows if row.differs or not only]
        if lines:
            groups.append((name, lines))
    context = routes.around(request) | {
        "found": found,
        "compared": groups,
        "ways": tuple(
            (*ways_in(side.gets_in), *(grants_in_words(grants) if side.staff else ()))
            for side, grants in zip((found.left, found.right), found.grants, strict=True)
            if side is not None
        ),
        "only_differences": only,
        "differences": sum(row.differs for _name, rows in found.groups for row in rows),
        "with_staff": any(person.staff for person in found.people),
        "back_url": routes.url(),
    }
    if not routes.ref:
        context["crumbs"] = (Crumb(_("Team"), routes.url()), Crumb(_("Side by side")))
    return render(request, "team/compare.html", context)


def _line(row: ComparedRow, brand: str, gate: Gate | None) -> ComparedLine:
    return ComparedLine(
        key=row.key,
        name=row.name,
        icon=row.icon or "apps",
        marked=row.marked,
        differs=row.differs,
        left=told(row.left, brand=brand, role=row.left_role, gate=gate) if row.left is not None else None,
        right=told(row.right, brand=brand, role=row.right_role, gate=gate) if row.right is not None else None,
    )
