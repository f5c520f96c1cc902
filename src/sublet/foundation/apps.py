from __future__ import annotations

from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "sublet.foundation"
    label = "foundation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.foundation.jobs import discover  # the queue has tables, which exist only from here on

        discover()
