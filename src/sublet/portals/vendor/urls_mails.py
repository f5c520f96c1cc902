"""Addresses below an account of the vendor portal: mails."""

from __future__ import annotations

from django.urls import path

from sublet.portals.vendor import views_mails as mails

urlpatterns = [
    path("mails/", mails.listing, name="vendor-mails"),
    path("mails/<str:mail>/", mails.page, name="vendor-mail"),
    path("mails/<str:mail>/shown/", mails.shown, name="vendor-mail-shown"),
    path("mails/<str:mail>/again/", mails.again, name="vendor-mail-again"),
]
