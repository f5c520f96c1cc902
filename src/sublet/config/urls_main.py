"""Addresses on the vendor's own host: the vendor portal, and all that direct accounts and new resellers need."""

from __future__ import annotations

from django.urls import include, path

from sublet.config.urls_brand import urlpatterns as brand_patterns

urlpatterns = [
    path("vendor/<str:account>/", include("sublet.portals.vendor.urls")),
    *brand_patterns,
]
handler400 = "sublet.portals.shared.errors.bad_request"
handler403 = "sublet.portals.shared.errors.forbidden"
handler404 = "sublet.portals.shared.errors.not_found"
handler500 = "sublet.portals.shared.errors.server_error"
