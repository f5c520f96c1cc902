from __future__ import annotations

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "sublet.metering"
    label = "metering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.foundation.journal.operations import register_listener
        from sublet.metering.operations.anchors import follow_zone  # the registry of models must be ready

        register_listener(follow_zone)
