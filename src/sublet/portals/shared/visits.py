"""The way into a client's account in another person's place, and the way back."""

from __future__ import annotations

from django.urls import reverse, set_script_prefix

from sublet.branding.queries import origin
from sublet.people.queries import OverVisit

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
