from __future__ import annotations

from django.apps import AppConfig


class ResellerConfig(AppConfig):
    name = "sublet.portals.reseller"
    label = "portal_reseller"
