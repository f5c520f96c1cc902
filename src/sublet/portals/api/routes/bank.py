"""Bank statements: brought in as a file, matched with invoices, taken back."""

from __future__ import annotations

from ninja import File, Query, UploadedFile

from sublet.billing import operations
from sublet.billing.queries import bank as queries
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.sheets.refusals import CannotReadSheet
from sublet.portals.api.declare import MEBIBYTE, MULTIPART, ApiRequest, Made, Needs, Routes
from sublet.portals.api.problems import Invalid
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas import bank as shapes

routes = Routes("Bank", "Statements of your bank account, and what the movements in them have paid.")
OWNERS = (VENDOR, RESELLER)
SEE, DO = Needs("billing:view"), Needs("billing:manage")
ONE = "/bank-movements/{movement}"


def _statement(facts: queries.StatementFacts) -> shapes.BankStatement:
    return shapes.BankStatement(
        facts.ref, facts.file_name, facts.format, facts.first_day, facts.last_day, facts.lines, facts.known, facts.waiting,
        [shapes.BankFault(*fault) for fault in facts.faults], facts.imported_at, facts.imported_by,
    )  # fmt: skip


def _movement(told: tuple[str, queries.LineFacts]) -> shapes.BankMovement:
    state, facts = told
    return shapes.BankMovement(
        facts.ref, state, facts.booked_on, facts.minor, facts.currency, facts.party, facts.party_iban, facts.text,  # type: ignore[arg-type]  # there is no other word
        facts.why, [shapes.BankMatch(each.invoice, each.number, each.party, each.minor) for each in facts.paid], facts.surplus,
    )  # fmt: skip


def _shown(request: ApiRequest, movement: str) -> shapes.BankMovement:
    return _movement(queries.movement_shown(movement, request.actor))


@routes.get("/bank-statements", needs=SEE, kinds=OWNERS, answer=shapes.BankStatementPage)
def list_bank_statements(request: ApiRequest, asked: Query[shapes.BankStatementsAsked]) -> shapes.BankStatementPage:
    """List the files that were brought in, newest first."""
    cursors = Cursors("bank-statements", request.actor)
    rows, newer, older = queries.statements_of(request.actor, cursor=cursors.place(asked), size=asked.limit)
    return shapes.BankStatementPage([_statement(row) for row in rows], cursors.sealed(older), cursors.sealed(newer))


@routes.post(
    "/bank-statements", needs=DO, kinds=OWNERS, answer=shapes.BankStatement, status=201, body=MULTIPART,
    most_bytes=11 * MEBIBYTE, refusals=[operations.CannotImportStatement, CannotReadSheet],
)  # fmt: skip
def bring_bank_statement_in(request: ApiRequest, file: File[UploadedFile]) -> Made:
    """Bring a statement in: CAMT.053, or a list as CSV, XLSX or ODS.

    What names an invoice's reference and amount is booked at once; the rest waits. The same file, and the same movement in
    another file, does nothing.
    """
    data = file.read()
    if not data:
        raise Invalid("file", "empty-file")
    made = operations.import_statement(file_name=file.name or "", data=data, actor=request.actor, at=request.at)
    return Made(_statement(queries.bank_statement(made.ref, request.actor)), "/bank-statements")


@routes.get("/bank-movements", needs=SEE, kinds=OWNERS, answer=shapes.BankMovementPage)
def list_bank_movements(request: ApiRequest, asked: Query[shapes.BankMovementsAsked]) -> shapes.BankMovementPage:
    """List movements, newest first; of open ones with the invoices that they probably paid."""
    cursors = Cursors("bank-movements", request.actor, asked.state)
    rows, newer, older = queries.movements_of(
        request.actor, state=asked.state, cursor=cursors.place(asked), size=asked.limit
    )
    return shapes.BankMovementPage([_movement(row) for row in rows], cursors.sealed(older), cursors.sealed(newer))


@routes.get(ONE, needs=SEE, kinds=OWNERS, answer=shapes.BankMovement)
def get_bank_movement(request: ApiRequest, movement: str) -> shapes.BankMovement:
    """Show one movement."""
    return _shown(request, movement)


@routes.post(ONE + "/book", needs=DO, kinds=OWNERS, answer=shapes.BankMovement, refusals=[operations.CannotBookMatch])
def book_bank_movement(request: ApiRequest, movement: str, body: shapes.BankMatchIn) -> shapes.BankMovement:
    """Say which invoices an open movement has paid."""
    operations.book_match(ref=movement, invoices=body.invoices, actor=request.actor, at=request.at)
    return _shown(request, movement)


@routes.post(
    ONE + "/take-back", needs=DO, kinds=OWNERS, answer=shapes.BankMovement, refusals=[operations.CannotTakeBack]
)
def take_bank_movement_back(request: ApiRequest, movement: str) -> shapes.BankMovement:
    """Take back that a movement has paid something: it is open again, and so are its invoices."""
    operations.take_back(ref=movement, actor=request.actor, at=request.at)
    return _shown(request, movement)


@routes.post(ONE + "/aside", needs=DO, kinds=OWNERS, answer=shapes.BankMovement, refusals=[operations.CannotBookMatch])
def put_bank_movement_aside(request: ApiRequest, movement: str, body: shapes.BankAsideIn) -> shapes.BankMovement:
    """Say that a movement is for no invoice, or that it may be after all."""
    operations.set_line_aside(ref=movement, aside=body.aside, actor=request.actor, at=request.at)
    return _shown(request, movement)
