"""Histories: of one's own account, of those below it, of one of them."""

from __future__ import annotations

from collections.abc import Mapping

from ninja import Query

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountName
from sublet.core.rights import CLIENT
from sublet.foundation.journal.queries import EntryPage, EntryRow, history
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.brands import Act, JournalAsked, JournalEntry, JournalPage, OwnJournalAsked

routes = Routes("Journal", "What happened, who did it, and why.")


def _entry(row: EntryRow, names: Mapping[int, AccountName]) -> JournalEntry:
    about = names.get(row.account_id)
    return JournalEntry(
        id=row.id,
        at=row.at,
        event=row.event,
        account=about.ref if about else None,
        account_name=about.name if about else "",
        sentence=row.sentence,
        reason=row.reason,
        actor=row.actor_name,
        actor_account=row.actor_account_name,
        impersonator=row.impersonator_name,
        act=Act(name=row.impersonator_name, visit=row.impersonation_ref) if row.impersonation_ref else None,
        via=row.via,
        request_id=row.request_id,
        data=dict(row.data),
    )


def _page(page: EntryPage, cursors: Cursors) -> JournalPage:
    names = account_queries.names_of_accounts(row.account_id for row in page.rows)
    return JournalPage(
        items=[_entry(row, names) for row in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.get("/journal", needs="journal:view", kinds=EVERYBODY, answer=JournalPage)
def list_journal(request: ApiRequest, asked: Query[OwnJournalAsked]) -> JournalPage:
    """Read the journal of the account, or of the accounts below it, newest first."""
    cursors = Cursors("journal", request.actor, *asked.model_dump(exclude={"cursor", "limit"}).values())
    own = request.actor.account_id if asked.of == "own" else None
    return _page(
        history(
            request.actor,
            account_id=own,
            below=True,
            event=asked.event,
            person=asked.person,
            via=asked.via,
            words=asked.q,
            in_visits=asked.in_visits,
            for_client=request.actor.account_kind == CLIENT,
            since=asked.since,
            until=asked.until,
            cursor=cursors.place(asked),
            size=asked.limit,
        ),
        cursors,
    )


@routes.get(
    "/accounts/{account}/journal",
    needs=Needs("journal:view", below="clients:view", vendor="journal:view"),
    kinds=EVERYBODY,
    answer=JournalPage,
)
def list_journal_of_account(request: ApiRequest, account: str, asked: Query[JournalAsked]) -> JournalPage:
    """Read the journal of one account: one's own, or one below it."""
    cursors = Cursors("journal", request.actor, account, *asked.model_dump(exclude={"cursor", "limit"}).values())
    return _page(
        history(
            request.actor,
            account_id=account_queries.account_id_of(request.actor, account),
            event=asked.event,
            person=asked.person,
            via=asked.via,
            words=asked.q,
            in_visits=asked.in_visits,
            for_client=request.actor.account_kind == CLIENT,
            since=asked.since,
            until=asked.until,
            cursor=cursors.place(asked),
            size=asked.limit,
        ),
        cursors,
    )
