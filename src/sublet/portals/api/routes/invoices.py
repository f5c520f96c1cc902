"""Invoices that the account sends, and those that it gets."""

from __future__ import annotations

from ninja import Query

from sublet.billing import operations
from sublet.billing.queries import invoices as queries
from sublet.billing.queries.invoices import InvoiceRow, InvoiceShown, LineRow
from sublet.billing.queries.terms import own_terms, terms_of_account
from sublet.portals.api.declare import ApiRequest, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.invoices import (
    BillingTerms,
    BillingTermsIn,
    CreditIn,
    Invoice,
    InvoiceLine,
    InvoicePage,
    InvoiceParty,
    InvoicesAsked,
    InvoiceWithLines,
    LineUsage,
    LineUsageList,
    ReopenIn,
    WriteOff,
    WriteOffIn,
)

routes = Routes("Invoices", "What was charged for, with lines that open down to usage events; issuing and crediting.")
SEE, DO = "billing:view", "billing:manage"
SENDERS, ALL = ("vendor", "reseller"), ("vendor", "reseller", "direct")
ONE = "/invoices/{invoice}"


def _invoice(row: InvoiceRow) -> Invoice:
    return Invoice(
        ref=row.ref,
        kind=row.kind,  # type: ignore[arg-type]  # there is no other word
        number=row.number,
        state=row.state,  # type: ignore[arg-type]  # as above
        party=InvoiceParty(ref=row.party_ref, name=row.party),
        first_day=row.first_day,
        last_day=row.last_day,
        currency=row.currency,
        lines=row.list_minor,
        discount=row.discount_minor,
        net=row.net_minor,
        tax=row.tax_minor,
        gross=row.gross_minor,
        open=row.open_minor,
        written_off=row.written_off_minor,
        issued_on=row.issued_on,
        due_on=row.due_on,
    )


def _line(row: LineRow) -> InvoiceLine:
    return InvoiceLine(
        position=row.position,
        account=InvoiceParty(ref=row.client_ref, name=row.client),
        about=row.about,
        item=row.item,
        first_day=row.first_day,
        last_day=row.last_day,
        days=row.days,
        of_days=row.of_days,
        quantity=f"{row.quantity.normalize():f}",
        amount=row.minor,
        discount=row.discount_minor,
        net=row.net_minor,
    )


def _whole(shown: InvoiceShown) -> InvoiceWithLines:
    return InvoiceWithLines(
        invoice=_invoice(shown.row),
        items=[_line(line) for line in shown.lines],
        credit_notes=[note for note, _number in shown.credit_notes],
        corrects=shown.corrects[0] if shown.corrects else None,
        reason=shown.invoice.reason,
        digest=shown.invoice.digest,
        write_offs=[
            WriteOff(row.at, row.by, row.minor, row.reason, row.taken_back_at, row.taken_back_by, row.taken_back_reason)
            for row in shown.write_offs
        ],
        recovered=shown.invoice.recovered_minor if shown.mine else 0,
    )


@routes.get("/invoices", needs=SEE, kinds=ALL, answer=InvoicePage)
def list_invoices(request: ApiRequest, asked: Query[InvoicesAsked]) -> InvoicePage:
    """List invoices and credit notes, newest first: those that the account sends, or those that it gets."""
    cursors = Cursors("invoices", request.actor, asked.side, asked.state, asked.account)
    page = queries.invoices_of(
        request.actor,
        side=asked.side,
        state=asked.state,
        debtor=asked.account,
        cursor=cursors.place(asked),
        size=asked.limit,
    )
    return InvoicePage(
        items=[_invoice(row) for row in page.rows], next=cursors.sealed(page.older), previous=cursors.sealed(page.newer)
    )


@routes.get(ONE, needs=SEE, kinds=ALL, answer=InvoiceWithLines)
def get_invoice(request: ApiRequest, invoice: str) -> InvoiceWithLines:
    """Show one invoice with its lines."""
    return _whole(queries.show_invoice(invoice, request.actor))


@routes.get(ONE + "/lines/{position}/usage", needs=SEE, kinds=ALL, answer=LineUsageList)
def get_line_usage(request: ApiRequest, invoice: str, position: int) -> LineUsageList:
    """Show the usage events that a line comes from."""
    shown = queries.show_line(invoice, position, request.actor)
    return LineUsageList(
        meter=shown.meter,
        items=[
            LineUsage(at=each.at, source=each.source, id=each.event_id, quantity=each.quantity, counts=each.counts)
            for each in shown.events
        ],
        more=shown.more,
    )


