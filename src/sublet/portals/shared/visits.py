"""The way into a client's account in another person's place, and the way back."""

from __future__ import annotations

import json
from urllib.parse import quote

from django.http import HttpResponse, JsonResponse
from django.urls import reverse, set_script_prefix
from django.utils.translation import gettext as _

from sublet.branding.queries import origin
from sublet.people.queries import OverVisit
from sublet.portals.shared.http import SubletRequest

#: In a browser session on a client's host that carries visits and nothing else: whose they are.
VISIT_KEY = "visit"


def way_back(over: OverVisit) -> str:
    """The whole address of the client list from which the visit was begun.

    Takes the visit's prefix off every address that the page makes from here on: none must lead back into it.
    """
    set_script_prefix("/")
    return origin(over.origin_host) + reverse("reseller-clients", kwargs={"account": over.reseller_ref})


def way_in(*, impersonation_ref: str, account_ref: str) -> str:
    """The path of the client's first page inside the visit, on the host that serves it."""
    set_script_prefix(f"/as/{impersonation_ref}/")
    path = reverse("client-home", kwargs={"account": account_ref})
    set_script_prefix("/")
    return path


def acting_note(request: SubletRequest) -> str:
    """For a file made during a visit: who made it in whose place. Empty outside of visits."""
    acting = request.actor.impersonator
    if acting is None or request.visit is None:
        return ""
    return _("Made by %(visitor)s, connected as %(person)s") % {
        "visitor": acting.name,
        "person": request.visit.acting_as,
    }


def both_identities(request: SubletRequest, response: HttpResponse) -> HttpResponse:
    """The answer, saying who really asked and in whose place, if it was given inside a visit.

    In headers (percent-encoded UTF-8, as names need not be ASCII), and in JSON objects as the member ``act``.
    """
    visit = getattr(request, "visit", None)
    acting = request.actor.impersonator if visit is not None else None
    if visit is None or acting is None:
        return response
    response["X-Acted-By"] = quote(acting.name, safe=" ")
    response["X-Acting-For"] = quote(visit.acting_as, safe=" ")
    response["X-Visit"] = visit.ref
    if isinstance(response, JsonResponse) or response.get("Content-Type", "").endswith("+json"):
        told = json.loads(response.content)
        if isinstance(told, dict):
            told["act"] = {"name": acting.name, "for": visit.acting_as, "visit": visit.ref, "mode": visit.mode}
            response.content = json.dumps(told, ensure_ascii=False).encode()
    return response
