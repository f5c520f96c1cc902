"""The addresses of the gallery."""

from __future__ import annotations

from django.urls import path

from tests.portals.shared.gallery import pages

urlpatterns = [
    path("", pages.overview),
    path("list/", pages.client_list),
    path("forms/", pages.form_page),
    path("empty/", pages.empty),
    path("plain/", pages.plain),
    path("locked/", pages.locked),
    path("error/<int:status>/", pages.error),
    path("brand.css", pages.brand_css),
    path("onward/", pages.onward),
    path("progress/", pages.progress),
]
