"""Whether anything names the vendor: on the reseller's own pages, and on those of one client."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.views.decorators.http import require_http_methods

from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.nav import here
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.proof import ProofPlace, proof_page

READ_AND_SEND = ("GET", "HEAD", "POST")


@needs("brand:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def own(request: SubletRequest) -> HttpResponseBase:
    """What strangers see on the reseller's own host."""
    place = ProofPlace(
        account_ref=request.actor.account_ref,
        url=here(request, "reseller-proof"),
        may_ask=request.actor.may("brand:manage"),
    )
    return proof_page(request, place)


@needs("brand:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def client(request: SubletRequest, ref: str) -> HttpResponseBase:
    """What one client's people see."""
    place = ProofPlace(
        account_ref=ref,
        url=here(request, "reseller-client-proof", ref=ref),
        may_ask=request.actor.may("brand:manage"),
        base="reseller/client_base.html",
        frame=client_frame(request, ref, "proof"),
    )
    return proof_page(request, place)
