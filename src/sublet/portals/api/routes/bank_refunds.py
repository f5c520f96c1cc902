"""Money that went back to payers by transfers."""

from __future__ import annotations

from ninja import Query

from sublet.billing import operations
from sublet.billing.queries import bank_refunds as queries
from sublet.core.rights import RESELLER, VENDOR
from sublet.portals.api.declare import ApiRequest, Made, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas import bank_refunds as shapes

routes = Routes("Bank refunds", "Transfers with which money went back that had come by the bank.")
OWNERS = (VENDOR, RESELLER)
SEE, DO = Needs("billing:view"), Needs("billing:manage")
ALL = "/bank-refunds"
ONE = ALL + "/{bank_refund}"


def _told(row: queries.RefundFacts) -> shapes.BankRefund:
    return shapes.BankRefund(
        row.ref, row.account, row.party, row.invoice, row.number, row.day, row.minor, row.ahead_minor, row.currency,
        row.reference, row.reason, row.line, row.at, row.by, row.taken_back_at,
    )  # fmt: skip


@routes.get(ALL, needs=SEE, kinds=OWNERS, answer=shapes.BankRefundPage)
def list_bank_refunds(request: ApiRequest, asked: Query[shapes.BankRefundsAsked]) -> shapes.BankRefundPage:
    """List what was given back by transfers, newest first; also what was taken back."""
    cursors = Cursors("bank-refunds", request.actor)
    rows, newer, older = queries.bank_refunds(request.actor, cursor=cursors.place(asked), size=asked.limit)
    return shapes.BankRefundPage([_told(row) for row in rows], cursors.sealed(older), cursors.sealed(newer))


@routes.get(ONE, needs=SEE, kinds=OWNERS, answer=shapes.BankRefund)
def get_bank_refund(request: ApiRequest, bank_refund: str) -> shapes.BankRefund:
    """Show one of them."""
    return _told(queries.bank_refund_shown(bank_refund, request.actor))


@routes.post(
    ALL, needs=DO, kinds=OWNERS, answer=shapes.BankRefund, status=201, refusals=[operations.CannotBookBankRefund]
)
def book_bank_refund(request: ApiRequest, body: shapes.BankRefundIn) -> Made:
    """Book a transfer that gave money back: of an invoice, or of what an account has paid ahead.

    With a movement that went out amount, currency and day are the bank's; one that was booked by hand before is joined with it.
    """
    made = operations.book_bank_refund(
        account=body.account, invoice=body.invoice, line=body.movement, amount=body.amount, currency=body.currency, day=body.day,
        reference=body.reference, reason=body.reason, credit=body.credit, actor=request.actor, at=request.at,
    )  # fmt: skip
    return Made(_told(queries.bank_refund_shown(made, request.actor)), ALL)


@routes.post(
    ONE + "/take-back", needs=DO, kinds=OWNERS, answer=shapes.BankRefund,
    refusals=[operations.CannotTakeBankRefundBack],
)  # fmt: skip
def take_bank_refund_back(request: ApiRequest, bank_refund: str) -> shapes.BankRefund:
    """Take back that money went back: as much of the invoice as is open is paid again, the rest is paid ahead."""
    operations.take_bank_refund_back(ref=bank_refund, actor=request.actor, at=request.at)
    return _told(queries.bank_refund_shown(bank_refund, request.actor))
