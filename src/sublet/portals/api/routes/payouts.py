"""What the vendor collected for resellers: what is owed, what was paid out; and a reseller's statement of a month."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from ninja import Query

from sublet.billing.operations.payouts import CannotPayOut, pay_out
from sublet.billing.queries import payouts as queries
from sublet.billing.queries.currencies import CannotTellMoney
from sublet.core.rights import RESELLER, VENDOR
from sublet.portals.api.declare import ApiRequest, Made, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas import payouts as shapes
from sublet.portals.api.schemas.invoices import InvoiceParty

routes = Routes(
    "Payouts", "What was collected on behalf of resellers and paid out to them; a reseller's statement of a month."
)
SIDES = (VENDOR, RESELLER)
SEE, DO = Needs("billing:view"), Needs("billing:manage")
PDF = "application/pdf"


def _page(request: ApiRequest, cursor: str, size: int, cursors: Cursors) -> shapes.PayoutPage:
    told = queries.payouts_of(request.actor, cursor=cursor, size=size)
    return shapes.PayoutPage(
        [
            shapes.PayableTold(
                InvoiceParty(ref=each.ref, name=each.name), each.currency, each.collected, each.open, each.amount
            )
            for each in told.waiting
        ],
        [
            shapes.PayoutTold(
                row.ref, row.number, InvoiceParty(ref=row.reseller_ref, name=row.reseller), row.day, row.currency, row.minor,
                row.reference, row.by,
            )
            for row in told.rows
        ],
        cursors.sealed(told.older),
        cursors.sealed(told.newer),
    )  # fmt: skip


@routes.get("/payouts", needs=SEE, kinds=SIDES, answer=shapes.PayoutPage)
def list_payouts(request: ApiRequest, asked: Query[shapes.PayoutsAsked]) -> shapes.PayoutPage:
    """List what is owed to resellers for what was collected on their behalf, and the payouts, newest first.

    The vendor sees all of its resellers, a reseller itself.
    """
    cursors = Cursors("payouts", request.actor)
    return _page(request, cursors.place(asked), asked.limit, cursors)


@routes.post(
    "/payouts",
    needs=DO,
    kinds=(VENDOR,),
    answer=shapes.PayoutPage,
    status=201,
    refusals=[CannotPayOut],
    example={"reseller": "acc_7HqWm2Zr9KtXbd", "currency": "EUR", "amount": 14900, "reference": "Payout March"},
)
def make_payout(request: ApiRequest, body: shapes.PayoutIn) -> Made:
    """Write down that what is owed to a reseller was transferred to it.

    Its open invoices are paid by it first, and the amount is what is left. Your bank transfers the money; this does not.
    """
    made = pay_out(**body.model_dump(), actor=request.actor, at=request.at)
    return Made(_page(request, "", 50, Cursors("payouts", request.actor)), f"/payouts/{made.ref}/file")


@routes.get("/payouts/{payout}/file", needs=SEE, kinds=SIDES, answer=bytes, media=(PDF,))
def get_payout_file(request: ApiRequest, payout: str) -> HttpResponseBase:
    """Download the statement of a payout as a PDF, in the vendor's brand and the reseller's language."""
    _number, content = queries.payout_file(request.actor, payout)
    return _pdf(content, payout)


@routes.get("/statement", needs=SEE, kinds=(RESELLER,), answer=bytes, media=(PDF,), refusals=[CannotTellMoney])
def get_statement(request: ApiRequest, asked: Query[shapes.StatementAsked]) -> HttpResponseBase:
    """Download a month's statement as a PDF: retail, wholesale and margin with each client."""
    content = queries.statement_file(request.actor, month=asked.month, currency=asked.currency, at=request.at)
    return _pdf(content, f"statement-{asked.month:%Y-%m}")


def _pdf(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=PDF)
    answer["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return answer
