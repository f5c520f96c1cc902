"""Why somebody has a right, and asking for one."""

from __future__ import annotations

from ninja import Query

from sublet.core.why import Explanation
from sublet.foundation.errors import NotFound
from sublet.people import queries
from sublet.people.queries import Comparable
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Needs, Routes
from sublet.portals.api.schemas.rights import (
    Compared,
    ComparedSection,
    ComparisonAsked,
    ComparisonOut,
    Explained,
    ReasonOfRight,
)

routes = Routes("Rights", "Who can do what, and why.")
SEE = Needs("team:view", below="clients:view", vendor="accounts:view")


def _explained(found: Explanation) -> Explained:
    return Explained(
        level=found.level.word,  # type: ignore[arg-type]  # there is no other word
        decided_by=found.decided_by,
        reasons=[ReasonOfRight(layer=each.layer, level=each.level.word) for each in found.reasons],  # type: ignore[arg-type]  # as above
    )


def _compared(row: Comparable) -> Compared:
    return Compared(ref=row.ref, name=row.name, staff=row.staff, is_owner=row.is_owner)


@routes.get("/accounts/{account}/comparison", needs=SEE, kinds=EVERYBODY, answer=ComparisonOut)
def compare_people(request: ApiRequest, account: str, asked: Query[ComparisonAsked]) -> ComparisonOut:
    """Show two people of an account side by side: who can do what, and which layer decides it.

    Of a client also staff of the reseller, as inside a visit, for keys that see the reseller's team.
    """
    found = queries.compare(request.actor, account_ref=account, left=asked.left, right=asked.right, at=request.at)
    if found.left is None or found.right is None:
        raise NotFound
    return ComparisonOut(
        left=_compared(found.left),
        right=_compared(found.right),
        sections=[
            ComparedSection(
                section=row.key,
                name=row.name,
                left=_explained(row.left),
                right=_explained(row.right),
                differs=row.differs,
            )
            for _heading, rows in found.groups
            for row in rows
            if row.left is not None and row.right is not None
        ],
    )
