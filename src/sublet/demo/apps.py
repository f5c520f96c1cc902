from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "sublet.demo"
    label = "demo"

    def ready(self) -> None:
        from django.conf import settings  # read only once the apps are ready

        if settings.SUBLET.flag("SUBLET_DEMO"):
            from sublet.demo.log_ins import demo_log_ins
            from sublet.portals.public.demo_logins import register_demo_logins

            register_demo_logins(demo_log_ins)
