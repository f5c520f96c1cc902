"""Payments, ways of paying, and the connection to the payment processor."""

from __future__ import annotations

from ninja import Query

from sublet.billing.operations import charges, collecting, gateways, links, methods, refunds
from sublet.billing.operations.dunning import CannotDun, way_to_pay
from sublet.billing.queries import payments as queries
from sublet.core.rights import DIRECT, RESELLER, VENDOR
from sublet.foundation.errors import NotFound
from sublet.portals.api.declare import ApiRequest, Made, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas import payments as shapes

routes = Routes("Payments", "What is collected through the account’s own connection to Stripe.")
COLLECTORS, PAYERS = (VENDOR, RESELLER), (RESELLER, DIRECT)
SEE, DO = Needs("billing:view"), Needs("billing:manage")


def _method(row: queries.MethodRow) -> shapes.Method:
    return shapes.Method(row.ref, row.kind, row.brand, row.ends, row.until, row.is_default, row.added_at)  # type: ignore[arg-type]  # there is no other word


def _payment(row: queries.PaymentRow) -> shapes.Payment:
    return shapes.Payment(
        row.ref, row.payer_ref, row.payer, row.invoice, row.number, row.amount, row.currency, row.state,  # type: ignore[arg-type]  # as above
        row.code, row.refunded, row.attempt, row.collected_by,  # type: ignore[arg-type]  # as above
        _method(row.method) if row.method is not None else None, row.made_at, row.settled_at,
    )  # fmt: skip


def _details(request: ApiRequest, ref: str) -> shapes.PaymentDetails:
    shown = queries.payment_shown(request.actor, ref)
    return shapes.PaymentDetails(
        _payment(shown.row),
        [
            shapes.Refund(each.ref, each.amount, each.state, each.code, each.reason, each.made_at)  # type: ignore[arg-type]  # as above
            for each in shown.refunds
        ],
        [
            shapes.Dispute(
                each.ref,
                each.amount,
                each.state,  # type: ignore[arg-type]  # as above
                each.reason,
                each.answer_by,
                each.opened_at,
                each.fee,
                each.fee_currency,
            )
            for each in shown.disputes
        ],
    )


def _gateway(request: ApiRequest) -> shapes.Gateway:
    row = queries.gateway_of(request.actor)
    if row is None:
        raise NotFound
    return shapes.Gateway(
        row.ref, row.title, row.live, row.key_ends, row.has_hook_secret, row.hook_url, row.state, row.why, row.checked_at,  # type: ignore[arg-type]  # as above
        row.heard_at, row.version,
    )  # fmt: skip


@routes.get("/payments", needs=SEE, kinds=COLLECTORS, answer=shapes.PaymentPage)
def list_payments(request: ApiRequest, asked: Query[shapes.PaymentsAsked]) -> shapes.PaymentPage:
    """List the payments to the account, newest first."""
    cursors = Cursors("payments", request.actor, asked.state, asked.account)
    rows, newer, older = queries.payments_of(
        request.actor, state=asked.state, payer=asked.account, cursor=cursors.place(asked), size=asked.limit
    )
    return shapes.PaymentPage([_payment(row) for row in rows], cursors.sealed(older), cursors.sealed(newer))


@routes.get("/payments-made", needs=SEE, kinds=PAYERS, answer=shapes.PaymentPage)
def list_payments_made(request: ApiRequest, asked: Query[shapes.PaymentsMadeAsked]) -> shapes.PaymentPage:
    """List the payments of the account itself, newest first."""
    cursors = Cursors("payments-made", request.actor)
    rows, newer, older = queries.own_payments(request.actor, cursor=cursors.place(asked), size=asked.limit)
    return shapes.PaymentPage([_payment(row) for row in rows], cursors.sealed(older), cursors.sealed(newer))


@routes.get("/payment-methods", needs=SEE, kinds=PAYERS, answer=shapes.MethodList)
def list_payment_methods(request: ApiRequest) -> shapes.MethodList:
    """List by what the account itself pays."""
    return shapes.MethodList([_method(row) for row in queries.own_methods(request.actor)])


@routes.post(
    "/invoices/{invoice}/way-to-pay",
    needs=DO,
    kinds=PAYERS,
    answer=shapes.WayToPay,
    refusals=[CannotDun],
    shown_once=True,
)
def make_way_to_pay(request: ApiRequest, invoice: str) -> shapes.WayToPay:
    """Get the address where an invoice is paid that the account owes; one that is out already leads nowhere any more."""
    url = way_to_pay(invoice=invoice, actor=request.actor, at=request.at)
    if not url:
        raise CannotDun("by-bank")
    return shapes.WayToPay(url)


@routes.get("/payments/{payment}", needs=SEE, kinds=COLLECTORS, answer=shapes.PaymentDetails)
def get_payment(request: ApiRequest, payment: str) -> shapes.PaymentDetails:
    """Show a payment with what went back."""
    return _details(request, payment)


@routes.post(
    "/invoices/{invoice}/payment", needs=DO, kinds=COLLECTORS, answer=shapes.PaymentDetails, status=202,
    refusals=[collecting.CannotCollectInvoice, charges.CannotStartPayment],
)  # fmt: skip
def collect_an_invoice(request: ApiRequest, invoice: str) -> Made:
    """Collect what is open of an invoice by its payer's stored way of paying.

    What was paid ahead is used first; when that is enough there is no payment, and the answer is a refusal that nothing is open.
    """
    ref = collecting.collect_invoice(invoice=invoice, actor=request.actor, at=request.at)
    if not ref:
        raise collecting.CannotCollectInvoice("not-open")
    return Made(_details(request, ref), f"/payments/{ref}")


