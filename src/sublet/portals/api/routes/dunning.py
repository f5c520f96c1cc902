"""Unpaid invoices: what is owed, what follows, and the steps about one of them."""

from __future__ import annotations

from ninja import Query

from sublet.billing.operations import dunning as operations
from sublet.billing.queries import dunning as queries
from sublet.foundation.errors import NotFound
from sublet.portals.api.declare import ApiRequest, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas import dunning as shapes
from sublet.portals.api.schemas.invoices import InvoiceParty

routes = Routes("Unpaid invoices", "What is owed, and what follows when it is not paid.")
SEE, DO = "billing:view", "billing:manage"
ISSUERS = ("vendor", "reseller")
ONE = "/invoices/{invoice}/dunning"


def _policy(request: ApiRequest) -> shapes.DunningPolicy:
    held = queries.own_policy(request.actor, at=request.at)
    return shapes.DunningPolicy(
        list(held.retries), list(held.reminders), held.grace, held.last_call, held.ending  # type: ignore[arg-type]  # there is no other word
    )  # fmt: skip


def _shown(request: ApiRequest, invoice: str) -> shapes.InvoiceDunning:
    view = queries.dunning_of(invoice, request.actor, at=request.at)
    if view is None:
        raise NotFound
    return shapes.InvoiceDunning(
        invoice=invoice,
        state=view.state,  # type: ignore[arg-type]  # as above
        next=view.next_kind,  # type: ignore[arg-type]  # as above
        next_at=view.next_at,
        paused=view.holds,
        counted_from=view.counted_from,
        steps=[
            shapes.DunningStep(step.kind, step.key, step.outcome, step.payment, step.at)  # type: ignore[arg-type]  # as above
            for step in view.steps
        ],
    )


@routes.get("/dunning-policy", needs=SEE, kinds=ISSUERS, answer=shapes.DunningPolicy)
def get_dunning_policy(request: ApiRequest) -> shapes.DunningPolicy:
    """Show what follows when an invoice is not paid."""
    return _policy(request)


@routes.patch(
    "/dunning-policy", needs=DO, kinds=ISSUERS, answer=shapes.DunningPolicy,
    refusals=[operations.CannotSetDunningPolicy],
)  # fmt: skip
def change_dunning_policy(request: ApiRequest, body: shapes.DunningPolicyIn) -> shapes.DunningPolicy:
    """Decide what follows when an invoice is not paid, for those that become overdue from now on."""
    operations.set_dunning_policy(**body.said(), actor=request.actor, at=request.at)
    return _policy(request)


@routes.get("/receivables", needs=SEE, kinds=ISSUERS, answer=shapes.ReceivablePage)
def list_receivables(request: ApiRequest, asked: Query[shapes.ReceivablesAsked]) -> shapes.ReceivablePage:
    """List the invoices of which something is owed, newest first, with what comes next."""
    cursors = Cursors("receivables", request.actor, asked.state)
    rows, newer, older = queries.receivables(
        request.actor, state=asked.state, cursor=cursors.place(asked), size=asked.limit, at=request.at
    )
    items = [
        shapes.Receivable(
            invoice=row.ref,
            number=row.number,
            party=InvoiceParty(ref=row.debtor_ref, name=row.debtor),
            currency=row.currency,
            open=row.open_minor,
            written_off=row.written_off_minor,
            due_on=row.due_on,
            days=row.days,
            state=row.dunning.state if row.dunning else "",  # type: ignore[arg-type]  # as above
            next=row.dunning.next_kind if row.dunning else "",  # type: ignore[arg-type]  # as above
            next_at=row.dunning.next_at if row.dunning else None,
        )
        for row in rows
    ]
    return shapes.ReceivablePage(items, cursors.sealed(older), cursors.sealed(newer))


@routes.get(ONE, needs=SEE, kinds=ISSUERS, answer=shapes.InvoiceDunning)
def get_invoice_dunning(request: ApiRequest, invoice: str) -> shapes.InvoiceDunning:
    """Show where an overdue invoice stands. Not found while it is not overdue."""
    return _shown(request, invoice)


@routes.post(ONE + "/remind", needs=DO, kinds=ISSUERS, answer=shapes.InvoiceDunning, refusals=[operations.CannotDun])
def remind_of_invoice(request: ApiRequest, invoice: str) -> shapes.InvoiceDunning:
    """Write to whoever owes now, beside the schedule; once a day."""
    operations.remind_now(invoice=invoice, actor=request.actor, at=request.at)
    return _shown(request, invoice)


@routes.post(ONE + "/stop", needs=DO, kinds=ISSUERS, answer=shapes.InvoiceDunning, refusals=[operations.CannotDun])
def stop_dunning_invoice(request: ApiRequest, invoice: str) -> shapes.InvoiceDunning:
    """Let nothing more follow; what rests because of the invoice goes on. It stays owed."""
    operations.stop_dunning(invoice=invoice, actor=request.actor, at=request.at)
    return _shown(request, invoice)


@routes.post(ONE + "/go-on", needs=DO, kinds=ISSUERS, answer=shapes.InvoiceDunning, refusals=[operations.CannotDun])
def go_on_dunning_invoice(request: ApiRequest, invoice: str) -> shapes.InvoiceDunning:
    """Go on with what was stopped, as many days later as it stood still."""
    operations.continue_dunning(invoice=invoice, actor=request.actor, at=request.at)
    return _shown(request, invoice)
