"""Addresses of the client portal, collected from one module for each topic."""

from __future__ import annotations

from django.urls import include, path

from sublet.portals.client import views

urlpatterns = [
    path("", views.home, name="client-home"),
    path("information/", views.information, name="client-information"),
    path("history/", views.history, name="client-history"),
    path("", include("sublet.portals.client.urls_team")),
    path("", include("sublet.portals.client.urls_keys")),
    path("", include("sublet.portals.client.urls_brand")),
]
