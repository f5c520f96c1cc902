"""Addresses below an account of the vendor portal: the words of mails."""

from __future__ import annotations

from django.urls import path

from sublet.portals.vendor import views_wordings as views

urlpatterns = [
    path("words/", views.listing, name="vendor-wordings-list"),
    path("words/mail/", views.mail, name="vendor-wordings-mail"),
    path("words/mail/preview/", views.preview, name="vendor-wordings-preview"),
    path("words/mail/try/", views.trial, name="vendor-wordings-try"),
    path("words/mail/take-back/", views.back, name="vendor-wordings-back"),
]
