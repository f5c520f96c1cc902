"""Addresses below an account of the client portal: team."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
