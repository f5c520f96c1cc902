"""Moving one client: where it can go, what that would do, and who has left."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sublet.moves import queries
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.move_words import KIND_WORDS
from sublet.portals.shared.moves_pages import moves_patterns, run_wizard, ways

CLIENT_WAYS = ("detach", "transfer")


@needs("clients:manage", portal="reseller")
@require_safe
def choose(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Where a client can go."""
    known = ways()
    context = client_frame(request, ref, "overview") | {
        "ways": [
            {
                "label": known[way].title,
                "lead": known[way].lead,
                "url": here(request, f"reseller-client-{way}", ref=ref),
            }
            for way in CLIENT_WAYS
        ]
    }
    return render(request, "reseller/client_move.html", context)


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def detach(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Make it a direct account."""
    return _wizard(request, ref, "detach", here(request, "reseller-clients"))


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Ask for it to go to another reseller."""
    return _wizard(request, ref, "transfer", here(request, "reseller-moves"))


def _wizard(request: SubletRequest, ref: str, way: str, done_url: str) -> HttpResponseBase:
    return run_wizard(
        request,
        way,
        account_ref=ref,
        back_url=here(request, "reseller-client-move", ref=ref),
        done_url=done_url,
        frame=client_frame(request, ref, "overview"),
    )


@needs("clients:view", portal="reseller")
@require_safe
def former(request: SubletRequest) -> HttpResponseBase:
    """Clients that have left, with what was kept about them."""
    rows, older, newer = queries.former_clients(request.actor, cursor=request.GET.get("cursor", "")[:100])
    url = here(request, "reseller-former")
    context = {
        "rows": [{"row": row, "kind": KIND_WORDS[row.kind]} for row in rows],
        "next_url": f"{url}?cursor={older}" if older else "",
        "previous_url": f"{url}?cursor={newer}" if newer else "",
        "crumbs": (Crumb(_("Moves"), here(request, "reseller-moves")), Crumb(_("Clients that have left"))),
    }
    return render(request, "reseller/former.html", context)


urlpatterns = [
    path("clients/<str:ref>/move/", choose, name="reseller-client-move"),
    path("clients/<str:ref>/move/detach/", detach, name="reseller-client-detach"),
    path("clients/<str:ref>/move/transfer/", transfer, name="reseller-client-transfer"),
    path("former/", former, name="reseller-former"),
    *moves_patterns(
        name="reseller-moves", route="moves/", read="clients:view", write="clients:manage", portal="reseller"
    ),
]
