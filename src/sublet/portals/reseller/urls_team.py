"""Addresses below an account of the reseller portal: team."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
