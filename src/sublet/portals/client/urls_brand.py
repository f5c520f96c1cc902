"""Addresses below an account of the client portal: brand and hosts, for direct accounts and for whoever acts as reseller."""

from __future__ import annotations

from django.urls import path

from sublet.portals.client import views_brand as brand
from sublet.portals.shared.senders_pages import sender_patterns
from sublet.portals.shared.server_pages import server_patterns
from sublet.portals.shared.suppressed_pages import suppressed_patterns

urlpatterns = [
    path("brand/", brand.brand, name="client-brand"),
    path("brand/preview/", brand.brand_preview, name="client-brand-preview"),
    path("brand/pictures/<str:digest>/", brand.brand_picture, name="client-brand-picture"),
    path("hosts/", brand.hosts, name="client-hosts"),
    path("hosts/check/", brand.hosts_check, name="client-hosts-check"),
    path("hosts/<str:host>/", brand.host_page_of, name="client-host-page"),
    path("hosts/<str:host>/state/", brand.host_state_of, name="client-host-state"),
    path("hosts/<str:host>/look/", brand.host_check_of, name="client-host-check"),
    path("hosts/<str:host>/redirect/", brand.host_redirect_of, name="client-host-redirect"),
    path("hosts/<str:host>/main/", brand.host_to_main, name="client-host-main"),
    path("hosts/<str:host>/remove/", brand.host_away, name="client-host-remove"),
    *sender_patterns(name="client-senders", route="senders/", portal=("client", "direct")),
    # A client's mail leaves by its reseller's server, and what comes back is on its reseller's list.
    *server_patterns(name="client-senders", route="senders/", portal="direct"),
    *suppressed_patterns(name="client-suppressed", route="suppressed/", portal="direct", above="client-senders"),
]
