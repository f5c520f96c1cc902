"""Whether anything names the vendor: on the reseller's own pages, and on those of one client."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_safe

from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.nav import here
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.proof import ProofPlace, proof_page, proof_picture, proof_progress

READ_AND_SEND = ("GET", "HEAD", "POST")


def _own(request: SubletRequest) -> ProofPlace:
    return ProofPlace(
        account_ref=request.actor.account_ref,
        url=here(request, "reseller-proof"),
        may_ask=request.actor.may("brand:manage"),
        progress_url=here(request, "reseller-proof-progress"),
        picture_url=lambda number: here(request, "reseller-proof-picture", number=number),
    )


def _client(request: SubletRequest, ref: str) -> ProofPlace:
    return ProofPlace(
        account_ref=ref,
        url=here(request, "reseller-client-proof", ref=ref),
        may_ask=request.actor.may("brand:manage"),
        progress_url=here(request, "reseller-client-proof-progress", ref=ref),
        picture_url=lambda number: here(request, "reseller-client-proof-picture", ref=ref, number=number),
    )


@needs("brand:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def own(request: SubletRequest) -> HttpResponseBase:
    """What strangers see on the reseller's own host."""
    return proof_page(request, _own(request))


@needs("brand:view", portal="reseller")
@require_safe
def own_progress(request: SubletRequest) -> HttpResponseBase:
    """How far the scan of it is."""
    return proof_progress(request, _own(request))


@needs("brand:view", portal="reseller")
@require_safe
def own_picture(request: SubletRequest, number: int) -> HttpResponseBase:
    """Where something was found on it."""
    return proof_picture(request, _own(request), number)


@needs("brand:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def client(request: SubletRequest, ref: str) -> HttpResponseBase:
    """What one client's people see."""
    frame = client_frame(request, ref, "proof")
    return proof_page(request, replace(_client(request, ref), base="reseller/client_base.html", frame=frame))


@needs("brand:view", portal="reseller")
@require_safe
def client_progress(request: SubletRequest, ref: str) -> HttpResponseBase:
    """How far the scan of that client is."""
    return proof_progress(request, _client(request, ref))


@needs("brand:view", portal="reseller")
@require_safe
def client_picture(request: SubletRequest, ref: str, number: int) -> HttpResponseBase:
    """Where something was found on its pages."""
    return proof_picture(request, _client(request, ref), number)
