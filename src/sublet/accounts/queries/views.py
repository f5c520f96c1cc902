"""The saved views of a client list: a person's own and those that the team shares."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from sublet.accounts.models import SavedView
from sublet.accounts.queries.listquery import ListQuery, list_query
from sublet.accounts.queries.tree import require_below
from sublet.foundation.actor import Actor

#: Whose the views are that API keys save: all of an account's keys have them together.
KEYS = 0


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A saved view. `columns` are the columns that it shows, empty for the usual ones; `mine` whether one may change it."""

    ref: str
    name: str
    query: ListQuery
    columns: tuple[str, ...]
    shared: bool
    mine: bool


def saved_views(actor: Actor) -> list[ViewRow]:
    """The actor's own views and the shared ones of the account, by name. Raises Forbidden."""
    require_below(actor, "view")
    own = KEYS if actor.key_ref and actor.user_id is None else actor.user_id
    rows = SavedView.objects.filter(Q(user_id=own) | Q(shared=True), account_id=actor.account_id)
    return [
        ViewRow(
            ref=row.ref,
            name=row.name,
            query=list_query(row.query.get("list", {})),
            columns=tuple(str(each) for each in row.query.get("columns", ())),
            shared=row.shared,
            mine=row.user_id == own,
        )
        for row in rows.order_by("name", "id")
    ]
