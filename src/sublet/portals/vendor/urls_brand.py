"""Addresses below an account of the vendor portal: the vendor's own brand, and the hosts of everybody."""

from __future__ import annotations

from django.urls import path

from sublet.portals.vendor import views_brand as brand

urlpatterns = [
    path("brand/", brand.own_brand, name="vendor-brand"),
    path("brand/preview/", brand.own_brand_preview, name="vendor-brand-preview"),
    path("hosts/", brand.hosts, name="vendor-hosts"),
    path("hosts/<str:host>/", brand.host, name="vendor-host"),
    path("hosts/<str:host>/proved/", brand.proved, name="vendor-host-proved"),
    path("hosts/<str:host>/remove/", brand.remove, name="vendor-host-remove"),
]
