from __future__ import annotations

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "sublet.metering"
    label = "metering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.catalog.queries import tell_uses
        from sublet.foundation.journal.operations import register_listener
        from sublet.metering.operations.anchors import follow_zone  # the registry of models must be ready
        from sublet.metering.queries.uses import meters_in_use

        register_listener(follow_zone)
        tell_uses(self.label, meters_in_use)
