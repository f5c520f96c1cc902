from __future__ import annotations

from django.apps import AppConfig


class ClientConfig(AppConfig):
    name = "sublet.portals.client"
    label = "portal_client"
