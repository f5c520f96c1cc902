"""Addresses below the vendor portal: the words that stay hidden."""

from __future__ import annotations

from django.urls import path

from sublet.portals.vendor import views_hidden_words as views

urlpatterns = [
    path("hidden-words/", views.listing, name="vendor-hidden-words"),
    path("hidden-words/<str:word>/remove/", views.remove, name="vendor-hidden-word-remove"),
]
