"""The way into a client's account in another person's place, and the way back."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

from django.http import HttpResponse, JsonResponse
from django.urls import reverse, set_script_prefix
from django.utils.translation import gettext as _

from sublet.branding.queries import origin
from sublet.people.queries import OverVisit
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.returning import LONGEST, safe_next

#: In a browser session on a client's host that carries visits and nothing else: whose they are.
VISIT_KEY = "visit"
#: In the address of the form that begins a visit: the page to come back to.
BACK = "back"


def way_back(over: OverVisit) -> str:
    """The whole address of the page from which the visit was begun; of the client list where that is not known, or where
    the access has ended and with it perhaps the page.

    Takes the visit's prefix off every address that the page makes from here on: none must lead back into it.
    """
    set_script_prefix("/")
    page = "" if over.ended_by == "access" else over.origin_path
    return origin(over.origin_host) + (page or reverse("reseller-clients", kwargs={"account": over.reseller_ref}))


def with_way_back(request: SubletRequest, url: str, *, otherwise: str = "") -> str:
    """The address of the form that begins a visit, with the page to come back to: this one. On the form itself, and on what
    answers a form, the page from which that was opened, or `otherwise`."""
    match = request.resolver_match
    shown = request.method in {"GET", "HEAD"} and (match is None or match.url_name != "reseller-client-enter")
    page = page_before(request) or (request.get_full_path() if shown else otherwise)
    return f"{url}?{urlencode({BACK: page})}" if url and page and len(page) <= LONGEST else url


def page_before(request: SubletRequest) -> str:
    """The page of this host from which the form was opened, if it says one."""
    return safe_next(request, request.GET.get(BACK, ""), otherwise="")


def with_page_before(request: SubletRequest, url: str) -> str:
    """An address on the way to the visit that keeps that page."""
    page = page_before(request)
    return f"{url}?{urlencode({BACK: page})}" if url and page else url


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
