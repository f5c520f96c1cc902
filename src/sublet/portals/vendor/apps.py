from __future__ import annotations

from django.apps import AppConfig


class VendorConfig(AppConfig):
    name = "sublet.portals.vendor"
    label = "portal_vendor"
