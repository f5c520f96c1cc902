"""What putting many clients on a plan would change, before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from sublet.accounts.queries.bulk import SAMPLE, Selection, selected
from sublet.accounts.queries.clients import Counted, counted
from sublet.accounts.queries.tree import require_below
from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import Plan
from sublet.core.plandiff import Line, compare
from sublet.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class PlanMove:
    """So many clients that would come from one plan, and what changes for them."""

    before: Plan | None
    number: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class ManyPreview:
    """How many are selected, how many stay because they are on it or closed, from where the others come, some names."""

    selected: Counted
    staying: int
    moves: Sequence[PlanMove]
    names: Sequence[str]

    @property
    def changing(self) -> int:
        return sum(move.number for move in self.moves)


def preview_plans(actor: Actor, chosen: Selection, *, plan: str, at: datetime) -> ManyPreview:
    """What `operations.change_plans` would do to the selection now; without a `plan`, on which plans they are.

    Raises Forbidden, NotFound.
    """
    require_below(actor, "view")
    actor.require("subscription:manage")
    rows = selected(actor, chosen, at=at)
    present = offer()
    after = present.plan(plan) if plan else None
    open_rows = rows.exclude(state=CLOSED)
    numbers = dict(open_rows.order_by().values_list("plan").annotate(number=Count("id")))
    same = numbers.pop(plan, 0) if plan else 0
    meters = [item.meter for item in present.meters.values()]
    moves = []
    for key, number in sorted(numbers.items(), key=lambda pair: -pair[1]):
        before = present.plan(key) if key else present.starting_plan
        lines = compare(before, after, present.features.values(), meters) if plan else ()
        moves.append(PlanMove(before, number, lines))
    changing = open_rows.exclude(plan=plan) if plan else open_rows
    found = counted(rows)
    return ManyPreview(
        selected=found,
        staying=same + (0 if found.more else found.number - same - sum(numbers.values())),
        moves=moves,
        names=list(changing.order_by().values_list("name", flat=True)[:SAMPLE]),
    )
