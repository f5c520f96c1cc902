"""The journal leaves as a file: what the page shows, streamed, and a note of who took it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.accounts.queries import AccountName, names_of_accounts
from sublet.core.peopledata import Way
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.journal.queries import EntryRow, history
from sublet.foundation.scope import actor_scope
from sublet.foundation.sheets.writing import Column, Value
from sublet.people.events import JournalExported

FORMATS = ("csv", "xlsx")
MOST_ROWS = 100_000
_BATCH = 500


class CannotExportJournal(Refusal):
    """Why the journal does not leave."""

    SENTENCES: ClassVar = {"format-unknown": gettext_lazy("A list leaves as CSV or as XLSX.")}


def export_journal(
    *,
    format: str,
    account_id: int | None,
    about: str,
    asked: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> tuple[Sequence[Column], Iterator[Sequence[Value]]]:
    """Write down that the journal leaves; give its columns and rows, newest first, at most 100,000, in the active language.

    `account_id` is one that the caller has let the actor read; None: the accounts below the actor's. `asked` narrows as in
    `journal.queries.history`. Addresses and numbers of
    people below stay hidden without ``people:manage``. Rows are read when they are taken. Raises CannotExportJournal.
    """
    if format not in FORMATS:
        raise CannotExportJournal("format-unknown", field="format")
    with transaction.atomic():
        record(JournalExported(format=format, about=about), account_id=actor.account_id, actor=actor, at=at)
    headings = (_("What"), _("Who"), _("In place of that person"), _("Account"), _("Reason"), _("How"), _("Event"))
    columns = (Column(_("When"), "datetime"), *(Column(heading) for heading in headings))
    return columns, _rows(actor, account_id, asked, translation.get_language() or "en", at)


def _rows(
    actor: Actor,
    account_id: int | None,
    asked: Mapping[str, Any],
    language: str,
    at: datetime,
) -> Iterator[Sequence[Value]]:
    cursor, left = "", MOST_ROWS
    while left > 0:
        # Only while a batch is made: between batches the thread may serve somebody else.
        with translation.override(language), actor_scope(actor):
            page = history(
                actor,
                account_id=account_id,
                below=True,
                cursor=cursor,
                size=min(_BATCH, left),
                way=Way.FILE,
                **{"until": at, **asked},
            )
            names = names_of_accounts(row.account_id for row in page.rows)
            batch = [_cells(row, names) for row in page.rows]
        yield from batch
        left -= len(batch)
        cursor = page.next_cursor
        if not cursor:
            return


def _cells(row: EntryRow, names: Mapping[int, AccountName]) -> Sequence[Value]:
    return (
        row.at,
        row.sentence,
        row.impersonator_name or row.actor_name,
        row.actor_name if row.impersonator_name else "",
        names[row.account_id].name if row.account_id in names else "",
        row.reason,
        row.via,
        row.event,
    )
