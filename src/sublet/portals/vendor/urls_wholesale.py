"""Addresses about wholesale."""

from __future__ import annotations

from django.urls import path

from sublet.portals.vendor import views_wholesale as wholesale

urlpatterns = [
    path("wholesale/", wholesale.listing, name="vendor-wholesale"),
    path("wholesale/usual/", wholesale.usual, name="vendor-wholesale-usual"),
    path("wholesale/promotions/", wholesale.promotions, name="vendor-promotions"),
    path("wholesale/promotions/<str:promotion>/end/", wholesale.end, name="vendor-promotion-end"),
    path("wholesale/checks/", wholesale.checks, name="vendor-price-checks"),
    path("wholesale/checks/<str:check>/", wholesale.check, name="vendor-price-check"),
    path("wholesale/checks/<str:check>/progress/", wholesale.progress, name="vendor-price-check-progress"),
    path("wholesale/of/<str:ref>/", wholesale.reseller, name="vendor-wholesale-reseller"),
    path("wholesale/of/<str:ref>/commitment/", wholesale.commitment, name="vendor-wholesale-commitment"),
]
