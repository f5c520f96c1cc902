"""Addresses below an account of the reseller portal: the words of mails, its own and its clients'."""

from __future__ import annotations

from django.urls import path

from sublet.portals.reseller import views_wordings as views

urlpatterns = [
    path("words/", views.own_listing, name="reseller-wordings-list"),
    path("words/mail/", views.own_mail, name="reseller-wordings-mail"),
    path("words/mail/preview/", views.own_preview, name="reseller-wordings-preview"),
    path("words/mail/try/", views.own_trial, name="reseller-wordings-try"),
    path("words/mail/take-back/", views.own_back, name="reseller-wordings-back"),
    path("clients/<str:ref>/words/", views.client_listing, name="reseller-client-wordings-list"),
    path("clients/<str:ref>/words/mail/", views.client_mail, name="reseller-client-wordings-mail"),
    path("clients/<str:ref>/words/mail/preview/", views.client_preview, name="reseller-client-wordings-preview"),
    path("clients/<str:ref>/words/mail/try/", views.client_trial, name="reseller-client-wordings-try"),
    path("clients/<str:ref>/words/mail/take-back/", views.client_back, name="reseller-client-wordings-back"),
]
