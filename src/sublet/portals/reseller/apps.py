from __future__ import annotations

from django.apps import AppConfig


class ResellerConfig(AppConfig):
    name = "sublet.portals.reseller"
    label = "portal_reseller"

    def ready(self) -> None:
        from sublet.portals.reseller.nav import nav  # templates and models are ready only now
        from sublet.portals.shared.pages import register_nav

        register_nav("reseller", nav)
