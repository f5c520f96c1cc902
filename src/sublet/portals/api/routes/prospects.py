"""An account for a prospect, in one step: a part of what `clients` describes."""

from __future__ import annotations

from sublet.accounts import queries
from sublet.accounts.operations import CannotCreateClient
from sublet.branding.operations import CannotChangeBrand
from sublet.clientsettings import operations
from sublet.entitlements.operations import CannotSetLimit
from sublet.portals.api.declare import MEBIBYTE, ApiRequest, Made
from sublet.portals.api.routes.clients import DO, ONLY, routes
from sublet.portals.api.routes.shared import people_by_id
from sublet.portals.api.schemas.accounts import ClientDetails, details_of
from sublet.portals.api.schemas.prospects import ProspectIn
from sublet.subscriptions.operations import CannotOpenProspect, CannotStartTrial

__all__ = ["routes"]


@routes.post(
    "/prospects",
    needs=DO,
    kinds=ONLY,
    answer=ClientDetails,
    status=201,
    refusals=[
        CannotCreateClient, CannotOpenProspect, CannotStartTrial, CannotChangeBrand, operations.CannotChangeSettings,
        CannotSetLimit,
    ],
    most_bytes=8 * MEBIBYTE,  # a picture of 5 MB in base64
    example={"name": "Trattoria Da Gino", "until": "2026-06-14", "email": "gino@trattoria.example", "color": "#0f766e"},
)  # fmt: skip
def open_prospect(request: ApiRequest, body: ProspectIn) -> Made:
    """Open an account to show to a prospect: it closes by itself when its last day is over.

    Its free trial begins at once where the starting plan has one and the key has `subscription:manage`. It may begin as a
    template says, and in the prospect's own logo and color: all of it, or nothing is opened. From then on it is a client like any
    other, found by its `ref`: `PUT /clients/{client}/demonstration` moves its end, `POST /clients/{client}/turn-into-client`
    takes the end off, `POST /clients/{client}/close` ends it.
    """
    actor = request.actor
    try:
        account = operations.open_prospect(**body.model_dump(), actor=actor, at=request.at)
    except CannotCreateClient as fault:
        fault.field = "until" if fault.field == "demo_until" else fault.field
        raise
    told = details_of(queries.client_facts(actor, account.ref), people_by_id(actor))
    return Made(told, f"/clients/{account.ref}")
