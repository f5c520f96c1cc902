from __future__ import annotations

from django.apps import AppConfig


class SharedConfig(AppConfig):
    name = "sublet.portals.shared"
    label = "portal_shared"
