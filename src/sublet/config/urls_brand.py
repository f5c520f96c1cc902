"""Addresses on every branded host: log-in and the person's own pages, the reseller and client portals, the API."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from sublet.portals.api.scim.urls import half_addresses

urlpatterns = [
    path("reseller/<str:account>/", include("sublet.portals.reseller.urls")),
    path("client/<str:account>/", include("sublet.portals.client.urls")),
    path("api/", include("sublet.portals.api.urls")),
    path("scim/v2/", include("sublet.portals.api.scim.urls")),
    half_addresses,
    path("", include("sublet.portals.public.urls")),
]
if settings.SUBLET.flag("SUBLET_DEMO"):
    # By name: an installation that is no demo never loads it.
    urlpatterns[:0] = [path("app/", include("sublet.demo.urls")), path("", include("sublet.demo.urls_bookings"))]
handler400 = "sublet.portals.shared.errors.bad_request"
handler403 = "sublet.portals.shared.errors.forbidden"
handler404 = "sublet.portals.shared.errors.not_found"
handler500 = "sublet.portals.shared.errors.server_error"
