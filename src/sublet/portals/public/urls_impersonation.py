"""Addresses of log in as the client: entering on another host, and ending a visit."""

from __future__ import annotations

from django.urls import path

from sublet.portals.public import views_impersonation as views

urlpatterns = [
    path("enter/<str:code>/", views.enter, name="enter"),
    path("visit/end/", views.end, name="end-impersonation"),
]
