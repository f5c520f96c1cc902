"""A statement of account as a file, in the forms in which it is taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from sublet.accounts.models import LANGUAGES, Account
from sublet.billing.documents.account_statements import (
    AccountSheet,
    Moved,
    columns_of,
    render_account_statement,
    table_of,
)
from sublet.billing.queries.account_statements import (
    AccountStatement,
    CannotShowAccountStatement,
    StatementRow,
    account_statement_whole,
)
from sublet.billing.queries.invoices import SENT
from sublet.billing.queries.letterheads import letterhead_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.sheets.writing import Column, Value
from sublet.foundation.unscoped import past_scope

#: The most lines of a sheet; a table has no end.
MOST_LINES: Final = 2000


@dataclass(frozen=True, slots=True)
class AccountTable:
    """A statement as a table: its lines are read while they are taken."""

    statement: AccountStatement
    columns: Sequence[Column]
    rows: Iterator[Sequence[Value]]


def account_statement_table(
    *, side: str = SENT, account: str = "", currency: str = "", first: date | None = None, before: date | None = None,
    known: datetime | None = None, actor: Actor, at: datetime,
) -> AccountTable:  # fmt: skip
    """All of a statement as a table in the active language; asked for and refused as `queries.account_statements` says."""
    told, rows = account_statement_whole(
        actor, side=side, account=account, currency=currency, first=first, before=before, known=known, at=at
    )
    return AccountTable(
        told, columns_of(told.currency or "EUR"), table_of(_sheet(told, known or at), map(_moved, rows))
    )


def account_statement_pdf(
    *, side: str = SENT, account: str = "", currency: str = "", first: date | None = None, before: date | None = None,
    known: datetime | None = None, actor: Actor, at: datetime,
) -> tuple[AccountStatement, bytes]:  # fmt: skip
    """The same as a PDF in the brand of whoever claims and the language of whoever owes.

    Raises NotFound where nothing ever moved, CannotShowAccountStatement where it is too long.
    """
    told, rows = account_statement_whole(
        actor, side=side, account=account, currency=currency, first=first, before=before, known=known, at=at
    )
    if not told.currencies:
        raise NotFound
    lines = list(islice(rows, MOST_LINES + 1))
    if len(lines) > MOST_LINES:
        raise CannotShowAccountStatement("too-long", field="before")
    with past_scope(
        "the letterhead is that of whoever claims, the language that of whoever owes; the caller is one of both"
    ):
        # unscoped: as above
        issuer = Account.unscoped.select_related("parent__parent").get(ref=told.issuer.ref)
        # unscoped: as above
        language = Account.unscoped.values_list("language", flat=True).get(ref=told.debtor.ref)
        language = language if language in LANGUAGES else "en"
        head = letterhead_of(issuer, language=language)
    sheet = _sheet(told, known or at, language=language)
    return told, render_account_statement(sheet, [_moved(each) for each in lines], letterhead=head)


def _sheet(told: AccountStatement, known: datetime, *, language: str = "en") -> AccountSheet:
    return AccountSheet(
        told.issuer.name, told.debtor.name, told.first, told.before - timedelta(days=1), told.currency, told.sums,
        language, known.astimezone(ZoneInfo(told.issuer.timezone)),
    )  # fmt: skip


def _moved(row: StatementRow) -> Moved:
    return Moved(row.day, row.kind, row.number, row.amount, row.charged, row.paid, row.balance)