@routes.post(
    "/payments/{payment}/refunds", needs=DO, kinds=COLLECTORS, answer=shapes.PaymentDetails, status=202,
    refusals=[refunds.CannotRefundPayment],
)  # fmt: skip
def refund_a_payment(request: ApiRequest, payment: str, body: shapes.RefundIn) -> shapes.PaymentDetails:
    """Give money back: all of a payment, or a part of it."""
    refunds.refund_payment(
        payment=payment, amount=body.amount, reason=body.reason, credit=body.credit, actor=request.actor, at=request.at
    )
    return _details(request, payment)


@routes.post(
    "/payments/{payment}/refunds/{refund}/look-again", needs=DO, kinds=COLLECTORS, answer=shapes.PaymentDetails, status=202,
    refusals=[refunds.CannotLookAtRefundAgain],
)  # fmt: skip
def look_at_refund_again(request: ApiRequest, payment: str, refund: str) -> shapes.PaymentDetails:
    """Have the processor asked after a refund of which nothing is known."""
    refunds.look_at_refund_again(payment=payment, refund=refund, actor=request.actor, at=request.at)
    return _details(request, payment)


@routes.post(
    "/payments/{payment}/look-again", needs=DO, kinds=COLLECTORS, answer=shapes.PaymentDetails, status=202,
    refusals=[charges.CannotLookAgain],
)  # fmt: skip
def look_at_payment_again(request: ApiRequest, payment: str) -> shapes.PaymentDetails:
    """Have the processor asked after a payment of which nothing is known."""
    charges.look_again(payment=payment, actor=request.actor, at=request.at)
    return _details(request, payment)


@routes.post(
    "/payments/{payment}/end", needs=DO, kinds=COLLECTORS, answer=shapes.PaymentDetails, status=202,
    refusals=[charges.CannotLookAgain],
)  # fmt: skip
def end_a_payment(request: ApiRequest, payment: str) -> shapes.PaymentDetails:
    """Let a payment that is on its way end: once that is certain, its invoice can be collected anew."""
    charges.give_up(payment=payment, actor=request.actor, at=request.at)
    return _details(request, payment)


@routes.get("/payers", needs=SEE, kinds=COLLECTORS, answer=shapes.PayerPage)
def list_payers(request: ApiRequest, asked: Query[shapes.PayersAsked]) -> shapes.PayerPage:
    """List the accounts below with how they pay, newest first."""
    cursors = Cursors("payers", request.actor)
    rows, newer, older = queries.payers_of_account(
        request.actor, cursor=cursors.place(asked), size=asked.limit, at=request.at
    )
    items = [
        shapes.Payer(
            row.ref, row.name, list(row.pays), row.can_pay, [_method(each) for each in row.methods],  # type: ignore[arg-type]  # as above
            row.link.expires_at if row.link else None,
        )
        for row in rows
    ]  # fmt: skip
    return shapes.PayerPage(items, cursors.sealed(older), cursors.sealed(newer))


@routes.post(
    "/payers/{payer}/link", needs=DO, kinds=COLLECTORS, answer=shapes.NewPaymentLink, status=201,
    refusals=[links.CannotSendPaymentLink], shown_once=True,
)  # fmt: skip
def make_payment_link(request: ApiRequest, payer: str, body: shapes.PaymentLinkIn) -> Made:
    """Let an account below enter its way of paying by itself.

    The link works once, for seven days; one that is out already leads nowhere any more.
    """
    made = links.make_link(payer=payer, send_to=body.send_to, actor=request.actor, at=request.at)
    return Made(shapes.NewPaymentLink(made.ref, made.url, made.expires_at), f"/payment-links/{made.ref}")


@routes.delete("/payment-links/{link}", needs=DO, kinds=COLLECTORS, answer=None)
def revoke_payment_link(request: ApiRequest, link: str) -> None:
    """Let a link lead nowhere."""
    links.revoke_link(link=link, actor=request.actor, at=request.at)


@routes.delete(
    "/payment-methods/{method}", needs=DO, kinds=COLLECTORS, answer=None, refusals=[methods.CannotRemovePaymentMethod]
)
def remove_payment_method(request: ApiRequest, method: str) -> None:
    """Charge a way of paying no more, and have the processor forget it."""
    methods.remove_method(ref=method, actor=request.actor, at=request.at)


@routes.get("/payment-gateway", needs=SEE, kinds=COLLECTORS, answer=shapes.Gateway)
def get_payment_gateway(request: ApiRequest) -> shapes.Gateway:
    """Show the account's own connection to Stripe. Never its key."""
    return _gateway(request)


@routes.put(
    "/payment-gateway", needs=DO, kinds=COLLECTORS, answer=shapes.Gateway, refusals=[gateways.CannotConnectGateway]
)
def connect_payment_gateway(request: ApiRequest, body: shapes.GatewayIn) -> shapes.Gateway:
    """Collect by this account at Stripe; a job tries the key at once."""
    gateways.connect_gateway(key=body.key, hook_secret=body.hook_secret, actor=request.actor, at=request.at)
    return _gateway(request)


@routes.delete("/payment-gateway", needs=DO, kinds=COLLECTORS, answer=None)
def disconnect_payment_gateway(request: ApiRequest) -> None:
    """Collect nothing by it any more. What was paid can still be given back."""
    gateways.disconnect_gateway(actor=request.actor, at=request.at)
