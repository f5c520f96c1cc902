"""Addresses about prices."""

from __future__ import annotations

from django.urls import path

from sublet.portals.reseller import views_client_prices as client
from sublet.portals.reseller import views_price_checks as checks
from sublet.portals.reseller import views_price_terms as terms
from sublet.portals.reseller import views_prices as prices
from sublet.portals.reseller import views_promotions as promotions

urlpatterns = [
    path("prices/", prices.listing, name="reseller-prices"),
    path("prices/terms/", terms.terms, name="reseller-price-terms"),
    path("prices/terms/share/", terms.share, name="reseller-price-share"),
    path("prices/terms/services/<str:extra>/remove/", terms.remove_extra, name="reseller-extra-remove"),
    path("prices/promotions/", promotions.promotions, name="reseller-promotions"),
    path("prices/promotions/<str:promotion>/end/", promotions.end, name="reseller-promotion-end"),
    path("prices/contracts/", promotions.contracts, name="reseller-contracts"),
    path("prices/checks/", checks.listing, name="reseller-price-checks"),
    path("prices/checks/<str:check>/", checks.check, name="reseller-price-check"),
    path("prices/checks/<str:check>/progress/", checks.progress, name="reseller-price-check-progress"),
    path("prices/of/<str:kind>/<str:key>/", prices.thing, name="reseller-price"),
    path("prices/of/<str:kind>/<str:key>/try/", prices.attempt, name="reseller-price-try"),
    path("prices/of/<str:kind>/<str:key>/drop/", prices.drop, name="reseller-price-drop"),
    path("prices/of/<str:kind>/<str:key>/letters/", checks.letters, name="reseller-price-letters"),
    path("clients/<str:ref>/prices/", client.prices, name="reseller-client-prices"),
    path("clients/<str:ref>/prices/<str:kind>/<str:key>/", client.price, name="reseller-client-price"),
    path(
        "clients/<str:ref>/prices/<str:kind>/<str:key>/<str:interval>/",
        client.price,
        name="reseller-client-price",
    ),
    path("clients/<str:ref>/contracts/<str:contract>/end/", client.end_contract, name="reseller-contract-end"),
    path("clients/<str:ref>/promotions/<str:taken>/stop/", client.stop, name="reseller-promotion-stop"),
    path("clients/<str:ref>/sales/<str:sale>/take-back/", client.take_back, name="reseller-sale-take-back"),
]