@routes.post(ONE + "/issue", needs=DO, kinds=SENDERS, answer=InvoiceWithLines, refusals=[operations.CannotIssueInvoice])
def issue_invoice(request: ApiRequest, invoice: str) -> InvoiceWithLines:
    """Give a draft its number and freeze it."""
    operations.issue_invoice(ref=invoice, actor=request.actor, at=request.at)
    return _whole(queries.show_invoice(invoice, request.actor))


@routes.post(ONE + "/mail", needs=DO, kinds=SENDERS, answer=InvoiceWithLines, refusals=[operations.CannotMailInvoice])
def mail_invoice(request: ApiRequest, invoice: str) -> InvoiceWithLines:
    """Mail an issued document to its billing address, once more or for the first time; at most every ten minutes."""
    operations.mail_invoice(ref=invoice, actor=request.actor, at=request.at)
    return _whole(queries.show_invoice(invoice, request.actor))


@routes.post(
    ONE + "/credit",
    needs=DO,
    kinds=SENDERS,
    answer=InvoiceWithLines,
    refusals=[operations.CannotCreditInvoice],
    example={"reason": "Goodwill", "net": 500},
)
def credit_invoice(request: ApiRequest, invoice: str, body: CreditIn) -> InvoiceWithLines:
    """Issue a credit note for an invoice; the answer is the credit note. The last one takes exactly what is left."""
    note = operations.credit_invoice(ref=invoice, reason=body.reason, net=body.net, actor=request.actor, at=request.at)
    return _whole(queries.show_invoice(note.ref, request.actor))


@routes.post(
    ONE + "/write-off",
    needs=DO,
    kinds=SENDERS,
    answer=InvoiceWithLines,
    refusals=[operations.CannotWriteOff],
    example={"reason": "The company is bankrupt"},
)
def write_off_invoice(request: ApiRequest, invoice: str, body: WriteOffIn) -> InvoiceWithLines:
    """Give up all that is open of an issued invoice. Of one that is written off already nothing happens.

    It is booked as a loss, with its tax, once; what was paid ahead is used before. Nobody is reminded, no card is charged, and links to
    pay it are closed. Money that comes later is booked on it all the same and makes the loss smaller; a credit note takes its place.
    """
    operations.write_off(ref=invoice, reason=body.reason, resumes=body.resumes, actor=request.actor, at=request.at)
    return _whole(queries.show_invoice(invoice, request.actor))


@routes.post(
    ONE + "/reopen",
    needs=DO,
    kinds=SENDERS,
    answer=InvoiceWithLines,
    refusals=[operations.CannotReopenInvoice],
    example={"reason": "It pays after all"},
)
def reopen_invoice(request: ApiRequest, invoice: str, body: ReopenIn) -> InvoiceWithLines:
    """Take a write-off back: what is lost of it is owed again, and dunning begins anew. What was recovered stays paid."""
    operations.reopen_invoice(ref=invoice, reason=body.reason, actor=request.actor, at=request.at)
    return _whole(queries.show_invoice(invoice, request.actor))


@routes.delete(ONE, needs=DO, kinds=SENDERS, answer=None, refusals=[operations.CannotDiscardDraft])
def discard_draft(request: ApiRequest, invoice: str) -> None:
    """Throw a draft away; its charges come on the next invoice."""
    operations.discard_draft(ref=invoice, actor=request.actor, at=request.at)


def _terms(request: ApiRequest, account: str) -> BillingTerms:
    if account == request.actor.account_ref:
        held, own = own_terms(request.actor, at=request.at), True
    else:
        told = terms_of_account(request.actor, account, at=request.at)
        held, own = told.terms, told.own
    return BillingTerms(
        held.interval,  # type: ignore[arg-type]  # there is no other word
        held.basis,  # type: ignore[arg-type]  # as above
        held.collected_by,  # type: ignore[arg-type]  # as above
        held.automatic,
        own,
        held.since if held.pk is not None else None,
    )


TERMS = "/accounts/{account}/billing-terms"


@routes.get(TERMS, needs=Needs("billing:view", below="billing:view"), kinds=SENDERS, answer=BillingTerms)
def get_billing_terms(request: ApiRequest, account: str) -> BillingTerms:
    """Show how an account below is billed; of your own account, how all are of whom nothing else is said."""
    return _terms(request, account)


@routes.put(
    TERMS,
    needs=Needs("billing:manage", below="billing:manage"),
    kinds=SENDERS,
    answer=BillingTerms,
    refusals=[operations.CannotSetBillingTerms],
)
def set_billing_terms(request: ApiRequest, account: str, body: BillingTermsIn) -> BillingTerms:
    """Say how an account below is billed, or, of your own account, all of whom nothing else is said."""
    ref = "" if account == request.actor.account_ref else account
    operations.set_billing_terms(ref=ref, **body.model_dump(), actor=request.actor, at=request.at)
    return _terms(request, account)
