"""The diary of a client: each visit with what was changed in it, read from the journal in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sublet.accounts.queries import account_id_of
from sublet.foundation.actor import Actor
from sublet.foundation.journal.queries import EntryRow, entries_of_visits
from sublet.people.queries.impersonation import VisitRequests, VisitRow, requests_of_visit, visits_of_client

MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class DiaryPage:
    """Visits of one client, newest first, with the journal entries made in each (newest first), by its reference."""

    account_ref: str
    account_name: str
    visits: Sequence[VisitRow]
    changes: Mapping[str, Sequence[EntryRow]]
    next_cursor: str
    previous_cursor: str


def diary(actor: Actor, *, client_ref: str, cursor: str = "", size: int = 20) -> DiaryPage:
    """A page of the diary: for the client's reseller (``clients:view``), and for itself (``journal:view``).

    Raises NotFound, Forbidden. An unknown cursor is read as the first page.
    """
    page = visits_of_client(actor, client_ref=client_ref, cursor=cursor, size=size)
    found = changes_of(actor, client_ref=client_ref, visits=page.rows)
    return DiaryPage(
        account_ref=page.account_ref,
        account_name=page.account_name,
        visits=page.rows,
        changes=found,
        next_cursor=page.next_cursor,
        previous_cursor=page.previous_cursor,
    )


def diary_of_visit(
    actor: Actor, *, client_ref: str, impersonation_ref: str, cursor: str = "", size: int = 100
) -> tuple[VisitRequests, Sequence[EntryRow]]:
    """One visit with its requests and the journal entries made in it. Raises NotFound, Forbidden."""
    page = requests_of_visit(
        actor, client_ref=client_ref, impersonation_ref=impersonation_ref, cursor=cursor, size=size
    )
    found = changes_of(actor, client_ref=client_ref, visits=[page.visit])
    return page, found.get(page.visit.ref, ())


def changes_of(actor: Actor, *, client_ref: str, visits: Sequence[VisitRow]) -> Mapping[str, Sequence[EntryRow]]:
    """What the journal of the client tells of these visits, apart from their beginning and end: at most 200 entries.

    The caller has been let read these visits.
    """
    if not visits:
        return {}
    rows = entries_of_visits(
        actor,
        account_id=account_id_of(actor, client_ref),
        refs=[visit.ref for visit in visits],
        since=min(visit.started_at for visit in visits),
        until=max(visit.ended_at or visit.ends_at for visit in visits),
        size=MOST_CHANGES,
    )
    found: dict[str, list[EntryRow]] = {}
    for row in rows:
        if not row.event.startswith("impersonation."):
            found.setdefault(row.impersonation_ref, []).append(row)
    return found
