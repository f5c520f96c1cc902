"""Who sends invoices, and the billing addresses of those who get them."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import get_language
from ninja import Query

from sublet.billing.operations.issuers import (
    CannotChangeIssuer,
    CannotChangeRecipient,
    change_recipient,
)
from sublet.billing.operations.issuers import (
    change_issuer as change,
)
from sublet.billing.queries import issuers as queries
from sublet.billing.queries.papers import sample_pdf
from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.portals.api.declare import ApiRequest, Needs, Routes
from sublet.portals.api.schemas import issuers as shapes

routes = Routes("Invoicing", "Who sends invoices, and the billing addresses of those who get them.")
SENDERS = (VENDOR, RESELLER)
GETTERS = (VENDOR, RESELLER, CLIENT, DIRECT)
PDF = "application/pdf"


@routes.get("/issuer", needs=Needs("billing:view"), kinds=SENDERS, answer=shapes.IssuerOut)
def get_issuer(request: ApiRequest) -> shapes.IssuerOut:
    """Show who sends the invoices.

    The newest version. While nobody has said anything, what is likely, with version 0.
    """
    view = queries.issuer_view(request.actor)
    return _issuer(view)


@routes.patch(
    "/issuer", needs=Needs("billing:manage"), kinds=SENDERS, answer=shapes.IssuerOut, refusals=[CannotChangeIssuer]
)
def change_issuer(request: ApiRequest, body: shapes.IssuerIn) -> shapes.IssuerOut:
    """Say who sends the invoices.

    Another version is in force from then on. Documents that are issued already keep theirs.
    """
    change(changes=body.changes(), version=body.version, actor=request.actor, at=request.at)
    return _issuer(queries.issuer_view(request.actor))


@routes.get("/issuer/sample", needs=Needs("billing:view"), kinds=SENDERS, answer=bytes, media=(PDF,))
def get_sample_invoice(request: ApiRequest, asked: Query[shapes.SampleAsked]) -> HttpResponseBase:
    """Download a sample of the invoices.

    A PDF in the account’s brand that says that it is a sample.
    """
    language = asked.language or (get_language() or "en").split("-")[0]
    answer = HttpResponse(sample_pdf(request.actor, language=language, on=request.at.date()), content_type=PDF)
    answer["Content-Disposition"] = f'attachment; filename="sample-{language}.pdf"'
    return answer


@routes.get(
    "/accounts/{account}/billing-address",
    needs=Needs("billing:view", below="billing:view"),
    kinds=GETTERS,
    answer=shapes.BillingAddress,
)
def get_billing_address(request: ApiRequest, account: str) -> shapes.BillingAddress:
    """Show what an account says of itself on invoices that it gets.

    With what the register said last of its VAT id.
    """
    return _address(queries.recipient_view(request.actor, account))


@routes.patch(
    "/accounts/{account}/billing-address",
    needs=Needs("billing:manage", below="billing:manage"),
    kinds=GETTERS,
    answer=shapes.BillingAddress,
    refusals=[CannotChangeRecipient],
)
def change_billing_address(request: ApiRequest, account: str, body: shapes.BillingAddressIn) -> shapes.BillingAddress:
    """Change what an account says of itself on invoices that it gets.

    The form of a VAT id is checked at once. Whether it is given to anybody is asked afterwards: see `vat_check`.
    """
    change_recipient(ref=account, changes=body.changes(), version=body.version, actor=request.actor, at=request.at)
    return _address(queries.recipient_view(request.actor, account))


def _issuer(view: queries.IssuerView) -> shapes.IssuerOut:
    row = view.issuer
    told = {name: getattr(row, name) for name in queries.ISSUER_FIELDS}
    rate = row.standard_rate
    return shapes.IssuerOut(
        **told | {"standard_rate": None if rate is None else format(rate.normalize(), "f")},
        ref=row.ref if view.is_set else None,
        version=view.version,
        made_at=row.made_at if view.is_set else None,
        made_by=row.made_by,
    )


def _address(view: queries.RecipientView) -> shapes.BillingAddress:
    check = view.check
    return shapes.BillingAddress(
        **{name: getattr(view.recipient, name) for name in queries.RECIPIENT_FIELDS},
        account=view.account.ref,
        version=view.version,
        vat_check=None
        if check is None
        else shapes.VatCheckOut(
            state=check.state,  # type: ignore[arg-type]  # one of those
            asked_at=check.asked_at,
            answered_at=check.answered_at,
            name=check.name,
            address=check.address,
            proof=check.proof,
        ),
    )
