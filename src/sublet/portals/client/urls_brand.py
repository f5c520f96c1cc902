"""Addresses below an account of the client portal: brand and hosts, for direct accounts and for whoever acts as reseller."""

from __future__ import annotations

from django.urls import path

from sublet.portals.client import views_brand as brand
from sublet.portals.shared.senders_pages import sender_patterns

urlpatterns = [
    path("brand/", brand.brand, name="client-brand"),
    path("brand/preview/", brand.brand_preview, name="client-brand-preview"),
    path("brand/pictures/<str:digest>/", brand.brand_picture, name="client-brand-picture"),
    path("hosts/", brand.hosts, name="client-hosts"),
    path("hosts/check/", brand.hosts_check, name="client-hosts-check"),
    path("hosts/<str:host>/main/", brand.host_to_main, name="client-host-main"),
    path("hosts/<str:host>/remove/", brand.host_away, name="client-host-remove"),
    *sender_patterns(name="client-senders", route="senders/", portal=("client", "direct")),
]
