from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "sublet.portals.api"
    label = "portal_api"
