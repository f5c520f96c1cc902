"""The statement of account: what was charged and paid between two accounts, with the balance after each."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Query

from sublet.billing.operations.account_statements import account_statement_pdf, account_statement_table
from sublet.billing.queries.account_statements import CannotShowAccountStatement, StatementRow, account_statement
from sublet.billing.queries.currencies import CannotTellMoney
from sublet.core.rights import DIRECT, RESELLER, VENDOR
from sublet.foundation.sheets.writing import stream_xlsx, write_csv
from sublet.portals.api.declare import ApiRequest, Needs, Routes
from sublet.portals.api.routes.shared import CSV, XLSX, Cursors, file_of
from sublet.portals.api.schemas import account_statements as shapes
from sublet.portals.api.schemas.invoices import InvoiceParty

routes = Routes("Account statements", "What was charged and paid between two accounts, and how the balance came about.")
SEE = Needs("billing:view")
ALL = (VENDOR, RESELLER, DIRECT)
PDF = "application/pdf"


def _row(row: StatementRow) -> shapes.AccountStatementRow:
    return shapes.AccountStatementRow(
        day=row.day, kind=row.kind, number=row.number, invoice=row.invoice or None, charged=row.charged,  # type: ignore[arg-type]  # there is no other kind
        paid=row.paid, balance=row.balance, amount=row.amount,
    )  # fmt: skip


@routes.get(
    "/account-statement",
    needs=SEE,
    kinds=ALL,
    answer=shapes.AccountStatementTold,
    refusals=[CannotShowAccountStatement, CannotTellMoney],
)
def get_account_statement(
    request: ApiRequest, asked: Query[shapes.AccountStatementAsked]
) -> shapes.AccountStatementTold:
    """Show what was charged and paid between the account and another, oldest first, with the balance after each.

    Of the days from `first` on and before `before` where the issuer is: without them of the running year. The opening balance and
    what moved come to the closing one, which is the opening one of the next period.
    """
    cursors = Cursors(
        "account-statement",
        request.actor,
        asked.side,
        asked.account,
        asked.currency,
        asked.first,
        asked.before,
        asked.known,
    )
    told = account_statement(
        request.actor, **_question(asked), cursor=cursors.place(asked), size=asked.limit, at=request.at
    )
    return shapes.AccountStatementTold(
        issuer=InvoiceParty(ref=told.issuer.ref, name=told.issuer.name),
        debtor=InvoiceParty(ref=told.debtor.ref, name=told.debtor.name),
        currency=told.currency, currencies=list(told.currencies), first=told.first, before=told.before,
        opening=told.sums.opening, charged=told.sums.charged, paid=told.sums.paid, closing=told.sums.closing,
        open=told.now.open, prepaid=told.now.prepaid, collected=told.now.collected, items=[_row(row) for row in told.rows],
        next=cursors.sealed(told.later), previous=cursors.sealed(told.earlier),
    )  # fmt: skip


@routes.get(
    "/account-statement/file",
    needs=SEE,
    kinds=ALL,
    answer=bytes,
    media=("text/csv", XLSX, PDF),
    refusals=[CannotShowAccountStatement, CannotTellMoney],
)
def get_account_statement_file(request: ApiRequest, asked: Query[shapes.AccountStatementFileAsked]) -> HttpResponseBase:
    """Download all of a statement: as a table, or as a PDF in the issuer's brand and the debtor's language."""
    question = _question(asked)
    if asked.form == "pdf":
        told, content = account_statement_pdf(**question, actor=request.actor, at=request.at)
        answer = HttpResponse(content, content_type=PDF)
        answer["Content-Disposition"] = f'attachment; filename="{_name(told.first, told.before)}.pdf"'
        return answer
    table = account_statement_table(**question, actor=request.actor, at=request.at)
    name = f"{_name(table.statement.first, table.statement.before)}.{asked.form}"
    if asked.form == "csv":
        return file_of(request, write_csv(table.rows, table.columns), name, CSV)
    pieces = stream_xlsx(table.rows, table.columns, title=_("Account statement"), at=request.at.replace(tzinfo=None))
    return file_of(request, pieces, name, XLSX)


def _question(asked: shapes.AccountStatementAsked | shapes.AccountStatementFileAsked) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in ("side", "account", "currency", "first", "before", "known")}


def _name(first: object, before: object) -> str:
    return f"account-statement-{first}-{before}"
