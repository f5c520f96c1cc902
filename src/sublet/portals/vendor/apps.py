from __future__ import annotations

from django.apps import AppConfig


class VendorConfig(AppConfig):
    name = "sublet.portals.vendor"
    label = "portal_vendor"

    def ready(self) -> None:
        from sublet.portals.shared.pages import register_nav  # templates and models are ready only now
        from sublet.portals.vendor.nav import nav

        register_nav("vendor", nav)
