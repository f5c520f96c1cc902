"""Addresses below an account of the client portal: the words of mails."""

from __future__ import annotations

from django.urls import path

from sublet.portals.client import views_wordings as views

urlpatterns = [
    path("words/", views.listing, name="client-wordings-list"),
    path("words/mail/", views.mail, name="client-wordings-mail"),
    path("words/mail/preview/", views.preview, name="client-wordings-preview"),
    path("words/mail/try/", views.trial, name="client-wordings-try"),
    path("words/mail/take-back/", views.back, name="client-wordings-back"),
]
