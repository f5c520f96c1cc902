from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FoundationConfig(AppConfig):
    name = "sublet.foundation"
    label = "foundation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.foundation import walls
        from sublet.foundation.jobs import discover  # the queue has tables, which exist only from here on
        from sublet.foundation.journal import fences

        discover()
        # Not a domain event: the one signal that says that tables may have been built anew.
        post_migrate.connect(fences.lay_after_migrate, sender=self)
        post_migrate.connect(walls.lay_after_migrate, sender=self)
