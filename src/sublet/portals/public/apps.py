from __future__ import annotations

from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "sublet.portals.public"
    label = "portal_public"
