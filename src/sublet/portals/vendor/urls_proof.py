"""Addresses below the vendor portal: what scans found."""

from __future__ import annotations

from django.urls import path

from sublet.portals.vendor import views_proof as views

urlpatterns = [
    path("white-label/", views.listing, name="vendor-proofs"),
    path("white-label/<str:ref>/", views.page, name="vendor-proof"),
    path("white-label/<str:ref>/progress/", views.progress, name="vendor-proof-progress"),
    path("white-label/<str:ref>/release/", views.release, name="vendor-proof-release"),
    path("white-label/<str:ref>/pictures/<int:number>.png", views.picture, name="vendor-proof-picture"),
]
