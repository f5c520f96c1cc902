"""Addresses of crossing from one own host to another."""

from __future__ import annotations

from django.urls import path

from sublet.portals.public.views import crossing

urlpatterns = [
    path("arrive/", crossing.arrive, name="arrive"),
    path("arrive/<str:token>/", crossing.crossed, name="crossed"),
    path("cross/", crossing.cross, name="cross"),
]
