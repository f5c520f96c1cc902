"""What the host product tells of changes made in it, in the name of whoever is signed on."""

from __future__ import annotations

from sublet.core.rights import CLIENT, DIRECT, RESELLER
from sublet.portals.api.declare import SIGN_ON, ApiRequest, Needs, Routes
from sublet.portals.api.schemas.product_changes import ProductChange, ProductChangeIn
from sublet.signon import operations

routes = Routes(
    "Product changes",
    "What somebody changed in the product: told by the product, in the name of whoever is signed on there.",
)


@routes.post(
    "/accounts/{account}/product-changes",
    needs=Needs(""),
    kinds=(RESELLER, CLIENT, DIRECT),
    answer=ProductChange,
    status=201,
    refusals=[operations.CannotReportChange],
    caller=SIGN_ON,
    named=True,
)
def report_product_change(request: ApiRequest, account: str, body: ProductChangeIn) -> ProductChange:
    """Tell what somebody has just changed in the product.

    No API key can do this. Send what your product was given at the sign-on: the access token of OpenID Connect, or the
    identity header of forward authentication. It speaks for that person, in that account (and visit), and for nobody else.
    The account's history, the diary of the visit, exports and webhooks (`product.changed`) tell it in your words.
    """
    entry = operations.report_product_change(
        **body.model_dump(), application=request.application, actor=request.actor, at=request.at
    )
    return ProductChange(entry=str(entry.id), at=entry.at, section=body.section, text=body.text, place=body.place)
