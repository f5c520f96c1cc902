"""The grant that comes with every client: open, everything, all staff of its reseller (`ownership` says who can end it)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sublet.accounts.models import Account
from sublet.core.rights import Level
from sublet.foundation.actor import Actor
from sublet.foundation.bulk import insert_rows
from sublet.people.models import Grant, new_grant_ref


def grant_at_birth(client_ids: Sequence[int], reseller_id: int, at: datetime, _actor: Actor | None = None) -> None:
    """Give the reseller its access to new clients, in the caller's transaction. One statement for all of them.

    No entry in the journal: that the client was created says it.
    """
    Account(parent_id=reseller_id).refuse_outside_scope()
    columns, defaults = _columns()
    same = defaults | {
        "reseller_id": reseller_id,
        "everywhere": Level.MANAGE.word,
        "starts_at": at,
        "asked_at": at,
        "decided_at": at,
    }
    rows = []
    for client_id in client_ids:
        values = same | {"account_id": client_id, "ref": new_grant_ref()}
        rows.append([values[name] for name in columns])
    insert_rows(Grant, columns, rows)


@cache
def _columns() -> tuple[tuple[str, ...], dict[str, Any]]:
    """The columns of a grant with what a new one has in them; the database gives it its number."""
    fields = [field for field in Grant._meta.concrete_fields if field.column != "id"]
    given = {"ref", "account_id", "reseller_id"}
    return tuple(field.column for field in fields), {
        field.column: field.get_default() for field in fields if field.column not in given
    }
