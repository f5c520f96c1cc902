"""Addresses of log in as the client: entering on another host, and ending a visit."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
