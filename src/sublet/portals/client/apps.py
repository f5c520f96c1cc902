from __future__ import annotations

from django.apps import AppConfig


class ClientConfig(AppConfig):
    name = "sublet.portals.client"
    label = "portal_client"

    def ready(self) -> None:
        from sublet.portals.client.nav import nav  # templates and models are ready only now
        from sublet.portals.shared.pages import register_nav

        register_nav("client", nav)
        register_nav("direct", nav)
