"""The bookings beside the demo, on each of its hosts. Only in a demo."""

from __future__ import annotations

from django.urls import path

from sublet.demo.reverse import bookings

urlpatterns = [
    path("bookings/<path:path>", bookings, name="demo-bookings"),
]
