"""Addresses below an account of the vendor portal: mails."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
