"""Histories: of one's own account, of those below it, of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Query

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountName
from sublet.foundation.journal.queries import EntryPage, EntryRow, history
from sublet.foundation.sheets.writing import stream_xlsx, write_csv
from sublet.people.operations.journal_export import CannotExportJournal, export_journal
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Needs, Routes
from sublet.portals.api.problems import Invalid
from sublet.portals.api.routes.shared import CSV, XLSX, Cursors, file_of, zone_of
from sublet.portals.api.schemas.brands import (
    Act,
    JournalAsked,
    JournalEntry,
    JournalFileAsked,
    JournalPage,
    OwnJournalAsked,
    OwnJournalFileAsked,
)
from sublet.portals.shared.journal_pages import GROUPS

routes = Routes("Journal", "What happened, who did it, and why.")
OF_ACCOUNT = Needs("journal:view", below="clients:view", vendor="journal:view")


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


def _question(asked: JournalAsked) -> dict[str, Any]:
    """What `history` is asked, without whose journal it is."""
    return {
        "event": asked.event,
        "events": GROUPS[asked.group][1] if asked.group else (),
        "person": asked.person,
        "via": asked.via,
        "words": asked.q,
        "in_visits": asked.in_visits,
        "since": asked.since,
        "until": asked.until,
    }


@routes.get("/journal", needs="journal:view", kinds=EVERYBODY, answer=JournalPage)
def list_journal(request: ApiRequest, asked: Query[OwnJournalAsked]) -> JournalPage:
    """Read the journal of the account, or of the accounts below it, newest first."""
    cursors = Cursors("journal", request.actor, *asked.model_dump(exclude={"cursor", "limit"}).values())
    own = request.actor.account_id if asked.of == "own" else None
    page = history(
        request.actor,
        account_id=own,
        below=True,
        cursor=cursors.place(asked),
        size=asked.limit,
        **_question(asked),
    )
    return _page(page, cursors)


@routes.get(
    "/accounts/{account}/journal",
    needs=OF_ACCOUNT,
    kinds=EVERYBODY,
    answer=JournalPage,
)
def list_journal_of_account(request: ApiRequest, account: str, asked: Query[JournalAsked]) -> JournalPage:
    """Read the journal of one account: one's own, or one below it."""
    cursors = Cursors("journal", request.actor, account, *asked.model_dump(exclude={"cursor", "limit"}).values())
    page = history(
        request.actor,
        account_id=account_queries.account_id_of(request.actor, account),
        cursor=cursors.place(asked),
        size=asked.limit,
        **_question(asked),
    )
    return _page(page, cursors)


@routes.get(
    "/journal-export",
    needs="journal:view",
    kinds=EVERYBODY,
    answer=bytes,
    media=("text/csv", XLSX),
    refusals=[CannotExportJournal],
)
def export_own_journal(request: ApiRequest, asked: Query[OwnJournalFileAsked]) -> HttpResponseBase:
    """Download the journal as CSV or XLSX: all of what the same question lists, at most 100,000 entries.

    Who took it is written down. Cells that a spreadsheet would take for a formula are made harmless.
    """
    own = request.actor.account_id if asked.of == "own" else None
    return _file(request, asked, asked.format, own, request.actor.account_name if own else "")


@routes.get(
    "/accounts/{account}/journal-export",
    needs=OF_ACCOUNT,
    kinds=EVERYBODY,
    answer=bytes,
    media=("text/csv", XLSX),
    refusals=[CannotExportJournal],
)
def export_journal_of_account(request: ApiRequest, account: str, asked: Query[JournalFileAsked]) -> HttpResponseBase:
    """Download the journal of one account: one's own, or one below it. As the other."""
    number = account_queries.account_id_of(request.actor, account)
    return _file(request, asked, asked.format, number, account_queries.names_of_accounts([number])[number].name)


def _file(request: ApiRequest, asked: JournalAsked, kind: str, account_id: int | None, about: str) -> HttpResponseBase:
    if asked.cursor:
        raise Invalid("cursor", "wrong-cursor")
    columns, rows = export_journal(
        format=kind,
        account_id=account_id,
        about=about,
        asked=_asked_only(_question(asked)),
        actor=request.actor,
        at=request.at,
    )
    zone = zone_of(request)
    if kind == "csv":
        return file_of(request, write_csv(rows, columns, zone=zone), "journal.csv", CSV)
    pieces = stream_xlsx(rows, columns, title=_("Journal"), zone=zone, at=request.at)
    return file_of(request, pieces, "journal.xlsx", XLSX)


def _asked_only(question: Mapping[str, Any]) -> dict[str, Any]:
    """Without an instant that nobody named: a file ends with what was there when it was asked for."""
    return {name: value for name, value in question.items() if name not in {"since", "until"} or value is not None}
