"""Addresses below the vendor portal: the host product's applications."""

from __future__ import annotations

from django.urls import path

from sublet.portals.vendor import views_applications as views

urlpatterns = [
    path("applications/", views.listing, name="vendor-applications"),
    path("applications/new/", views.new, name="vendor-application-new"),
    path("applications/<str:application>/", views.page, name="vendor-application"),
    path("applications/<str:application>/secret/", views.secret, name="vendor-application-secret"),
    path("applications/<str:application>/remove/", views.remove, name="vendor-application-remove"),
]
