"""What can be taken back: the last change of one client, and what was changed together for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from sublet.accounts.queries.clients import accounts_below
from sublet.accounts.queries.tree import require_below
from sublet.clientsettings.models import SettingsChange
from sublet.clientsettings.queries.values import Setup
from sublet.core.clientsettings import Change, from_json
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound

#: So many changes of many are shown.
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class LastChange:
    """The last Save about a client. `lines`: of fields that there still are, what each was and became."""

    ref: str
    made_at: datetime
    made_by: str
    since: datetime | None
    lines: Sequence[Change]


@dataclass(frozen=True, slots=True)
class ChangeOfMany:
    """What was changed together. `clients`: for how many; `left`: for how many of them it can still be undone."""

    batch: str
    made_at: datetime
    made_by: str
    clients: int
    left: int


def last_change(client_id: int, setup: Setup, *, giver_id: int) -> LastChange | None:
    """What was changed last about a client, if it was not taken back. For callers that hold the client. One statement."""
    # unscoped: rows of the account that the caller acts for, about a client of its scope
    rows = SettingsChange.unscoped.filter(client_id=client_id, account_id=giver_id)
    row = rows.order_by("-id").first()
    if row is None or row.undone_at is not None:
        return None
    lines = [
        Change(setup.fields[key], from_json(pair[0]), from_json(pair[1]))
        for key, pair in row.values.items()
        if key in setup.fields
    ]
    return LastChange(row.ref, row.made_at, row.made_by, row.since, lines) if lines else None


def changes_of_many(actor: Actor) -> list[ChangeOfMany]:
    """What was changed together for clients within the actor's reach (``clients:view``), the newest first. One statement.

    Raises NotFound, Forbidden.
    """
    if actor.account_kind != RESELLER:
        raise NotFound
    require_below(actor, "view")
    # unscoped: rows of the actor's own account
    rows = SettingsChange.unscoped.filter(account_id=actor.account_id).exclude(batch="")
    if actor.reach is not None:
        rows = rows.filter(client_id__in=actor.reach)
    clients, _above = accounts_below(actor)
    still = Q(undone_at__isnull=True, client_id__in=clients.values("id"))
    found = rows.order_by().values("batch").annotate(
        newest=Max("id"), at=Min("made_at"), by=Min("made_by"), clients=Count("client_id", distinct=True),
        left=Count("client_id", distinct=True, filter=still),
    )  # fmt: skip
    return [
        ChangeOfMany(row["batch"], row["at"], row["by"], row["clients"], row["left"])
        for row in found.order_by("-newest")[:MOST_SHOWN]
    ]
