"""The addresses of a branded host in a demo."""

from __future__ import annotations

from django.urls import include, path

from sublet.config.urls_brand import urlpatterns as usual

urlpatterns = [path("", include("sublet.demo.urls_bookings")), *usual]
