"""What a change of many clients would do, before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from sublet.accounts.models import Account
from sublet.accounts.queries.clients import COUNTED, Counted, accounts_below, counted, matching_all
from sublet.accounts.queries.listquery import ListQuery, list_query
from sublet.accounts.queries.tree import require_below
from sublet.core.lifecycle import ACTIVE, CLOSED, INVITED, SUSPENDED
from sublet.foundation.actor import Actor

ACTIONS = ("suspend", "resume", "close", "reopen", "tag", "untag", "assign")
MOST_REFS = 500
SAMPLE = 8


@dataclass(frozen=True, slots=True)
class Selection:
    """Which clients: those named by reference, or all that a list question means (`query` not None)."""

    refs: tuple[str, ...] = ()
    query: ListQuery | None = None

    def as_data(self) -> dict[str, Any]:
        """JSON for the job."""
        return {"refs": list(self.refs), "query": None if self.query is None else self.query.as_data()}


def selection(data: Mapping[str, Any]) -> Selection:
    """What `as_data` made."""
    query = data["query"]
    return Selection(refs=tuple(data["refs"]), query=None if query is None else list_query(query))


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What would happen: how many are selected, how many of them would change, and some of their names."""

    selected: Counted
    changing: Counted
    names: Sequence[str]

    @property
    def unchanged(self) -> int | None:
        """How many would stay as they are; None when there are too many to count."""
        return None if self.selected.more else self.selected.number - self.changing.number


def selected(actor: Actor, chosen: Selection, *, at: datetime) -> QuerySet[Account]:
    """The accounts that a selection means, below the actor's and within its reach; somebody else's are left out."""
    if chosen.query is not None:
        return matching_all(actor, chosen.query, at=at)
    rows, _above = accounts_below(actor)
    if actor.reach is not None:
        rows = rows.filter(id__in=actor.reach)
    return rows.filter(ref__in=chosen.refs[:MOST_REFS])


def count_selected(actor: Actor, chosen: Selection, *, at: datetime) -> Counted:
    """How many clients a selection means. Raises Forbidden."""
    require_below(actor, "view")
    return counted(selected(actor, chosen, at=at))


def _changeable(action: str, tag: str, responsible_id: int | None) -> Q:
    """Those for which the action is lawful and changes something; `core.lifecycle` decides again, one by one."""
    ours = ~Q(ownership=Account.Ownership.CLIENT)
    match action:
        case "":
            return Q()
        case "suspend":
            return Q(state__in=(INVITED, ACTIVE))
        case "resume":
            return Q(state=SUSPENDED)
        case "close":
            return ~Q(state=CLOSED) & (ours | ~Q(kind=Account.Kind.CLIENT))
        case "reopen":
            return Q(state=CLOSED) & ~Q(state_before_close="")
        case "tag":
            return ~Q(tags__name__iexact=tag)
        case "untag":
            return Q(tags__name__iexact=tag)
        case "assign" if responsible_id is None:
            return Q(responsible_id__isnull=False)
        case "assign":
            return Q(responsible_id__isnull=True) | ~Q(responsible_id=responsible_id)
    raise ValueError(action)


def preview_change(
    actor: Actor,
    chosen: Selection,
    *,
    action: str,
    tag: str = "",
    responsible_id: int | None = None,
    at: datetime,
) -> BulkPreview:
    """What `operations.change_many` would do to the selection now; without an `action`, what is selected.

    Raises Forbidden, NotFound.
    """
    require_below(actor, "manage")
    rows = selected(actor, chosen, at=at)
    changing = rows.filter(_changeable(action, tag, responsible_id))
    names = list(changing.order_by().values_list("name", flat=True)[:SAMPLE])
    return BulkPreview(selected=counted(rows), changing=counted(changing), names=names)


__all__ = [
    "ACTIONS",
    "COUNTED",
    "BulkPreview",
    "Selection",
    "count_selected",
    "preview_change",
    "selected",
    "selection",
]
