"""Addresses about a client's subscription."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext as _

from sublet.portals.reseller import views_bases_many
from sublet.portals.reseller import views_plans_many as many
from sublet.portals.reseller import views_prospects as prospects
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.nav import here
from sublet.portals.shared.basis_pages import basis_patterns
from sublet.portals.shared.components import Action
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.subscription_pages import Place, subscription_patterns

NAME = "reseller-client-subscription"


def place(request: SubletRequest, ref: str) -> Place:
    """The pages stand among those of the client."""
    frame = client_frame(request, ref, "subscription")
    client = frame["client"]
    may_close = request.actor.may("clients:manage") and client.open and client.ownership == "reseller"

    def url(page: str, **named: str) -> str:
        return here(request, f"{NAME}-{page}" if page else NAME, ref=ref, **named)

    return Place(
        ref=ref,
        url=url,
        base="reseller/client_base.html",
        frame=frame,
        close=Action(_("Close the account"), here(request, "reseller-client-close", ref=ref)) if may_close else None,
        history_url=here(request, "reseller-client-history", ref=ref),
    )


urlpatterns = [
    # First: their words stand where a client's reference could.
    path("clients/plan/", many.plans, name="reseller-clients-plan"),
    path("clients/basis/", views_bases_many.bases, name="reseller-clients-basis"),
    path("clients/new/demonstration/", prospects.prospect, name="reseller-prospect-new"),
    *subscription_patterns(
        "clients/<str:ref>/subscription/",
        name=NAME,
        portal="reseller",
        see="subscription:view",
        do="subscription:manage",
        place=place,
    ),
    *basis_patterns(
        "clients/<str:ref>/subscription/", name=NAME, portal="reseller", do="subscription:manage", place=place
    ),
]
